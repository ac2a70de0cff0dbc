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
import type { Arrived, Enforcement, Parts } from "./types.ts";

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
  /** With decisions that are heard of. */
  const heard = ({ snapshot, circumstances }: Arrived): Arrived => ({
    snapshot: { ...snapshot, decide: overhear(snapshot.decide, parts.heard) },
    circumstances,
  });
  return {
    admit: (arrived, method) => admit(heard(arrived), method),
    list: (arrived) => list(heard(arrived)),
    call: (arrived, asked) => call(heard(arrived), asked),
    show: (arrived, listing) => show(heard(arrived), listing),
    read: (arrived, asked) => read(heard(arrived), asked),
    manage: (arrived, order) => manage(heard(arrived), order),
  };
}

function createAdmit({ buildInput, keepAlive }: Parts, trail: Trail): Enforcement["admit"] {
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
