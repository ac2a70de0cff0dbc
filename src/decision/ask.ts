import type { InputDocument } from "../input/types.ts";
import { isJsonObject, type JsonObject } from "../lib/json.ts";

/** An input document as the plain object that an engine takes. */
export function asObject(input: InputDocument): JsonObject {
  const plain: unknown = input;
  return isJsonObject(plain) ? plain : {};
}
