// On the trust boundary: what a definition says about where it runs. One runner was judged, and nobody knows which of
// two names the cloud obeys: a definition is never sent with the name of another one.

import type { CloudTool } from "../../kubiya/types.ts";
import { isJsonList, isJsonObject, type Json, type JsonObject } from "../../lib/json.ts";
import type { Runner } from "../../runners/types.ts";

/** Fields whose members are named by the author of a tool: a `runner` among them is an argument, a variable, a file. */
const NAMED_BY_AUTHOR = [
  ...["args", "arguments", "default_config"],
  ...["env", "secrets", "labels", "with_files", "with_volumes"],
];

/** The tool as it is sent to this runner: that is the only one that it names, however such a field is spelled. */
export function toolOnRunner(tool: CloudTool, runner: Pick<Runner, "name">): CloudTool {
  return { ...onRunner(tool, runner), name: tool.name };
}

/** The same of a definition that has no name of its own. */
export function onRunner(definition: JsonObject, { name }: Pick<Runner, "name">): JsonObject {
  return { ...withoutRunners(definition), runner: name };
}

function withoutRunners(definition: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(definition)
      .filter(([field]) => !field.toLowerCase().includes("runner"))
      .map(([field, value]) => [field, NAMED_BY_AUTHOR.includes(field) ? value : within(value)]),
  );
}

function within(value: Json): Json {
  if (isJsonList(value)) return value.map(within);
  return isJsonObject(value) ? withoutRunners(value) : value;
}
