// The thread that `thread.ts` starts: one module at a time, asked over messages.

import { parentPort } from "node:worker_threads";
import { failed, type Outcome } from "../lib/outcome.ts";
import { type Engine, openEngine } from "./engine.ts";
import { stretched } from "./fit.ts";
import type { FromThread, ToThread } from "./thread.ts";

let engine: Engine | null = null;
/** Nobody made the input that is being asked about: what a policy prints of it tells nobody anything. */
let isMadeUp = false;

parentPort?.on("message", (message: ToThread) => {
  void obey(message).then(say);
});
say({ ready: true });

async function obey(message: ToThread): Promise<FromThread> {
  if ("open" in message) return { opened: await reopen(message.open) };
  const { entrypoint, input, stretch } = message.ask;
  isMadeUp = stretch !== undefined;
  const asked = stretch === undefined ? input : stretched(input, stretch);
  const answered = await engine?.ask(entrypoint, asked);
  return { answered: answered ?? failed({ reason: "trapped", detail: "nothing is open" }) };
}

async function reopen(
  source: Extract<ToThread, { open: unknown }>["open"],
): Promise<Outcome<null, string>> {
  engine = null;
  const opened = await openEngine(source, (printed) => {
    if (!isMadeUp) say({ printed });
  });
  if (!opened.ok) return opened;
  engine = opened.value;
  return { ok: true, value: null };
}

function say(message: FromThread): void {
  parentPort?.postMessage(message);
}
