// On the trust boundary: an engine in a worker thread, for policies that nobody knows the end of. A
// question that is not answered in time ends the thread; it is never answered with anything but a fault.

import { Worker } from "node:worker_threads";
import type { JsonObject } from "../lib/json.ts";
import type { Log } from "../lib/log.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import type { Engine, EngineFault, EngineSource } from "./engine.ts";

/** What the thread is told: to open a module, or to answer for one. */
export type ToWorker =
  | { readonly open: EngineSource }
  | { readonly ask: { readonly entrypoint: string; readonly input: JsonObject } };

/** What the thread says: a line that a policy printed, or the answer to what it was told. */
export type FromWorker =
  | { readonly printed: string }
  | { readonly opened: Outcome<null, string> }
  | { readonly answered: Outcome<unknown, EngineFault> };

/** How long the thread may take. */
export interface Deadlines {
  readonly openMs: number;
  readonly askMs: number;
}

const TIMED_OUT = "timed out";

const LIMITS = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 };

/**
 * Opens a module in a thread of its own. Questions are answered one after the other, and the time of
 * each counts from when its turn comes. A thread that was ended is replaced for the next question.
 */
export async function openRemoteEngine(
  source: EngineSource,
  deadlines: Deadlines,
  log: Log,
): Promise<Outcome<Engine, string>> {
  let thread: Thread | null = startThread(log);
  let turn: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  let retired = false;
  const opened = await open(thread, source, deadlines.openMs);
  if (!opened.ok) {
    thread.end();
    return opened;
  }
  return done({
    ask: (entrypoint, input, withinMs = deadlines.askMs) => {
      waiting += 1;
      const answer = turn.then(() => askNext({ entrypoint, input }, withinMs));
      turn = answer.then(rest);
      return answer;
    },
    retire: () => {
      retired = true;
      if (waiting === 0) end();
    },
  });

  function rest(): void {
    waiting -= 1;
    if (retired && waiting === 0) end();
  }

  function end(): void {
    thread?.end();
    thread = null;
  }

  async function askNext(
    ask: Extract<ToWorker, { ask: unknown }>["ask"],
    withinMs: number,
  ): Promise<Outcome<unknown, EngineFault>> {
    if (thread === null) {
      thread = startThread(log);
      const reopened = await open(thread, source, deadlines.openMs);
      if (!reopened.ok) return drop("trapped", reopened.failure);
    }
    const reply = await thread.tell({ ask }, withinMs);
    if (reply === TIMED_OUT) {
      return drop("timed_out", `no answer within ${withinMs} ms`);
    }
    if (typeof reply === "string") return drop("trapped", reply);
    return "answered" in reply ? reply.answered : drop("trapped", "the thread lost its way");
  }

  function drop(reason: EngineFault["reason"], detail: string): Outcome<never, EngineFault> {
    end();
    return failed({ reason, detail });
  }
}

async function open(
  thread: Thread,
  source: EngineSource,
  withinMs: number,
): Promise<Outcome<null, string>> {
  const reply = await thread.tell({ open: source }, withinMs);
  if (reply === TIMED_OUT) return failed(`it was not loaded within ${withinMs} ms`);
  if (typeof reply === "string") return failed(reply);
  return "opened" in reply ? reply.opened : failed("the thread lost its way");
}

/** A thread, told one thing at a time. */
interface Thread {
  /** The reply; or what happened instead, as text. */
  readonly tell: (message: ToWorker, withinMs: number) => Promise<FromWorker | string>;
  readonly end: () => void;
}

function startThread(log: Log): Thread {
  // The sources run as they are written, the package as it was compiled.
  const file = import.meta.url.endsWith(".ts") ? "./engine-worker.ts" : "./engine-worker.js";
  const worker = new Worker(new URL(file, import.meta.url), {
    resourceLimits: LIMITS,
    stdout: true,
    stderr: true,
    env: {},
  });
  worker.unref();
  let settle: (reply: FromWorker | string) => void = nobodyWaits;
  let ended: string | null = null;
  const stop = (why: string): void => {
    ended ??= why;
    settle(ended);
  };
  worker.on("message", (message: FromWorker) => {
    if ("printed" in message) log.info("a policy printed", { line: message.printed });
    else settle(message);
  });
  worker.on("error", (error) => stop(error.message));
  worker.on("exit", () => stop("the thread ended"));

  return {
    tell: (message, withinMs) =>
      new Promise((resolve) => {
        if (ended !== null) {
          resolve(ended);
          return;
        }
        worker.ref();
        const timer = setTimeout(() => settle(TIMED_OUT), withinMs);
        settle = (reply) => {
          clearTimeout(timer);
          settle = nobodyWaits;
          worker.unref();
          resolve(reply);
        };
        worker.postMessage(message);
      }),
    end: () => void worker.terminate(),
  };
}

function nobodyWaits(): void {}
