// On the trust boundary: the time by which credentials end. Whoever sets this machine's clock back revives
// nothing: no time is told that is before one that was seen. And time goes on: where the clock is behind, it is
// counted from the latest time that was seen.

import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import type { Store, StoreFailure } from "../store/types.ts";

/** A clock that never goes back and never stands still. */
export interface SteadyClock {
  readonly now: Clock;
  readonly close: () => void;
}

/** What a steady clock is made of. */
export interface SteadyClockParts {
  readonly store: Pick<Store, "highWater">;
  /** The time of day, which anybody may set. */
  readonly clock: Clock;
  /** Milliseconds that only go forward. */
  readonly stopwatch: Clock;
  readonly log: Log;
}

/** How often the store is told the time: over a restart a clock can be set back by this much unnoticed. */
const TELL_MS = 60_000;

/** Clocks of several machines differ by this much without anybody being told. */
const USUAL_MS = 5_000;

/** A time that is this far ahead is a mistake, of this clock or of the one that told it: somebody has to look. */
const MISTAKE_MS = 24 * 60 * 60 * 1000;

/** Opens a clock over a store, and tells the store the time now and then. */
export async function openSteadyClock({
  store,
  clock,
  stopwatch,
  log,
}: SteadyClockParts): Promise<Outcome<SteadyClock, StoreFailure>> {
  let latest = { ms: clock(), at: stopwatch() };
  const told = await tell();
  if (!told.ok) return told;
  const timer = setInterval(() => void tell(), TELL_MS);
  timer.unref();
  return done({ now, close: () => clearInterval(timer) });

  function now(): number {
    const at = stopwatch();
    const counted = Math.floor(latest.ms + at - latest.at);
    const said = clock();
    // Ahead of what was counted it was corrected, or this machine slept.
    if (said > counted) latest = { ms: said, at };
    return Math.max(counted, said);
  }

  async function tell(): Promise<Outcome<void, StoreFailure>> {
    const told = now();
    const marked = await store.highWater(told);
    if (!marked.ok) {
      log.error("the store cannot be told the time", { detail: marked.failure.detail });
      return marked;
    }
    const behindMs = marked.value - told;
    if (behindMs > MISTAKE_MS) return ahead(behindMs);
    if (behindMs > USUAL_MS)
      log.warn("the clock is behind a time that was seen before", { behindMs });
    if (behindMs > 0) latest = { ms: marked.value, at: stopwatch() };
    return done(undefined);
  }
}

function ahead(behindMs: number): Outcome<never, StoreFailure> {
  const days = Math.ceil(behindMs / MISTAKE_MS);
  return failed({
    reason: "store_unavailable",
    detail:
      `the store was told a time ${days} days ahead of this machine's clock; set the clock right, or, if the other ` +
      'time was the wrong one, see docs/operator.md, "A clock that was wrong"',
  });
}
