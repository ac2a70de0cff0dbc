// On the trust boundary: what an engine may be asked about. The evaluator throws at text that is no
// Unicode and at deep nesting, and what it throws at has to be built anew: such input never reaches it.

import type { Json, JsonObject } from "../lib/json.ts";

/** The size of the largest input, in characters of its names and texts, with one for each number. */
export const MAX_INPUT_SIZE: number = 1024 * 1024 + 64 * 1024;

/** How many levels of objects and arrays an input may have. */
const MAX_DEPTH = 100;

/** Why an input is none that an engine may be asked about; null when it is one. */
export function unfitness(input: JsonObject): string | null {
  let size = 0;
  return lookAt(input, 0);

  function lookAt(value: Json, depth: number): string | null {
    if (typeof value === "string") return weigh(value);
    if (typeof value !== "object" || value === null) {
      size += 1;
      return tooLarge();
    }
    if (depth > MAX_DEPTH) return `it has more than ${MAX_DEPTH} levels`;
    if (Array.isArray(value)) {
      for (const item of value) {
        const unfit = lookAt(item, depth + 1);
        if (unfit !== null) return unfit;
      }
      return null;
    }
    for (const [name, member] of Object.entries(value)) {
      const unfit = weigh(name) ?? lookAt(member, depth + 1);
      if (unfit !== null) return unfit;
    }
    return null;
  }

  function weigh(text: string): string | null {
    size += text.length + 1;
    return tooLarge() ?? (text.isWellFormed() ? null : "it has a text that is no Unicode");
  }

  function tooLarge(): string | null {
    return size > MAX_INPUT_SIZE ? `it is larger than ${MAX_INPUT_SIZE} characters` : null;
  }
}
