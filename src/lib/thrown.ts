import { inspect } from "node:util";

/** What was thrown, in words. Anything can be, also what `String` makes no text of: this never throws. */
export function thrownText(thrown: unknown): string {
  if (typeof thrown === "string") return thrown;
  if (thrown instanceof Error) return `${thrown.name}: ${thrown.message}`;
  return inspect(thrown, { customInspect: false, breakLength: Infinity });
}

/** The system's or a database's name of an error (`ENOSPC`, `28P01`), empty where it has none. */
export function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : "";
  return typeof code === "string" ? code : "";
}

/** What an error says, without its name. One of several addresses that were tried has no words of its own. */
export function textOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text === "" ? codeOf(error) : text;
}
