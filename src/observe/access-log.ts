import type { LogAccess, Log } from "../lib/log.ts";
import type { Clock } from "../lib/clock.ts";

/** Lines in a second: what comes faster is dropped, and counted. Whoever is nobody shall not fill a disk. */
const LINES_A_SECOND = { somebody: 1_000, nobody: 100 };

/** No path of ours is longer. */
const MAX_PATH = 256;

/** The access log, and how many lines it has dropped since the start. */
export interface AccessLog {
  readonly log: LogAccess;
  readonly dropped: () => number;
}

/** One line for each request, while there are not too many; then one that says how many are missing. */
export function createAccessLog(log: Log, clock: Clock): AccessLog {
  let second = 0;
  let lines = { somebody: 0, nobody: 0 };
  let dropped = 0;
  let told = 0;

  return {
    log: (access) => {
      const now = Math.floor(clock() / 1000);
      if (now !== second) {
        second = now;
        lines = { somebody: 0, nobody: 0 };
      }
      const by = access.user === null ? "nobody" : "somebody";
      if (lines[by] >= LINES_A_SECOND[by]) {
        dropped += 1;
        return;
      }
      if (dropped > told)
        log.warn("lines of the access log were dropped", { lines: dropped - told });
      told = dropped;
      lines[by] += 1;
      const path = access.path.slice(0, MAX_PATH);
      log.info("access", { ...access, path, ms: Math.round(access.ms * 10) / 10 });
    },
    dropped: () => dropped,
  };
}
