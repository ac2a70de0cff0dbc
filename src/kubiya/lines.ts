import { done, failed, type Outcome } from "../lib/outcome.ts";
import type { Wanted } from "../outbound/types.ts";

/** A line that is longer than any that the cloud has reason to send. */
export interface TooLong {
  readonly allowedBytes: number;
}

/** Makes lines of a text that comes in pieces. */
export interface Lines {
  readonly push: (text: string) => Outcome<Wanted, TooLong>;
  /** What follows the last end of a line, if anything does. */
  readonly rest: () => string;
}

const MOST = 1024 * 1024;

/** Gives each line without its end, until one is enough. */
export function createLines(onLine: (line: string) => Wanted): Lines {
  let held = "";
  return {
    push: (text) => {
      const lines = `${held}${text}`.split("\n");
      held = lines.pop() ?? "";
      for (const line of lines) {
        if (onLine(line.endsWith("\r") ? line.slice(0, -1) : line) === "enough")
          return done("enough");
      }
      return held.length > MOST ? failed({ allowedBytes: MOST }) : done("more");
    },
    rest: () => held,
  };
}
