// On the trust boundary: worker threads for policies that nobody knows the end of. A thread that does not
// reply in time is ended. Nothing that runs in one reaches stdout, stderr or the environment.

import { Worker } from "node:worker_threads";
import { isObject, type JsonObject } from "../lib/json.ts";
import type { Log } from "../lib/log.ts";
import { failed, type Outcome } from "../lib/outcome.ts";
import type { EngineFault, EngineSource } from "./engine.ts";

/** What a thread is told: to open a module, or to answer for the one that is open. */
export type ToThread = { readonly open: EngineSource } | { readonly ask: Asked };

/** A question to the module that is open. */
export interface Asked {
  readonly entrypoint: string;
  readonly input: JsonObject;
  /** The member of the input that is made as large as it may be. */
  readonly stretch?: "arguments" | "parameters";
}

/** What a thread says: that it stands ready, a line that a policy printed, or the reply to what it was told. */
export type FromThread =
  | { readonly ready: true }
  | { readonly printed: string }
  | { readonly opened: Outcome<null, string> }
  | { readonly answered: Outcome<unknown, EngineFault> };

/** A thread, told one thing at a time. */
export interface Thread {
  /** Opens a module in place of the one before. */
  readonly open: (source: EngineSource, withinMs: number) => Promise<Outcome<null, string>>;
  /** Asks the module that is open. A thread that does not answer in time is over. */
  readonly ask: (asked: Asked, withinMs: number) => Promise<Outcome<unknown, EngineFault>>;
  readonly isOver: () => boolean;
  readonly end: () => void;
}

const LIMITS = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 };

/** How long a thread may take to stand ready; a machine under load is slow, a policy has no part in it yet. */
const READY_MS = 15_000;

/** What a reply is when there is none. */
interface NoReply {
  readonly timedOut: boolean;
  readonly detail: string;
}

/** Starts a thread. It does not keep the process alive while nobody waits for it. */
export function startThread(log: Log): Thread {
  // The sources run as they are written, the package as it was compiled.
  const file = import.meta.url.endsWith(".ts") ? "./engine-thread.ts" : "./engine-thread.js";
  const worker = new Worker(new URL(file, import.meta.url), {
    resourceLimits: LIMITS,
    stdout: true,
    stderr: true,
    env: {},
  });
  worker.unref();
  let settle: (reply: FromThread | NoReply) => void = nobodyWaits;
  let ended: string | null = null;
  const ready = expect(READY_MS);
  worker.on("message", (message: FromThread) => {
    if ("printed" in message) log.info("a policy printed", { line: message.printed });
    else settle(message);
  });
  worker.on("error", (thrown: unknown) => {
    stop(isObject(thrown) ? String(thrown["message"]) : String(thrown));
  });
  worker.on("exit", () => stop("the thread ended"));

  return {
    open: async (source, withinMs) => {
      const reply = await tell({ open: source }, withinMs);
      if ("opened" in reply) return reply.opened;
      if ("timedOut" in reply && !reply.timedOut) return failed(reply.detail);
      end();
      return failed(`it was not loaded within ${withinMs} ms`);
    },
    ask: async (asked, withinMs) => {
      const reply = await tell({ ask: asked }, withinMs);
      if ("answered" in reply) return reply.answered;
      end();
      if (!("timedOut" in reply)) return failed({ reason: "trapped", detail: "it lost its way" });
      return failed({ reason: reply.timedOut ? "timed_out" : "trapped", detail: reply.detail });
    },
    isOver: () => ended !== null,
    end,
  };

  async function tell(message: ToThread, withinMs: number): Promise<FromThread | NoReply> {
    const standing = await ready;
    if ("timedOut" in standing) return standing;
    const reply = expect(withinMs);
    if (ended === null) worker.postMessage(message);
    return reply;
  }

  /** The next thing that the thread says, or that it says nothing in time. */
  function expect(withinMs: number): Promise<FromThread | NoReply> {
    return new Promise((resolve) => {
      if (ended !== null) {
        resolve({ timedOut: false, detail: ended });
        return;
      }
      worker.ref();
      // A reply that came while this thread was busy is read before the time is called over.
      const timer = setTimeout(() => setImmediate(() => settleMine(late(withinMs))), withinMs);
      const settleMine = (reply: FromThread | NoReply): void => {
        if (settle !== settleMine) return;
        clearTimeout(timer);
        settle = nobodyWaits;
        worker.unref();
        resolve(reply);
      };
      settle = settleMine;
    });
  }

  function stop(why: string): void {
    ended ??= why;
    settle({ timedOut: false, detail: ended });
  }

  function end(): void {
    stop("the thread was ended");
    void worker.terminate();
  }
}

function late(afterMs: number): NoReply {
  return { timedOut: true, detail: `no answer within ${afterMs} ms` };
}

function nobodyWaits(): void {}
