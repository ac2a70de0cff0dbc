// On the trust boundary: carries decisions out. Nothing runs before its decision and its durable
// intent; no result leaves before its outcome is recorded. This folder never judges.

import type { Audit } from "../audit/types.ts";
import type { CurrentSnapshot } from "../decision/types.ts";
import type { BuildInput } from "../input/types.ts";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import { done } from "../lib/outcome.ts";
import { createCallTool } from "./call.ts";
import { createListTools } from "./list.ts";
import { createTrail, type Trail } from "./trail.ts";
import type { Enforcement } from "./types.ts";

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

/** What enforcement is made of. */
export interface Parts {
  readonly current: CurrentSnapshot;
  readonly audit: Audit;
  readonly buildInput: BuildInput;
  readonly clock: Clock;
  readonly log: Log;
}

/** The way in for every request. */
export function createEnforcement(parts: Parts): Enforcement {
  const trail = createTrail(parts);
  return {
    admit: createAdmit(parts, trail),
    list: createListTools(parts, trail),
    call: createCallTool(parts, trail),
  };
}

function createAdmit({ current, buildInput }: Parts, trail: Trail): Enforcement["admit"] {
  return async (circumstances, method) => {
    const { decide } = current();
    const action = ACTIONS.find((known) => known === method) ?? "tools/list";
    const decision = await decide.admit(
      buildInput(circumstances, { action, step: null, requested: null }),
    );
    if (decision.allow) return done(undefined);
    return trail.refuse(decide, { ...trail.action(circumstances, method), decision });
  };
}
