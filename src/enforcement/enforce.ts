// On the trust boundary: carries decisions out. Nothing runs before its decision and its durable
// intent; no result leaves before its outcome is recorded. This folder never judges.

import type { Snapshot } from "../decision/types.ts";
import { done } from "../lib/outcome.ts";
import { createCallTool } from "./call.ts";
import { createListTools } from "./list.ts";
import { withNotices } from "./obligations.ts";
import { createTrail, type Trail } from "./trail.ts";
import type { Enforcement, Parts } from "./types.ts";

/** Methods that policies know and that nothing here serves yet; any other is judged as a listing is. */
const ACTIONS = [
  "resources/list",
  "resources/templates/list",
  "resources/read",
  "resources/subscribe",
  "resources/unsubscribe",
  "prompts/list",
  "prompts/get",
] as const;

/** The way in for every request. */
export function createEnforcement(given: Parts): Enforcement {
  const parts = { ...given, current: () => noticing(given) };
  const trail = createTrail(parts);
  return {
    admit: createAdmit(parts, trail),
    list: createListTools(parts, trail),
    call: createCallTool(parts, trail),
  };
}

/** The snapshot of this moment, with decisions that notify. */
function noticing({ current, log }: Parts): Snapshot {
  const snapshot = current();
  return { ...snapshot, decide: withNotices(snapshot.decide, log) };
}

function createAdmit({ current, buildInput }: Parts, trail: Trail): Enforcement["admit"] {
  return async (circumstances, method) => {
    const { decide } = current();
    const action = ACTIONS.find((known) => known === method) ?? "tools/list";
    const decision = await decide.admit(buildInput(circumstances, { action }));
    if (decision.allow) return done(undefined);
    return trail.refuse(decide, { ...trail.action(circumstances, method), decision });
  };
}
