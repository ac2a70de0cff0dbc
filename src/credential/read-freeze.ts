// On the trust boundary: whether access is frozen, for each request anew. It never answers from what it knew
// under another epoch, and never takes a store that cannot say for one that has no freeze.

import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import type { Freeze, Store, StoreFailure } from "../store/types.ts";
import type { ReadFreeze } from "./types.ts";

/** What reading takes. */
export interface ReadFreezeParts {
  readonly store: Pick<Store, "epoch" | "freeze">;
  /** Milliseconds that only go forward. */
  readonly stopwatch: Clock;
  readonly log: Log;
}

/** A freeze as it was known under an epoch. */
interface Known {
  readonly epoch: number;
  readonly freeze: Freeze | null;
  readonly sinceMs: number;
}

/** What somebody did to the row by hand is noticed after this long. */
const FRESH_MS = 1_000;

/** Reads the freeze of a store: as old as its epoch may be, and no older. */
export function createReadFreeze({ store, stopwatch, log }: ReadFreezeParts): ReadFreeze {
  let known: Known | null = null;

  return async () => {
    const epoch = await store.epoch();
    if (!epoch.ok) return untold(epoch.failure);
    const sinceMs = stopwatch();
    if (known?.epoch === epoch.value && sinceMs - known.sinceMs < FRESH_MS) return known.freeze;
    const read = await store.freeze();
    if (!read.ok) return untold(read.failure);
    known = { epoch: epoch.value, freeze: read.value, sinceMs };
    return read.value;
  };

  function untold({ detail }: StoreFailure): Awaited<ReturnType<ReadFreeze>> {
    log.error("nobody can tell whether access is frozen", { detail });
    return { reason: null, since_ms: null };
  }
}
