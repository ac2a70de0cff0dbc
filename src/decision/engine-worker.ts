// The thread that `remote-engine.ts` starts: one module, asked over messages.

import { parentPort } from "node:worker_threads";
import { failed, type Outcome } from "../lib/outcome.ts";
import { type Engine, openEngine } from "./engine.ts";
import type { FromWorker, ToWorker } from "./remote-engine.ts";

let engine: Engine | null = null;

parentPort?.on("message", (message: ToWorker) => {
  void obey(message).then((reply) => parentPort?.postMessage(reply));
});

async function obey(message: ToWorker): Promise<FromWorker> {
  if ("ask" in message) {
    const { entrypoint, input } = message.ask;
    const answered = engine?.ask(entrypoint, input);
    return {
      answered: (await answered) ?? failed({ reason: "trapped", detail: "nothing is open" }),
    };
  }
  return { opened: await reopen(message.open) };
}

async function reopen(
  source: Extract<ToWorker, { open: unknown }>["open"],
): Promise<Outcome<null, string>> {
  const opened = await openEngine(source, (printed) => parentPort?.postMessage({ printed }));
  if (!opened.ok) return opened;
  engine = opened.value;
  return { ok: true, value: null };
}
