import type { Clock } from "../../lib/clock.ts";
import type { UpstreamLimits } from "./limits.ts";

/** Calls back once after so many milliseconds; what it gives calls that off. */
export type After = (ms: number, run: () => void) => () => void;

/** Reads what an upstream has anew, however often it says that it changed. */
export interface Relist {
  readonly soon: () => void;
  readonly stop: () => void;
}

/** One reading at a time, and after each as long a pause as it took, at least until things have settled. */
export function createRelist({
  limits: { settleMs },
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
  let pauseMs = settleMs;
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
    else pending ??= after(pauseMs, () => void run());
  }

  async function run(): Promise<void> {
    pending = null;
    reading = true;
    const sinceMs = stopwatch();
    await read();
    pauseMs = Math.max(settleMs, stopwatch() - sinceMs);
    reading = false;
    if (!again) return;
    again = false;
    soon();
  }
}
