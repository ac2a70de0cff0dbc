// What running a workflow in the cloud sends back: parts of a data stream, or events about its steps.

import { isJsonList, isJsonObject, type Json, type JsonObject } from "../lib/json.ts";
import type { AskParts } from "./ask.ts";
import { errorText, failureOf, type Heard, isFailed, outputOf, typeOf } from "./heard.ts";
import { parseText } from "./json.ts";
import type { Message } from "./messages.ts";
import type { Kubiya } from "./types.ts";
import { watch } from "./watch.ts";

/** Runs a workflow in the cloud. It is sent once, whatever becomes of it. */
export function createRunWorkflow(parts: AskParts): Kubiya["runWorkflow"] {
  return ({ name, description, steps, params, env, runner }, watching) => {
    const command = "execute_workflow";
    const body = { command, name, description, steps, params, secrets: {}, env };
    const query = { runner, operation: command };
    const asked = { method: "POST", version: "v1", path: ["workflow"], query, body } as const;
    return watch(parts, { asked, safe: "never", hear }, watching);
  };
}

function hear(message: Message): readonly Heard[] {
  const value = parseText(message.text);
  if (message.kind === "part") {
    switch (message.code) {
      case "2":
        return (isJsonList(value) ? value : [value ?? message.text]).flatMap(told);
      case "3":
        return [{ kind: "failure", text: errorText(value ?? message.text) }];
      case "d":
        return [...finish(value), { kind: "end" }];
      default:
        return [];
    }
  }
  if (message.name === "error") {
    return [{ kind: "failure", text: errorText(value ?? message.text) }];
  }
  if (!isJsonObject(value)) return event({ type: message.name, output: value ?? message.text });
  return event({ type: message.name, ...value });
}

function told(value: Json): readonly Heard[] {
  return isJsonObject(value) ? event(value) : [{ kind: "output", text: line(value) }];
}

/** An event about a step or about all of it. */
function event(value: JsonObject): readonly Heard[] {
  const failure = hasFailed(value) ? [failureOf(value)] : [];
  switch (typeOf(value)) {
    case "step_running":
      return [{ kind: "output", text: `${stepOf(value)}: running\n` }];
    case "step_complete":
      return [{ kind: "output", text: `${stepOf(value)}: ${line(value["output"])}` }, ...failure];
    case "workflow_complete":
      return [{ kind: "output", text: line(value["output"]) }, ...failure, { kind: "end" }];
    case "step_failed":
    case "workflow_failed":
    case "error":
      return [failureOf(value)];
    default:
      return [{ kind: "output", text: line(value["output"] ?? value["content"]) }, ...failure];
  }
}

function hasFailed({ status, success, error }: JsonObject): boolean {
  const errs = error !== undefined && error !== null && error !== "" && error !== false;
  return errs || success === false || isFailed(status);
}

function finish(value: Json | undefined): readonly Heard[] {
  if (!isJsonObject(value)) return [];
  return hasFailed(value) || isFailed(value["finishReason"]) ? [failureOf(value)] : [];
}

function stepOf({ step, step_name, name }: JsonObject): string {
  const told = isJsonObject(step) ? step["name"] : (step ?? step_name ?? name);
  return typeof told === "string" ? told : "a step";
}

function line(value: Json | undefined): string {
  const text = outputOf(value);
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}
