// On the trust boundary: the steps of a workflow, one kind after the other. What is not known here is not sent: a
// step may start other workflows, other services or the platform itself, and nobody would have decided about that.

import { isJsonList, isJsonObject, type Json, type JsonObject } from "../../lib/json.ts";
import { done, failed, type Outcome } from "../../lib/outcome.ts";
import { text } from "./arguments.ts";
import { DEFINITION } from "./on-demand.ts";
import type { StartFault } from "./starting-types.ts";

/** What a step would run. */
export interface WorkflowStep {
  readonly name: string;
  /** What is judged of it. */
  readonly does:
    | { readonly kind: "own"; readonly type: string; readonly image: string | null }
    | { readonly kind: "tool"; readonly tool: string; readonly args: JsonObject };
}

/** The fields of a step: those that other programs would run something for are not among them. */
const FIELDS = [
  ...["name", "id", "description", "command", "script", "executor"],
  ...["depends", "output", "timeout", "continueOn", "retryPolicy"],
];
const TOOL_FIELDS = [...Object.keys(DEFINITION), "args"];

/** What may stand in the `config` of a step's executor, by its type. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  command: [],
  shell: [],
  python: [],
  docker: ["image", "command", "content"],
  http: ["url", "method", "headers", "body"],
  jq: ["query"],
  tool: ["tool_name", "tool_def", "args", "timeout"],
};

/** Reads a step; the fault says why nobody could decide about it. */
export function readStep(step: JsonObject, field: string): Outcome<WorkflowStep, StartFault> {
  const name = text(step, "name");
  if (name === "") return unfit(`${field}.name`, "is missing");
  const unknown = Object.keys(step).find((one) => !FIELDS.includes(one));
  if (unknown !== undefined) return unfit(`${field}.${unknown}`, "is not known here");
  if (runsAside(withoutPrograms(step)))
    return unfit(field, "has a command in a text that is no program");
  const { executor } = step;
  if (executor === undefined) {
    const type = ["command", "script"].find((one) => text(step, one) !== "");
    if (type === undefined) return unfit(field, "runs nothing");
    return done({ name, does: { kind: "own", type: "command", image: null } });
  }
  if (!isJsonObject(executor)) return unfit(`${field}.executor`, "is no object");
  // It would be sent, and nobody would have decided about it.
  const beside = ["command", "script"].find((one) => step[one] !== undefined);
  if (beside !== undefined) return unfit(`${field}.${beside}`, "cannot stand beside an executor");
  return readExecutor(name, executor, `${field}.executor`);
}

function readExecutor(
  name: string,
  executor: JsonObject,
  field: string,
): Outcome<WorkflowStep, StartFault> {
  const { config = {} } = executor;
  const type = text(executor, "type");
  const known = Object.hasOwn(KINDS, type) ? KINDS[type] : undefined;
  if (known === undefined) return unfit(`${field}.type`, "is no kind of step that is known here");
  const extra = Object.keys(executor).find((one) => one !== "type" && one !== "config");
  if (extra !== undefined) return unfit(`${field}.${extra}`, "is not known here");
  if (!isJsonObject(config)) return unfit(`${field}.config`, "is no object");
  const unknown = Object.keys(config).find((one) => !known.includes(one));
  if (unknown !== undefined) return unfit(`${field}.config.${unknown}`, "is not known here");
  if (type !== "tool") {
    const image = text(config, "image") || null;
    return done({ name, does: { kind: "own", type, image } });
  }
  return readTool(name, config, `${field}.config`);
}

function readTool(
  name: string,
  config: JsonObject,
  field: string,
): Outcome<WorkflowStep, StartFault> {
  const { tool_def: own, args = {} } = config;
  const tool = text(config, "tool_name");
  if (!isJsonObject(args)) return unfit(`${field}.args`, "is no object");
  if ((own === undefined) === (tool === "")) {
    return unfit(field, "needs a tool_name or a tool_def, and not both");
  }
  if (own === undefined) return done({ name, does: { kind: "tool", tool, args } });
  if (!isJsonObject(own)) return unfit(`${field}.tool_def`, "is no object");
  const unknown = Object.keys(own).find((one) => !TOOL_FIELDS.includes(one));
  if (unknown !== undefined) return unfit(`${field}.tool_def.${unknown}`, "is not known here");
  const type = text(own, "type") || "docker";
  return done({ name, does: { kind: "own", type, image: text(own, "image") || null } });
}

/** What is left of a step without the texts that are programs, or words about it. */
function withoutPrograms(step: JsonObject): Json {
  const { executor = null } = step;
  const rest = without(step, ["command", "script", "description", "executor"]);
  if (!isJsonObject(executor) || !isJsonObject(executor["config"])) return [rest, executor];
  const { type = null, config } = executor;
  if (type !== "tool") return [rest, type, without(config, ["command", "content", "query"])];
  const { tool_def: own = null } = config;
  const said = isJsonObject(own) ? without(own, ["content", "description"]) : own;
  return [rest, without(config, ["tool_def"]), said];
}

function without(from: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(from).filter(([name]) => !names.includes(name)));
}

/** Whether a text has something in it that a shell would run, or that becomes another text after it was decided. */
export function runsAside(value: Json): boolean {
  if (typeof value === "string") return value.includes("`") || value.includes("$");
  if (isJsonList(value)) return value.some(runsAside);
  if (!isJsonObject(value)) return false;
  return Object.entries(value).some(([name, member]) => runsAside(name) || runsAside(member));
}

function unfit(field: string, message: string): Outcome<never, StartFault> {
  return failed({ field, message });
}
