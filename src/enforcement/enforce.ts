// On the trust boundary: carries decisions out. Nothing runs before its decision and its durable
// intent; no result leaves before its outcome is recorded. This folder never judges.

import { done } from "../lib/outcome.ts";
import { accept } from "./accept.ts";
import { createCallTool } from "./call.ts";
import { createCarryOut } from "./carry-out.ts";
import { createListTools } from "./list.ts";
import { createManage } from "./manage.ts";
import { overhear } from "./obligations.ts";
import { createRead, createShow } from "./read.ts";
import { createTrail, type Trail } from "./trail.ts";
import type { Arrived, Enforcement, Judged, Parts } from "./types.ts";

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
  const carryOut = createCarryOut(parts, trail);
  const call = createCallTool(parts, trail, carryOut);
  const show = createShow(parts, trail);
  const read = createRead(parts, trail, carryOut);
  const manage = createManage(parts, trail);
  /** With decisions that are heard of, and with whether access is frozen now. */
  const judged = async ({ snapshot, circumstances }: Arrived): Promise<Judged> => ({
    snapshot: { ...snapshot, decide: overhear(snapshot.decide, parts.heard) },
    circumstances: { ...circumstances, frozen: await parts.readFreeze() },
  });
  return {
    admit: async (arrived, method) => admit(await judged(arrived), method),
    list: async (arrived) => list(await judged(arrived)),
    call: async (arrived, asked) => call(await judged(arrived), asked),
    show: async (arrived, listing) => show(await judged(arrived), listing),
    read: async (arrived, asked) => read(await judged(arrived), asked),
    manage: async (arrived, order) => manage(await judged(arrived), order),
  };
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
