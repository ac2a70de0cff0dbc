// On the trust boundary: the schema of a tool that somebody else wrote, as far as arguments are checked against
// it here. The source checks them whole. What could keep this process busy for as long as its author likes
// (patterns, references) or could turn into more than was written when a part is left out is not kept.

import { isJsonList, isJsonObject, type Json, type JsonObject } from "../lib/json.ts";

const TYPES = ["string", "integer", "number", "boolean", "array", "object", "null"];
const MAX_DEPTH = 16;
/** To make a check of more takes longer than anybody may wait. */
const MAX_LENGTH = 16_384;

/** A JSON Schema (2020-12) that everything fits which fits the one that was written. */
export function judgeable(schema: JsonObject): JsonObject {
  if (JSON.stringify(schema).length > MAX_LENGTH) return { type: "object" };
  const kept = kindOf(schema, 0);
  return { ...kept, type: "object" };
}

function kindOf(schema: Json | undefined, depth: number): JsonObject {
  if (!isJsonObject(schema) || depth > MAX_DEPTH) return {};
  return {
    ...typeOf(schema["type"]),
    ...choiceOf(schema),
    ...numbersIn(schema),
    ...membersOf(schema, depth),
    ...itemsOf(schema, depth),
  };
}

function typeOf(type: Json | undefined): JsonObject {
  const types = isJsonList(type) ? type : [type];
  return types.length > 0 && types.every((one) => TYPES.some((known) => known === one))
    ? { type: types.length === 1 ? (types[0] ?? null) : [...new Set(types.map(String))] }
    : {};
}

function choiceOf({ enum: options }: JsonObject): JsonObject {
  return isJsonList(options) && options.length > 0 ? { enum: options } : {};
}

const NUMBERS = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"] as const;
const COUNTS = ["minLength", "maxLength", "minItems", "maxItems"] as const;

function numbersIn(schema: JsonObject): JsonObject {
  const numbers = NUMBERS.filter((name) => typeof schema[name] === "number");
  const counts = COUNTS.filter((name) => isCount(schema[name]));
  return Object.fromEntries([...numbers, ...counts].map((name) => [name, schema[name] ?? null]));
}

function isCount(value: Json | undefined): boolean {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function membersOf(schema: JsonObject, depth: number): JsonObject {
  const { properties, required, additionalProperties, patternProperties } = schema;
  const named = isJsonObject(properties) ? Object.entries(properties) : [];
  const closed = additionalProperties === false && patternProperties === undefined;
  const needed = isJsonList(required) ? required.filter((name) => typeof name === "string") : [];
  return {
    ...(named.length > 0 && {
      properties: Object.fromEntries(named.map(([name, one]) => [name, kindOf(one, depth + 1)])),
    }),
    ...(needed.length > 0 && { required: [...new Set(needed)] }),
    ...(closed && { additionalProperties: false }),
  };
}

/** The first items may have schemas of their own: then nothing is said of all of them. */
function itemsOf({ items, prefixItems }: JsonObject, depth: number): JsonObject {
  return isJsonObject(items) && prefixItems === undefined
    ? { items: kindOf(items, depth + 1) }
    : {};
}
