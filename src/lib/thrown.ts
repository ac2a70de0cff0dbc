import { inspect } from "node:util";

/** What was thrown, in words. Anything can be, also what `String` makes no text of: this never throws. */
export function thrownText(thrown: unknown): string {
  if (typeof thrown === "string") return thrown;
  if (thrown instanceof Error) return `${thrown.name}: ${thrown.message}`;
  return inspect(thrown, { customInspect: false, breakLength: Infinity });
}
