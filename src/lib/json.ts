/** A JSON value (RFC 8259). */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  readonly [name: string]: Json;
}

/** The value of a JSON text; throws as `JSON.parse` does. */
export function parseJson(text: string): Json {
  // oxlint-disable-next-line typescript/no-unsafe-return -- `JSON.parse` gives `any`, and never what is no JSON value
  return JSON.parse(text);
}

/** Whether a value that `JSON.parse` gave is an object. */
export function isJsonObject(value: unknown): value is JsonObject {
  return isObject(value);
}

/** Whether a JSON value is an array. */
export function isJsonList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** A value that the program itself made as a JSON object; where it is none, that is a bug. */
export function asObject(value: unknown): JsonObject {
  if (isJsonObject(value)) return value;
  throw new TypeError("what the program made as a JSON object is none");
}

/** Whether a value is an object with named members: neither null nor an array. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
