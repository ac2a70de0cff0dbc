// On the trust boundary: the time by which credentials end. Whoever sets this machine's clock back revives
// nothing: no time is told that is before one that the store has seen.

import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import { done, type Outcome } from "../lib/outcome.ts";
import type { Store, StoreFailure } from "../store/types.ts";

/** A clock that stands still rather than go back. */
export interface SteadyClock {
  readonly now: Clock;
  readonly close: () => void;
}

/** How often the store is told the time: a clock can be set back by at most this much without being noticed. */
const TELL_MS = 60_000;

/** Clocks of several machines differ by this much without anybody being told. */
const USUAL_MS = 5_000;

/** Opens a clock over a store, and tells the store the time now and then. */
export async function openSteadyClock(
  store: Pick<Store, "highWater">,
  clock: Clock,
  log: Log,
): Promise<Outcome<SteadyClock, StoreFailure>> {
  let highest = 0;
  const told = await tell();
  if (!told.ok) return told;
  const timer = setInterval(() => void tell(), TELL_MS);
  timer.unref();
  return done({
    now: () => {
      highest = Math.max(highest, clock());
      return highest;
    },
    close: () => clearInterval(timer),
  });

  async function tell(): Promise<Outcome<void, StoreFailure>> {
    const now = clock();
    const marked = await store.highWater(now);
    if (!marked.ok) {
      log.error("the store cannot be told the time", { detail: marked.failure.detail });
      return marked;
    }
    highest = Math.max(highest, marked.value);
    const behindMs = highest - now;
    if (behindMs > USUAL_MS)
      log.warn("the clock is behind a time that was seen before", { behindMs });
    return done(undefined);
  }
}
