// On the trust boundary: what an upstream writes to its stderr, on its way to the operator's log. It says what
// it likes, as much as it likes: a few lines are told, the rest is counted.

import type { Clock } from "../../../lib/clock.ts";
import type { Log } from "../../../lib/log.ts";
import { MAX_LINE } from "../../../subprocess/types.ts";
import type { UpstreamLimits } from "../limits.ts";

/** Lines that an upstream writes beside its answers. */
export interface ErrorLines {
  readonly add: (line: string) => void;
  /** Notes that a program begins: what another one said before are not its last words. */
  readonly begin: () => void;
  /** Of the last lines the last one that names an error, else the last that says anything; empty where there was none. */
  readonly last: () => string;
}

/** What a person can read of a line at once. */
const LAST_LENGTH = 300;

/** As far back as the error that ended a program may stand: Node writes a stack, its cause and its version after it. */
const LAST_LINES = 30;

/** A line that begins with the name of an error, as Node, Python and most others write it. */
const ERROR =
  /^(?:\[cause\]: |Uncaught )?(?:[\w.$]*(?:Error|Exception)|fatal|panic)(?: \[\w+\])?:/i;

/** Logs a few lines in each stretch of time. The log itself hides secrets and escapes. */
export function createErrorLines(
  name: string,
  { maxErrorLines, errorsMs }: Pick<UpstreamLimits, "maxErrorLines" | "errorsMs">,
  { log, stopwatch }: { readonly log: Log; readonly stopwatch: Clock },
): ErrorLines {
  let last: readonly string[] = [];
  let sinceMs = stopwatch();
  let told = 0;
  let left = 0;
  return {
    add: (whole) => {
      const line = whole.slice(0, MAX_LINE).toWellFormed();
      const words = line.trim().slice(0, LAST_LENGTH);
      if (words !== "") last = [...last, words].slice(-LAST_LINES);
      const nowMs = stopwatch();
      if (nowMs - sinceMs >= errorsMs) {
        if (left > 0)
          log.warn("lines of an upstream were left out", { upstream: name, lines: left });
        sinceMs = nowMs;
        told = 0;
        left = 0;
      }
      if (told < maxErrorLines) log.info("an upstream says", { upstream: name, line });
      else left += 1;
      told += 1;
    },
    begin: () => {
      last = [];
    },
    last: () => last.findLast((line) => ERROR.test(line)) ?? last.at(-1) ?? "",
  };
}
