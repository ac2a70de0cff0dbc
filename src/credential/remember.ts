// On the trust boundary: what was proven is not proven anew with each request. What is remembered are rows, never
// whether they still hold, and never a credential that proved nothing. The store says when to forget: at a
// change of anything, and where it cannot say, nobody is let in.

import type { Clock } from "../lib/clock.ts";
import { sha256 } from "../lib/digest.ts";
import { done } from "../lib/outcome.ts";
import type { Store } from "../store/types.ts";
import type { Verification, Verify } from "./types.ts";

/** What remembering needs. */
export interface RememberParts {
  readonly store: Pick<Store, "epoch">;
  /** Milliseconds that only go forward. */
  readonly stopwatch: Clock;
}

interface Known {
  readonly verification: Verification;
  readonly epoch: number;
  readonly sinceMs: number;
}

/** What somebody wrote past this program into a store that announces nothing is noticed after this long. */
const FRESH_MS = 1_000;
/** Of those that were not used for longest the first is forgotten. */
const MOST = 4_096;

/** Verifies a credential once for as long as nothing has changed; its text is not kept. */
export function rememberVerified(verify: Verify, { store, stopwatch }: RememberParts): Verify {
  const known = new Map<string, Known>();

  return async (presented) => {
    // Both before the rows are read: a change after this is noticed, whatever was read.
    const sinceMs = stopwatch();
    const epoch = await store.epoch();
    if (!epoch.ok) return epoch;
    const digest = sha256(presented.reveal());
    const found = known.get(digest);
    if (found?.epoch === epoch.value && sinceMs - found.sinceMs < FRESH_MS) {
      return done(found.verification);
    }
    known.delete(digest);
    const verified = await verify(presented);
    if (verified.ok && verified.value.status === "verified") {
      keep(digest, { verification: verified.value, epoch: epoch.value, sinceMs });
    }
    return verified;
  };

  function keep(digest: string, verified: Known): void {
    known.set(digest, verified);
    const [oldest] = known.keys();
    if (known.size > MOST && oldest !== undefined) known.delete(oldest);
  }
}
