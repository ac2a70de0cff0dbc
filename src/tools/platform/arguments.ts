import type { JsonObject } from "../../lib/json.ts";

/** The schema of an argument that is a text. */
export function textArgument(description: string): JsonObject {
  return { type: "string", minLength: 1, maxLength: 4096, description };
}

/** The schema of an argument that is an object. */
export function objectArgument(description: string): JsonObject {
  return { type: "object", description };
}

/** A text among arguments that were checked; empty where it was not given. */
export function text(args: JsonObject, name: string): string {
  const value = args[name];
  return typeof value === "string" ? value : "";
}
