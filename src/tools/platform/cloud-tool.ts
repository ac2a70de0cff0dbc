// On the trust boundary: a definition of the cloud as a tool that can be decided about. Nothing of it is trusted:
// names, types and schemas are as somebody wrote them.

import type { CloudTool } from "../../kubiya/types.ts";
import { isReservedArgument } from "../../lib/argument-names.ts";
import { digestOf } from "../../lib/digest.ts";
import { isJsonList, isJsonObject, type Json, type JsonObject } from "../../lib/json.ts";
import { done, failed, type Outcome } from "../../lib/outcome.ts";
import type { Runner } from "../../runners/types.ts";
import type { Tool } from "../types.ts";
import { text } from "./arguments.ts";

/** What a tool of the cloud is judged by, besides its definition. */
interface Judged {
  readonly name: string;
  /** The id of the source that has it; null where a caller brings it. */
  readonly origin: string | null;
  readonly requires: readonly string[];
  readonly approved: boolean;
  readonly runner: Runner;
}

const NAME = /^[A-Za-z0-9_.-]{1,64}$/;
const ARGUMENT = /^[A-Za-z_][A-Za-z0-9_]*$/;
const TYPES = ["string", "integer", "number", "boolean", "array", "object"];

/** A definition as a tool; the failure says what is wrong with it. */
export function cloudToolOf(definition: CloudTool, judged: Judged): Outcome<Tool, string> {
  if (!NAME.test(judged.name)) return failed("its name is not at most 64 of A-Z, a-z, 0-9, _ . -");
  const inputSchema = schemaOf(definition["args"]);
  if (!inputSchema.ok) return inputSchema;
  return done({
    ...judged,
    ...{ source: "cloud", presentation: {}, inputSchema: inputSchema.value },
    description: text(definition, "description"),
    type: text(definition, "type") || "docker",
    image: text(definition, "image") || null,
    digest: digestOf(definition),
  });
}

/** Closed: a caller can set no variable that the definition does not name. */
function schemaOf(args: Json | undefined): Outcome<JsonObject, string> {
  if (args === undefined || args === null) return done(schemaWith({}, []));
  if (!isJsonList(args) || !args.every(isJsonObject)) return failed("its args are no list");
  const properties: Record<string, JsonObject> = {};
  for (const arg of args) {
    const name = text(arg, "name");
    if (!ARGUMENT.test(name)) return failed("the name of an argument is no name of a variable");
    if (isReservedArgument(name)) return failed(`its argument ${name} has a reserved name`);
    if (Object.hasOwn(properties, name)) return failed(`two arguments are called ${name}`);
    const type = text(arg, "type") || "string";
    if (!TYPES.includes(type)) return failed(`its argument ${name} is of an unknown type`);
    const { options } = arg;
    const values = isJsonList(options) && options.length > 0 ? { enum: options } : {};
    properties[name] = { type, description: text(arg, "description"), ...values };
  }
  const needed = args.filter(
    ({ required, default: otherwise = null }) => required === true && otherwise === null,
  );
  return done(
    schemaWith(
      properties,
      needed.map((arg) => text(arg, "name")),
    ),
  );
}

function schemaWith(properties: JsonObject, required: readonly string[]): JsonObject {
  return { type: "object", additionalProperties: false, properties, required };
}
