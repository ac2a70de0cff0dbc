// On the trust boundary: streams of clients that listen for changes. One outlives the request that opened
// it by far, so its caller is looked at again and again: who may not be here any more hears nothing more.

import { setTimeout as wait } from "node:timers/promises";
import type { CurrentSnapshot } from "../decision/types.ts";
import type { Enforcement } from "../enforcement/types.ts";
import { type ArrivalParts, arriveHttp, type Incoming, type Manner } from "./http-incoming.ts";

/** What watching streams is made of. */
export interface StreamParts extends ArrivalParts {
  readonly current: CurrentSnapshot;
  /** As enforcement's, but that it keeps no session open. */
  readonly recheck: Enforcement["admit"];
  readonly recheckMs: number;
}

/** The streams that are open. */
export interface Streams {
  /** A signal for the request that opens a stream: it is aborted when the stream must end. */
  readonly open: (incoming: Incoming, manner: Manner) => AbortSignal;
  readonly endAll: () => void;
}

/** Watches over streams. */
export function createStreams(parts: StreamParts): Streams {
  const { current, recheck, recheckMs } = parts;
  const open = new Set<AbortController>();

  return {
    open: (incoming, manner) => {
      const stream = new AbortController();
      const end = (): void => stream.abort();
      open.add(stream);
      stream.signal.addEventListener("abort", () => open.delete(stream), { once: true });
      incoming.gone.addEventListener("abort", end, { once: true });
      if (incoming.gone.aborted) end();
      void watch(incoming, manner, stream.signal).finally(end);
      return stream.signal;
    },
    endAll: () => {
      for (const stream of open) stream.abort();
    },
  };

  /** Settles when the stream is over, or must be. */
  async function watch(incoming: Incoming, manner: Manner, signal: AbortSignal): Promise<void> {
    while (await pause(signal)) {
      const arrived = await arriveHttp({ ...incoming, snapshot: current() }, manner, parts);
      const admitted = await recheck(arrived, "subscriptions/listen");
      if (!admitted.ok) return;
    }
  }

  async function pause(signal: AbortSignal): Promise<boolean> {
    try {
      await wait(recheckMs, undefined, { signal, ref: false });
      return true;
    } catch {
      return false;
    }
  }
}
