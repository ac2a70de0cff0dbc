// What running a tool in the cloud sends back: events whose payloads are of several kinds, and three ways of
// saying that it is over.

import { isJsonObject, type JsonObject } from "../lib/json.ts";
import type { AskParts } from "./ask.ts";
import { errorText, failureOf, type Heard, isFailed, outputOf, typeOf } from "./heard.ts";
import { parseText } from "./json.ts";
import type { Message } from "./messages.ts";
import type { Kubiya } from "./types.ts";
import { watch } from "./watch.ts";

const END_MARKS = ["[DONE]", "end of stream"];

/** Runs a tool in the cloud. It is sent anew only where it certainly did not leave: it would run twice. */
export function createRunTool(parts: AskParts): Kubiya["runTool"] {
  return ({ tool, arguments: args, runner }, watching) =>
    watch(
      parts,
      {
        asked: {
          method: "POST",
          version: "v1",
          path: ["tools", "exec"],
          query: { runner },
          body: { tool_name: tool.name, tool_def: tool, args },
        },
        safe: "unsent",
        hear,
      },
      watching,
    );
}

function hear(message: Message): readonly Heard[] {
  if (message.kind === "part") return [];
  const { name, text } = message;
  if (name === "close" || END_MARKS.includes(text.trim())) return [{ kind: "end" }];
  if (name === "done") return [...payload(text), { kind: "end" }];
  if (name === "stdout") return [{ kind: "output", text }];
  if (name === "stderr") return [{ kind: "error_output", text }];
  if (name === "error") return [{ kind: "failure", text: errorText(parseText(text) ?? text) }];
  return payload(text);
}

/** A payload that says what it is, or else output as it is. */
function payload(text: string): readonly Heard[] {
  const value = parseText(text);
  if (isJsonObject(value)) return said(value);
  return text === "" ? [] : [{ kind: "output", text }];
}

function said(value: JsonObject): readonly Heard[] {
  switch (typeOf(value)) {
    case "tool-output":
    case "log":
      return [{ kind: "output", text: outputOf(value["content"]) }];
    case "stdout":
      return [{ kind: "output", text: outputOf(value["stdout"]) }];
    case "stderr":
      return [{ kind: "error_output", text: outputOf(value["stderr"]) }];
    case "exit":
      return [exit(value["exit_code"])];
    case "status":
      return status(value);
    case "error":
      return [failureOf(value)];
    case "":
      if (value["error"] !== undefined && value["error"] !== null) return [failureOf(value)];
      return [{ kind: "output", text: outputOf(value["output"]) }];
    default:
      return [];
  }
}

function exit(code: JsonObject[string] | undefined): Heard {
  if (typeof code === "number" && Number.isInteger(code)) return { kind: "exit", code };
  return { kind: "unexpected", field: "exit_code", detail: "it is no whole number" };
}

/** `{type: "status", status, end}`: the last one where `end` says so. */
function status(value: JsonObject): readonly Heard[] {
  if (typeof value["status"] !== "string") {
    return [{ kind: "unexpected", field: "status", detail: "it is no text" }];
  }
  const failure = isFailed(value["status"]) ? [failureOf(value)] : [];
  return value["end"] === true ? [...failure, { kind: "end" }] : failure;
}
