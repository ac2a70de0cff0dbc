// On the trust boundary: the schema of a tool that somebody else wrote, as far as arguments are checked against
// it here. The source checks them whole. What could keep this process busy for as long as its author likes
// (patterns, references) or could turn into more than was written when a part is left out is not kept.

import { isJsonList, isJsonObject, type Json, type JsonObject } from "../../lib/json.ts";

const TYPES = ["string", "integer", "number", "boolean", "array", "object", "null"];
const MAX_DEPTH = 16;
/** To make a check of more takes longer than anybody may wait. */
const MAX_LENGTH = 16_384;

/** A JSON Schema (2020-12) that everything fits which fits the one that was written. */
export function judgeable(schema: JsonObject): JsonObject {
  return objectKind(schema, lengthsIn);
}

/**
 * The same of a schema of what a tool gives back, which clients compile and hold its answers to: with the words
 * that explain it, and without the lengths of texts, in which secrets are hidden on their way.
 */
export function promisable(schema: JsonObject): JsonObject {
  return objectKind(schema, wordsIn);
}

/** What else is kept at every place of a schema. */
type Beside = (schema: JsonObject) => JsonObject;
type Within = (schema: Json | undefined) => JsonObject;

function objectKind(schema: JsonObject, beside: Beside): JsonObject {
  if (JSON.stringify(schema).length > MAX_LENGTH) return { type: "object" };
  return { ...kindOf(schema, 0, beside), type: "object" };
}

function kindOf(schema: Json | undefined, depth: number, beside: Beside): JsonObject {
  if (!isJsonObject(schema) || depth > MAX_DEPTH) return {};
  const within = (one: Json | undefined): JsonObject => kindOf(one, depth + 1, beside);
  return {
    ...typeOf(schema["type"]),
    ...choiceOf(schema),
    ...numbersIn(schema),
    ...membersOf(schema, within),
    ...itemsOf(schema, within),
    ...beside(schema),
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
const COUNTS = ["minItems", "maxItems"] as const;
const LENGTHS = ["minLength", "maxLength"] as const;
const WORDS = ["title", "description"] as const;

function numbersIn(schema: JsonObject): JsonObject {
  return {
    ...membersThat(schema, NUMBERS, (value) => typeof value === "number"),
    ...membersThat(schema, COUNTS, isCount),
  };
}

function lengthsIn(schema: JsonObject): JsonObject {
  return membersThat(schema, LENGTHS, isCount);
}

function wordsIn(schema: JsonObject): JsonObject {
  return membersThat(schema, WORDS, (value) => typeof value === "string");
}

function membersThat(
  schema: JsonObject,
  names: readonly string[],
  fits: (value: Json | undefined) => boolean,
): JsonObject {
  return Object.fromEntries(
    names.filter((name) => fits(schema[name])).map((name) => [name, schema[name] ?? null]),
  );
}

function isCount(value: Json | undefined): boolean {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function membersOf(schema: JsonObject, within: Within): JsonObject {
  const { properties, required, additionalProperties, patternProperties } = schema;
  const named = isJsonObject(properties) ? Object.entries(properties) : [];
  const closed = additionalProperties === false && patternProperties === undefined;
  const needed = isJsonList(required) ? required.filter((name) => typeof name === "string") : [];
  return {
    ...(named.length > 0 && {
      properties: Object.fromEntries(named.map(([name, one]) => [name, within(one)])),
    }),
    ...(needed.length > 0 && { required: [...new Set(needed)] }),
    ...(closed && { additionalProperties: false }),
  };
}

/** The first items may have schemas of their own: then nothing is said of all of them. */
function itemsOf({ items, prefixItems }: JsonObject, within: Within): JsonObject {
  return isJsonObject(items) && prefixItems === undefined ? { items: within(items) } : {};
}
