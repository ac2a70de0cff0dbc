// On the trust boundary: what was proven is not proven anew with each request. What is remembered are rows, never
// whether they still hold, and never a credential that proved nothing. The store says when to forget: at a
// change of anything, and where it cannot say, nobody is let in.

import type { Clock } from "../lib/clock.ts";
import { createMemory } from "../lib/memory.ts";
import type { Outcome } from "../lib/outcome.ts";
import type { Store, StoreFailure } from "../store/types.ts";
import type { Verification, Verify } from "./types.ts";

/** What remembering needs. */
export interface RememberParts {
  readonly store: Pick<Store, "epoch">;
  /** Milliseconds that only go forward. */
  readonly stopwatch: Clock;
}

/** Verifies a credential once for as long as nothing has changed, and anew after a second. */
export function rememberVerified(verify: Verify, { store, stopwatch }: RememberParts): Verify {
  const remember = createMemory<Outcome<Verification, StoreFailure>>({
    stopwatch,
    lasts: (verified) => verified.ok && verified.value.status === "verified",
  });
  return async (presented) => {
    // Before the rows are read: a change after this is noticed, whatever was read.
    const epoch = await store.epoch();
    return epoch.ok ? remember(presented, epoch.value, () => verify(presented)) : epoch;
  };
}
