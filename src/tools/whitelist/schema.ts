import type { ToolDefinition } from "../../config/types.ts";
import { type Json, type JsonObject, parseJson } from "../../lib/json.ts";

/** The JSON Schema (2020-12) of a tool's arguments: closed, so that an unknown one is refused. */
export function argumentSchema(definition: ToolDefinition): JsonObject {
  if (definition.content === undefined) return COMMAND;
  const args = definition.args ?? [];
  const required = args.filter((arg) => arg.required === true && arg.default === undefined);
  return {
    type: "object",
    additionalProperties: false,
    properties: Object.fromEntries(args.map((arg) => [arg.name, propertyOf(arg)])),
    required: required.map((arg) => arg.name),
  };
}

/** A tool without `content` is a program: its arguments are one text, split into words. */
const COMMAND: JsonObject = {
  type: "object",
  additionalProperties: false,
  properties: {
    command: {
      type: "string",
      description: "The program's arguments, split into words; quotes group, nothing is expanded.",
    },
  },
};

function propertyOf(arg: NonNullable<ToolDefinition["args"]>[number]): JsonObject {
  const { type = "string", description, options, default: fallback, secret = false } = arg;
  const property: Record<string, Json> = { type };
  if (description !== undefined) property["description"] = description;
  if (options !== undefined) property["enum"] = options.map(plain);
  if (fallback !== undefined) property["default"] = plain(fallback);
  // What a schema of 2020-12 has for it (Validation, section 9.4): clients and the trail read it there.
  if (secret) property["writeOnly"] = true;
  return property;
}

/** A value of the configuration file: it came from JSON. */
function plain(value: unknown): Json {
  return parseJson(JSON.stringify(value));
}
