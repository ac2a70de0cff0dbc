// On the trust boundary: what policies must show before they decide for anybody. All of it happens in a
// thread that can be ended, so that a policy which does not end is refused and never stops the server.

import type { InputDocument } from "../input/types.ts";
import { asObject, type JsonObject } from "../lib/json.ts";
import type { Log } from "../lib/log.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { readAlerts, readDecision, readTexts } from "./answer.ts";
import { ENTRYPOINTS } from "./decide.ts";
import type { EngineSource } from "./engine.ts";
import { MASK } from "./organisation.ts";
import { startThread, type Thread } from "./thread.ts";

/** An input that the built-in policies must allow under the facts beside it. */
export interface Canary {
  readonly input: InputDocument;
  readonly facts: JsonObject;
}

/** The time that loading may take, and all questions together. */
export const VETTING_MS = 2_000;

/** The entrypoints that look into arguments. */
const LOOK_INSIDE = [ENTRYPOINTS.call, ENTRYPOINTS.mask];

/** Vets the built-in policies: known allows and denials, the worst case; the failure says which. */
export type VetBuiltin = (source: EngineSource) => Promise<Outcome<null, string>>;

/** Vets built-in policies, in a thread that stands ready for the next ones. */
export function createVetBuiltin(canary: Canary, log: Log): VetBuiltin {
  let thread = startThread(log);

  return async (source) => {
    if (thread.isOver()) thread = startThread(log);
    const closed = await decides(source, { ...canary.facts, whitelist: {} });
    if (!closed.ok) return closed;
    if (closed.value) return failed("it decides without looking at the facts");
    const open = await decides(source, canary.facts);
    if (!open.ok) return open;
    if (!open.value) return failed("a call that must be allowed was denied");
    const known = await knownAnswers(thread, canary.input);
    if (known !== null) return failed(known);
    const real = await thread.open(source, VETTING_MS);
    return real.ok ? worstCase(thread, LOOK_INSIDE, canary.input) : real;
  };

  /** Whether the canary's call is allowed under these facts. */
  async function decides(
    source: EngineSource,
    facts: JsonObject,
  ): Promise<Outcome<boolean, string>> {
    const opened = await thread.open({ ...source, data: { facts } }, VETTING_MS);
    return opened.ok ? done(await allows(thread, canary.input)) : opened;
  }
}

/** Whether the entrypoints of the open module answer in time on the largest input; the failure names the one. */
export async function worstCase(
  thread: Thread,
  entrypoints: readonly string[],
  input: InputDocument,
): Promise<Outcome<null, string>> {
  for (const entrypoint of entrypoints) {
    const record = entrypoint === MASK || entrypoint === ENTRYPOINTS.mask;
    const asked = record
      ? ({ entrypoint, input: recordOf(input), stretch: "parameters" } as const)
      : ({ entrypoint, input: asObject(input), stretch: "arguments" } as const);
    const answered = await thread.ask(asked, VETTING_MS);
    if (answered.ok || answered.failure.reason !== "timed_out") continue;
    return failed(
      `${entrypoint} did not answer within ${VETTING_MS} ms on the largest input that is accepted`,
    );
  }
  return done(null);
}

/** What is wrong with answers that are known beforehand; null when nothing is. */
async function knownAnswers(thread: Thread, input: InputDocument): Promise<string | null> {
  const stranger = { ...input.credential, status: "unknown" };
  const denied = [
    {},
    { ...input, tool: null },
    { ...input, runner: null },
    { ...input, credential: stranger },
  ];
  for (const one of denied) {
    if (await allows(thread, one)) return "a call that must be denied was allowed";
  }
  const masked = await ask(thread, ENTRYPOINTS.mask, recordOf(input));
  const masks = masked.ok && readTexts(masked.value, "paths") !== null;
  if (!masks) return "it does not say what an audit record must not show";
  const heard = await ask(thread, ENTRYPOINTS.alerts, TEST_SIGHTING);
  const alerts = heard.ok ? readAlerts(heard.value) : null;
  return alerts?.length === 1 ? null : "it does not say what somebody must hear of";
}

/** Somebody tries the way of an alert. */
const TEST_SIGHTING = {
  ...{ what: "test", id: "canary", action: null, tool: null, allow: null, codes: [], notify: [] },
  ...{ part: null, source: null },
  ...{ credential: { status: null, id: null }, failures: 0, denials: {} },
} as const;

async function allows(thread: Thread, input: object): Promise<boolean> {
  const answered = await ask(thread, ENTRYPOINTS.call, input);
  return answered.ok && readDecision(answered.value)?.allow === true;
}

function ask(thread: Thread, entrypoint: string, input: object): ReturnType<Thread["ask"]> {
  return thread.ask({ entrypoint, input: asObject(input) }, VETTING_MS);
}

/** The audit record of a call, as the policies are asked what of it must not be shown. */
function recordOf({ action, tool, arguments: parameters }: InputDocument): JsonObject {
  return asObject({ action, tool_name: tool?.name ?? null, parameters });
}
