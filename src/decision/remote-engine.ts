// On the trust boundary: an engine in a thread of its own. Questions are answered one after the other, and
// the time of each counts from when its turn comes: a slow one delays the others and never answers for them.

import { done, failed, type Outcome } from "../lib/outcome.ts";
import type { Engine, EngineFault, EngineSource } from "./engine.ts";
import { unfitness } from "./fit.ts";
import type { Thread } from "./thread.ts";

/** How an engine uses threads. */
export interface RemoteParts {
  readonly takeThread: () => Thread;
  /** Given a thread back that nobody needs any more. */
  readonly giveThread: (thread: Thread) => void;
  readonly openMs: number;
  readonly askMs: number;
}

/** Makes an engine of a thread in which the module is open. A thread that was ended is replaced for the next question. */
export function createRemoteEngine(
  source: EngineSource,
  first: Thread,
  { takeThread, giveThread, openMs, askMs }: RemoteParts,
): Engine {
  let thread: Thread | null = first;
  let turn: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  let retired = false;

  return {
    ask: (entrypoint, input) => {
      const unfit = unfitness(input);
      if (unfit !== null) return Promise.resolve(unfitInput(unfit));
      waiting += 1;
      const answer = turn.then(async () => {
        const opened = await openThread();
        return opened.ok ? opened.value.ask({ entrypoint, input }, askMs) : trapped(opened.failure);
      });
      turn = answer.then(rest, rest);
      return answer;
    },
    retire: () => {
      retired = true;
      if (waiting === 0) release();
    },
  };

  function rest(): void {
    waiting -= 1;
    if (retired && waiting === 0) release();
  }

  function release(): void {
    if (thread !== null) giveThread(thread);
    thread = null;
  }

  async function openThread(): Promise<Outcome<Thread, string>> {
    if (thread !== null && !thread.isOver()) return done(thread);
    const fresh = takeThread();
    const opened = await fresh.open(source, openMs);
    thread = opened.ok ? fresh : null;
    if (!opened.ok) fresh.end();
    return opened.ok ? done(fresh) : opened;
  }
}

function unfitInput(detail: string): Outcome<never, EngineFault> {
  return failed({ reason: "unfit_input", detail });
}

function trapped(detail: string): Outcome<never, EngineFault> {
  return failed({ reason: "trapped", detail });
}
