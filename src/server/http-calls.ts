import type { Arrived } from "../enforcement/types.ts";

/**
 * The calls of legacy clients that are under way. Over HTTP `notifications/cancelled` is a request of its own,
 * and the protocol's library, which keeps nothing between requests, cannot tell which call it means.
 */
export interface Calls {
  /** A signal for a call that begins, besides that of its client; without a session nobody can name it. */
  readonly begin: (arrived: Arrived, id: string | number | null, gone: AbortSignal) => AbortSignal;
  /** Cancels a call of the session that a request was accepted in. */
  readonly cancel: (arrived: Arrived, id: unknown) => void;
}

/** No calls yet. */
export function createCalls(): Calls {
  const running = new Map<string, AbortController>();
  return {
    begin: (arrived, id, gone) => {
      const key = keyOf(arrived, id);
      if (key === null) return gone;
      const call = new AbortController();
      running.set(key, call);
      // A client that uses an id again means the later call.
      const end = (): void => {
        if (running.get(key) === call) running.delete(key);
        call.abort();
      };
      gone.addEventListener("abort", end, { once: true });
      if (gone.aborted) end();
      return call.signal;
    },
    cancel: (arrived, id) => {
      const key = keyOf(arrived, id);
      if (key !== null) running.get(key)?.abort();
    },
  };
}

/** The id of a request is its client's own, and a number is not the text of it. */
function keyOf({ circumstances }: Arrived, id: unknown): string | null {
  const { session } = circumstances.caller;
  return session === null ? null : JSON.stringify([session.id, id]);
}
