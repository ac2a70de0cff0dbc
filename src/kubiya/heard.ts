import { isJsonObject, type Json, type JsonObject } from "../lib/json.ts";

/** What one message of a stream says. */
export type Heard =
  | { readonly kind: "output"; readonly text: string }
  /** Output that is shown first where the run fails. */
  | { readonly kind: "error_output"; readonly text: string }
  | { readonly kind: "exit"; readonly code: number }
  /** It failed. The end may still follow. */
  | { readonly kind: "failure"; readonly text: string }
  | { readonly kind: "end" }
  /** It is not what the documentation says. */
  | { readonly kind: "unexpected"; readonly field: string; readonly detail: string };

/** What kind a payload says it is of; empty where it says none. */
export function typeOf({ type = "" }: JsonObject): string {
  return typeof type === "string" ? type : "unknown";
}

const FAILED = new Set([
  "failed",
  "failure",
  "error",
  "errored",
  "cancelled",
  "canceled",
  "timeout",
]);

/** Whether a status is the cloud's word for something that did not succeed. */
export function isFailed(status: Json | undefined): boolean {
  return typeof status === "string" && FAILED.has(status.toLowerCase());
}

/** A member as the text of a piece of output: what is no text is shown as JSON. */
export function outputOf(value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The words of an error, however it is wrapped. */
export function errorText(value: Json | undefined): string {
  if (isJsonObject(value))
    return errorText(value["message"] ?? value["error"] ?? JSON.stringify(value));
  return outputOf(value);
}

/** What something says by failing: its error, or else that it failed. */
export function failureOf(said: JsonObject): Heard {
  const words = errorText(said["error"] ?? said["message"]);
  return { kind: "failure", text: words === "" ? "it says that it failed, and not why" : words };
}
