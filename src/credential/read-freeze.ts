// On the trust boundary: whether access is frozen, for each request anew. It never answers from what it knew
// under another epoch, and never takes a store that cannot say for one that has no freeze.

import type { Log } from "../lib/log.ts";
import type { Freeze, Store, StoreFailure } from "../store/types.ts";
import type { ReadFreeze } from "./types.ts";

/** Reads the freeze of a store: as old as its epoch may be, and no older. */
export function createReadFreeze(store: Pick<Store, "epoch" | "freeze">, log: Log): ReadFreeze {
  let known: { readonly epoch: number; readonly freeze: Freeze | null } | null = null;

  return async () => {
    const epoch = await store.epoch();
    if (!epoch.ok) return untold(epoch.failure);
    if (known?.epoch === epoch.value) return known.freeze;
    const read = await store.freeze();
    if (!read.ok) return untold(read.failure);
    known = { epoch: epoch.value, freeze: read.value };
    return read.value;
  };

  function untold({ detail }: StoreFailure): Awaited<ReturnType<ReadFreeze>> {
    log.error("nobody can tell whether access is frozen", { detail });
    return { reason: null, since_ms: null };
  }
}
