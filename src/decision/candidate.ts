// On the trust boundary: what policies must show before they decide for anybody. All of it happens in a
// thread that can be ended, so that a policy which does not end is refused and never stops the server.

import type { InputDocument } from "../input/types.ts";
import { isObject, type JsonObject } from "../lib/json.ts";
import type { Log } from "../lib/log.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { readDecision } from "./answer.ts";
import { asObject } from "./ask.ts";
import { ENTRYPOINTS } from "./decide.ts";
import type { Engine, EngineSource } from "./engine.ts";
import { openRemoteEngine } from "./remote-engine.ts";

/** The time that vetting may take of each question, and of loading. */
const VETTING_MS = 2_000;

/** The size of the largest arguments that are asked about, in bytes of JSON. */
const WORST_BYTES = 1024 * 1024;

/** An input that the built-in policies must allow under the facts beside it. */
export interface Canary {
  readonly input: InputDocument;
  readonly facts: JsonObject;
}

/** Vets the built-in policies: one known allow, known denials, the worst case; the failure says which. */
export async function vetBuiltin(
  source: EngineSource,
  canary: Canary,
  log: Log,
): Promise<Outcome<void, string>> {
  const known = await inThread(
    { ...source, data: { facts: canary.facts } },
    log,
    async (engine) => {
      if (!(await allows(engine, asObject(canary.input))))
        return "a call that must be allowed was denied";
      for (const denied of [
        {},
        { ...canary.input, tool: null },
        { ...canary.input, runner: null },
      ]) {
        if (await allows(engine, denied)) return "a call that must be denied was allowed";
      }
      return null;
    },
  );
  if (!known.ok) return known;
  return inThread(source, log, (engine) =>
    worstCase(engine, { entrypoint: ENTRYPOINTS.call, input: canary.input }),
  );
}

/** The longest that an organisation's engine takes to answer must be bounded; null when it is. */
export function worstCase(
  engine: Engine,
  { entrypoint, input }: { readonly entrypoint: string; readonly input: InputDocument },
): Promise<string | null> {
  const largest = { ...asObject(input), arguments: largestArguments() };
  return engine
    .ask(entrypoint, largest, VETTING_MS)
    .then((answered) =>
      !answered.ok && answered.failure.reason === "timed_out"
        ? `it did not answer within ${VETTING_MS} ms on the largest input that is accepted`
        : null,
    );
}

async function inThread(
  source: EngineSource,
  log: Log,
  vet: (engine: Engine) => Promise<string | null>,
): Promise<Outcome<void, string>> {
  const opened = await openRemoteEngine(source, { openMs: VETTING_MS, askMs: VETTING_MS }, log);
  if (!opened.ok) return opened;
  const fault = await vet(opened.value);
  opened.value.retire();
  return fault === null ? done(undefined) : failed(fault);
}

async function allows(engine: Engine, input: object): Promise<boolean> {
  const plain: unknown = input;
  const answered = await engine.ask(
    ENTRYPOINTS.call,
    isObject(plain) ? JSON.parse(JSON.stringify(plain)) : {},
  );
  return answered.ok && readDecision(answered.value)?.allow === true;
}

/** Arguments of every shape a rule may walk over: many names, a long list, a long text. */
function largestArguments(): JsonObject {
  const third = WORST_BYTES / 3;
  const names = Array.from(
    { length: Math.floor(third / 16) },
    (_, at) => [`name${at}`, at] as const,
  );
  const items = Array.from({ length: Math.floor(third / 8) }, (_, at) => at);
  return { ...Object.fromEntries(names), items, command: "x".repeat(Math.floor(third)) };
}
