import type { Enforcement } from "../enforcement/types.ts";

/** Enforcement that knows what it is still busy with. */
export interface Pending {
  readonly enforcement: Enforcement;
  /** Settles when nothing that was asked is under way any more. */
  readonly settled: () => Promise<void>;
}

/** Watches what enforcement is busy with, so that a server can wait for it before it ends. */
export function createPending(enforcement: Enforcement): Pending {
  const busy = new Set<Promise<unknown>>();

  return {
    enforcement: {
      admit: (...asked) => watch(enforcement.admit(...asked)),
      list: (...asked) => watch(enforcement.list(...asked)),
      call: (...asked) => watch(enforcement.call(...asked)),
      manage: (...asked) => watch(enforcement.manage(...asked)),
    },
    settled: async () => {
      while (busy.size > 0) await Promise.allSettled(busy);
    },
  };

  async function watch<T>(work: Promise<T>): Promise<T> {
    busy.add(work);
    try {
      return await work;
    } finally {
      busy.delete(work);
    }
  }
}
