// On the trust boundary: carries decisions out. Nothing runs before its decision and its durable
// intent; no result leaves before its outcome is recorded. This folder never judges.

import { done, failed, type Outcome } from "../lib/outcome.ts";
import { accept } from "./accept.ts";
import { createCallTool } from "./call.ts";
import { createCarryOut } from "./carry-out.ts";
import { createListTools } from "./list.ts";
import { createManage } from "./manage.ts";
import { overhear } from "./obligations.ts";
import { createPace } from "./pace.ts";
import { createRead, createShow } from "./read.ts";
import { createTrail, type Trail } from "./trail.ts";
import type { Arrived, Enforcement, Judged, Parts, Refusal } from "./types.ts";
import { createUnheard } from "./unheard.ts";

/** Methods that policies know; any other is judged as a listing is. */
const ACTIONS = [
  "resources/list",
  "resources/templates/list",
  "resources/read",
  "resources/subscribe",
  "resources/unsubscribe",
  "prompts/list",
  "prompts/get",
  "completion/complete",
  "logging/setLevel",
] as const;

/** Who may not even list may still say that it is there. */
const HANDSHAKE = /^(?:initialize|ping|server\/discover|notifications\/.+)$/;

/** The way in for every request. */
export function createEnforcement(parts: Parts): Enforcement {
  const trail = createTrail(parts);
  const admit = createAdmit(parts, trail);
  const list = createListTools(parts, trail);
  const unheard = createUnheard(parts);
  const carryOut = createCarryOut(parts, trail, unheard);
  const call = createCallTool(parts, trail, carryOut);
  const show = createShow(parts, trail);
  const read = createRead(parts, trail, carryOut);
  const manage = createManage(parts, trail);
  const pace = createPace();
  /** With decisions that are heard of, and with whether access is frozen now. */
  const judged = async ({ snapshot, circumstances }: Arrived): Promise<Judged> => ({
    snapshot: { ...snapshot, decide: overhear(snapshot.decide, parts.heard) },
    circumstances: { ...circumstances, frozen: await parts.readFreeze() },
    unheard: snapshot.decide,
  });
  return {
    admit: async (arrived, method) =>
      HANDSHAKE.test(method)
        ? admit(await judged(arrived), method)
        : paced(arrived, method, (one) => admit(one, method)),
    list: (arrived) => paced(arrived, "tools/list", list),
    call: (arrived, asked, signal) =>
      paced(arrived, "tools/call", (one) => call(one, asked, signal)),
    show: (arrived, listing) => paced(arrived, listing, (one) => show(one, listing)),
    read: (arrived, asked) => paced(arrived, asked.reading.action, (one) => read(one, asked)),
    manage: async (arrived, order) => manage(await judged(arrived), order),
    close: unheard.close,
  };

  /** Whoever asks too fast is told so, and that is recorded; nobody decides and nothing runs. */
  async function paced<Answer>(
    arrived: Arrived,
    action: string,
    ask: (judged: Judged) => Promise<Outcome<Answer, Refusal>>,
  ): Promise<Outcome<Answer, Refusal>> {
    const waitSeconds = await pace(arrived);
    const one = await judged(arrived);
    if (waitSeconds === null) return ask(one);
    const { snapshot, circumstances } = one;
    const refused = { ...trail.action(circumstances, action), decision: null };
    const end = { result: "denied", errorCode: "throttle.rate" } as const;
    const noted = await trail.note(snapshot.decide, refused, end);
    return noted.ok ? failed({ reason: "too_fast", waitSeconds }) : noted;
  }
}

function createAdmit({ buildInput, keepAlive }: Parts, trail: Trail): Enforcement<Judged>["admit"] {
  return async ({ snapshot, circumstances }, method) => {
    const { decide } = snapshot;
    const action = HANDSHAKE.test(method)
      ? "server/discover"
      : (ACTIONS.find((known) => known === method) ?? "tools/list");
    const decision = await decide.admit(buildInput(circumstances, { action }));
    if (decision.allow) {
      accept(keepAlive, circumstances);
      return done(undefined);
    }
    return trail.refuse(decide, { ...trail.action(circumstances, method), decision });
  };
}
