// On the trust boundary: what an engine may be asked about. The evaluator throws at text that is no
// Unicode and at deep nesting, what it throws at has to be built anew, and the time of a rule that walks
// over its input grows with the values that there are: such input never reaches it.

import type { Json, JsonObject } from "../lib/json.ts";

/** The size of the largest input, in characters of its names and texts. */
export const MAX_INPUT_SIZE: number = 1024 * 1024 + 64 * 1024;

/** How many values an input may have, inner ones counted. */
const MAX_VALUES = 10_000;

/** How many levels of objects and arrays an input may have. */
const MAX_DEPTH = 100;

/** Why an input is none that an engine may be asked about; null when it is one. */
export function unfitness(input: JsonObject): string | null {
  return lookAt(input, 0, { size: 0, values: 0 });
}

/** What was seen so far. */
interface Seen {
  size: number;
  values: number;
}

function lookAt(value: Json, depth: number, seen: Seen): string | null {
  seen.values += 1;
  if (seen.values > MAX_VALUES) return `it has more than ${MAX_VALUES} values`;
  if (typeof value === "string") return weigh(value, seen);
  if (typeof value !== "object" || value === null) return null;
  if (depth > MAX_DEPTH) return `it has more than ${MAX_DEPTH} levels`;
  if (isArray(value)) {
    for (const item of value) {
      const unfit = lookAt(item, depth + 1, seen);
      if (unfit !== null) return unfit;
    }
    return null;
  }
  // For every call that is decided: no list of names is made on the way.
  for (const name in value) {
    if (!Object.hasOwn(value, name)) continue;
    const unfit = weigh(name, seen) ?? lookAt(value[name] ?? null, depth + 1, seen);
    if (unfit !== null) return unfit;
  }
  return null;
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function weigh(text: string, seen: Seen): string | null {
  seen.size += text.length;
  if (seen.size > MAX_INPUT_SIZE) return `it is larger than ${MAX_INPUT_SIZE} characters`;
  return text.isWellFormed() ? null : "it has a text that is no Unicode";
}

/** An input with the largest arguments that are fit: names, items and a long text, for rules that walk. */
export function stretched(input: JsonObject, member: "arguments" | "parameters"): JsonObject {
  const third = Math.floor(MAX_VALUES / 3);
  const names = Array.from({ length: third }, (_, at) => [`name${at}`, at] as const);
  const items = Array.from({ length: third }, (_, at) => `item ${at}`);
  const text = "x".repeat(MAX_INPUT_SIZE - 32 * 1024 - 32 * third);
  return { ...input, [member]: { ...Object.fromEntries(names), items, text } };
}
