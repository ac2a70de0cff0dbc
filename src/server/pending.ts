import type { Enforcement, Permitted, Refusal } from "../enforcement/types.ts";
import { done, type Outcome } from "../lib/outcome.ts";

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
      call: async (...asked) => watched(await watch(enforcement.call(...asked))),
      show: (...asked) => watch(enforcement.show(...asked)),
      read: async (...asked) => watched(await watch(enforcement.read(...asked))),
      manage: (...asked) => watch(enforcement.manage(...asked)),
      close: enforcement.close,
    },
    settled: async () => {
      while (busy.size > 0) await Promise.allSettled(busy);
    },
  };

  function watched<Result>(
    permitted: Outcome<Permitted<Result>, Refusal>,
  ): Outcome<Permitted<Result>, Refusal> {
    if (!permitted.ok) return permitted;
    return done({ run: (running) => watch(permitted.value.run(running)) });
  }

  async function watch<T>(work: Promise<T>): Promise<T> {
    busy.add(work);
    try {
      return await work;
    } finally {
      busy.delete(work);
    }
  }
}
