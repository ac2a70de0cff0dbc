import type { Log } from "../lib/log.ts";
import { createOutside } from "../lib/outside.ts";
import { startThread, type Thread } from "./thread.ts";

/** Threads that stand ready: starting one takes longer than what it is started for. */
export interface Threads {
  readonly take: () => Thread;
  /** Keeps a thread for the next who needs one. */
  readonly give: (thread: Thread) => void;
  /** Sees to it that one stands ready. */
  readonly warm: () => void;
  /** Ends those that stand ready, and those that are given from now on. */
  readonly close: () => void;
}

/** One that a reload takes, and the one that it gives back, which may still be answering then. */
const MAX_IDLE = 2;

/** A stock of threads. */
export function createThreads(log: Log): Threads {
  // A thread that one request needs answers others after it.
  const outside = createOutside();
  const start = () => outside(() => startThread(log));
  const idle: Thread[] = [];
  let closed = false;

  return {
    take: () => {
      for (;;) {
        const thread = idle.pop();
        if (thread === undefined) return start();
        if (!thread.isOver()) return thread;
      }
    },
    give: (thread) => {
      if (closed || thread.isOver() || idle.length >= MAX_IDLE) thread.end();
      else idle.push(thread);
    },
    warm: () => {
      if (!closed && idle.length === 0) idle.push(start());
    },
    close: () => {
      closed = true;
      for (const thread of idle.splice(0)) thread.end();
    },
  };
}
