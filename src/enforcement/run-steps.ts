// On the trust boundary: runs what was permitted, step by step or as one. A runner that cannot be reached before
// anything ran is replaced by the next one, and that is a new step: it is decided and recorded anew.

import { done, failed, type Outcome } from "../lib/outcome.ts";
import type { Running, Started, Step, ToolFailure, ToolResult, Waiting } from "../tools/types.ts";
import { type CarryOut, reopen } from "./carry-out.ts";
import { limitPromised, limitResult } from "./limit.ts";
import {
  actionOf,
  type Calling,
  type DecideStep,
  decideSteps,
  type PermittedStep,
} from "./step.ts";
import type { Trail } from "./trail.ts";
import type { Asking, Parts, Refusal } from "./types.ts";

type Ran = Promise<Outcome<ToolResult | Asking, Refusal>>;

/** Steps that run as one. */
export interface Joined {
  readonly steps: readonly PermittedStep[];
  readonly run: Started["run"];
}

/** Runs these steps as one, on the runners that they were decided for or the next ones. */
export type RunJoined = (calling: Calling, joined: Joined, waiting: Waiting) => Ran;

/** Runs what was permitted. */
export function createRunJoined(
  parts: Parts,
  trail: Trail,
  { carryOut, decideStep }: { readonly carryOut: CarryOut; readonly decideStep: DecideStep },
): RunJoined {
  return async (calling, joined, waiting) => {
    let { steps } = joined;
    for (;;) {
      const ran = await runOnce(calling, { ...joined, steps }, waiting);
      const next = ran.ok ? null : elsewhere(steps, ran.failure);
      if (next === null) return ran;
      const decided = await decideSteps(decideStep, calling, next);
      if (!decided.ok) return decided;
      steps = decided.value;
    }
  };

  async function runOnce(calling: Calling, { steps, run: work }: Joined, waiting: Waiting): Ran {
    const { snapshot, call } = calling;
    const [action, ...beside] = steps.map(({ permit, decision }) =>
      actionOf(calling, permit.subject, decision),
    );
    if (action === undefined) return failed({ reason: "unknown_tool", name: call.name });
    const resumed = reopen(parts, action, call.answered);
    if (!resumed.ok) return trail.refuseState(snapshot.decide, action);
    const permits = steps.map(({ permit }) => permit);
    const run = (around: Running) => work(permits, around, resumed.value);
    const { presentation = {} } = snapshot.world.toolbox.catalogue.get(call.name) ?? {};
    const limited = presentation["outputSchema"] === undefined ? limitResult : limitPromised;
    const limit = (result: ToolResult, maxBytes: number): Outcome<ToolResult, ToolFailure> =>
      done(limited(result, maxBytes));
    return carryOut(calling, { name: call.name, action, beside, run, limit }, waiting);
  }
}

/** The same steps on the next runner; null where something may have run, or there is no other one. */
function elsewhere(steps: readonly PermittedStep[], refusal: Refusal): readonly Step[] | null {
  if (refusal.reason !== "tool_failed") return null;
  if (refusal.failure.reason !== "runner_not_available") return null;
  const { runner: gone } = refusal.failure;
  const subjects = steps.map(({ permit }) => permit.subject);
  const [name, ...instead] =
    subjects.find(({ runner }) => runner.name === gone)?.runner.instead ?? [];
  if (name === undefined) return null;
  return subjects.map((step) =>
    step.runner.name === gone ? { ...step, runner: { ...step.runner, name, instead } } : step,
  );
}
