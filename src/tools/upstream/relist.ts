import type { Clock } from "../../lib/clock.ts";
import { createBackOff } from "./back-off.ts";
import type { UpstreamLimits } from "./limits.ts";

/** Calls back once after so many milliseconds; what it gives calls that off. */
export type After = (ms: number, run: () => void) => () => void;

/** Reads what an upstream has anew, however often it says that it changed. */
export interface Relist {
  readonly soon: () => void;
  readonly stop: () => void;
}

/**
 * One reading at a time. Each may be kept, recorded and told to every client, so one that goes on to announce changes
 * waits ever longer, as one that fails does, and at least as long as the reading before took; after it was quiet for
 * `steadyMs` no longer than until things have settled.
 */
export function createRelist({
  limits,
  stopwatch,
  after,
  read,
}: {
  readonly limits: UpstreamLimits;
  readonly stopwatch: Clock;
  readonly after: After;
  readonly read: () => Promise<void>;
}): Relist {
  let pending: (() => void) | null = null;
  let reading = false;
  let again = false;
  const backOff = createBackOff({ ...limits, firstRetryMs: limits.settleMs }, () => 0);
  let last = { tookMs: 0, endedMs: 0 };
  return {
    soon,
    stop: () => {
      pending?.();
      pending = null;
      again = false;
    },
  };

  function soon(): void {
    if (reading) again = true;
    else pending ??= after(pauseMs(), () => void run());
  }

  function pauseMs(): number {
    return Math.max(last.tookMs, backOff.failed(stopwatch() - last.endedMs));
  }

  async function run(): Promise<void> {
    pending = null;
    reading = true;
    const sinceMs = stopwatch();
    await read();
    const endedMs = stopwatch();
    last = { tookMs: endedMs - sinceMs, endedMs };
    reading = false;
    if (!again) return;
    again = false;
    soon();
  }
}
