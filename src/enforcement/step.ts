// On the trust boundary: the steps of a call, each decided by itself. It never runs one.

import type { AuditedAction } from "../audit/types.ts";
import type { Decision } from "../decision/types.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import type { Permit } from "../lib/permit.ts";
import type { Step } from "../tools/types.ts";
import type { Trail } from "./trail.ts";
import type { Call, Judged, Parts, Refusal } from "./types.ts";

/** A call, with all that it is judged by. */
export interface Calling extends Judged {
  readonly call: Call;
}

/** A step that may run. */
export interface PermittedStep {
  readonly permit: Permit<Step>;
  readonly decision: Decision;
}

export const ACTION = "tools/call";

/** Asks whether a step of a call may run; a denial is recorded. */
export type DecideStep = (calling: Calling, step: Step) => Promise<Outcome<PermittedStep, Refusal>>;

/** Decides steps under the snapshot of their call. */
export function createDecideStep({ buildInput }: Parts, trail: Trail): DecideStep {
  return async (calling, step) => {
    const { decide } = calling.snapshot;
    const asked = { action: ACTION, step } as const;
    const verdict = await decide.call(buildInput(calling.circumstances, asked), step);
    if (verdict.allowed) return done(verdict);
    const refused = await trail.refuse(decide, actionOf(calling, step, verdict.decision));
    const { name } = step.tool;
    if (refused.failure.reason !== "denied" || name === calling.call.name) return refused;
    return failed({ ...refused.failure, started: name });
  };
}

/** Every one of these steps, or the first refusal. */
export async function decideSteps(
  decideStep: DecideStep,
  calling: Calling,
  steps: readonly Step[],
): Promise<Outcome<readonly PermittedStep[], Refusal>> {
  const permitted: PermittedStep[] = [];
  for (const step of steps) {
    const verdict = await decideStep(calling, step);
    if (!verdict.ok) return verdict;
    permitted.push(verdict.value);
  }
  return done(permitted);
}

/** A step as it is recorded: what a call starts is recorded by its own name. */
export function actionOf(
  { circumstances }: Calling,
  step: Step,
  decision: Decision,
): AuditedAction & { readonly decision: Decision } {
  const { tool, arguments: parameters } = step;
  const named = { toolName: tool.name, origin: tool.origin };
  return { circumstances, action: ACTION, ...named, step, parameters, decision };
}
