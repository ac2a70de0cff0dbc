// On the trust boundary: calls of which nothing is known that could run. Whoever may not be here learns no more
// than that, and every refusal is recorded.

import { failed } from "../lib/outcome.ts";
import type { PlanFailure, StartFailure } from "../tools/types.ts";
import { ACTION, actionOf, type Calling, type DecideStep, type PermittedStep } from "./step.ts";
import type { Trail } from "./trail.ts";
import type { Parts, Refusal } from "./types.ts";

type Refused = Promise<{ readonly ok: false; readonly failure: Refusal }>;

/** How calls are refused that cannot be planned. */
export interface RefuseCall {
  /** By its admission first, then by what is wrong with it. */
  readonly plan: (calling: Calling, failure: PlanFailure) => Refused;
  /** A call that may run, and of which nobody knows what it would start. */
  readonly start: (
    calling: Calling,
    through: readonly PermittedStep[],
    failure: StartFailure,
  ) => Refused;
}

/** Refuses calls that cannot be planned. */
export function createRefuseCall(
  { buildInput }: Parts,
  trail: Trail,
  decideStep: DecideStep,
): RefuseCall {
  return {
    plan: async (calling, failure) => {
      if (failure.reason === "invalid_arguments") return unfit(calling, failure);
      const { snapshot, circumstances, call } = calling;
      const { decide } = snapshot;
      const decision = await decide.admit(buildInput(circumstances, { action: ACTION }));
      const named = { toolName: call.name, parameters: call.arguments, decision };
      const unknown = { ...trail.action(circumstances, ACTION), ...named };
      if (!decision.allow) return trail.refuse(decide, unknown);
      const noted = await trail.note(decide, unknown, UNKNOWN);
      return noted.ok ? failed({ reason: "unknown_tool", name: failure.name }) : noted;
    },
    start: async (calling, through, failure) => {
      if (failure.reason === "invalid_arguments") return unfit(calling, failure);
      if (failure.reason === "not_found_out" && failure.step !== undefined) {
        const verdict = await decideStep(calling, failure.step);
        if (!verdict.ok) return verdict;
      }
      const isUnknown = failure.reason === "unknown_tool";
      const end = isUnknown
        ? UNKNOWN
        : ({ result: "error", errorCode: failure.failure.reason } as const);
      for (const { permit, decision } of through) {
        const { decide } = calling.snapshot;
        const noted = await trail.note(decide, actionOf(calling, permit.subject, decision), end);
        if (!noted.ok) return noted;
      }
      if (isUnknown) return failed({ reason: "unknown_tool", name: failure.name });
      return failed({ reason: "tool_failed", tool: calling.call.name, failure: failure.failure });
    },
  };

  /** Whether the tool exists for the caller is asked all the same. */
  async function unfit(
    calling: Calling,
    { step, faults }: Extract<PlanFailure, { reason: "invalid_arguments" }>,
  ): Refused {
    const { snapshot, call } = calling;
    const verdict = await decideStep(calling, step);
    if (!verdict.ok) return verdict;
    const action = actionOf(calling, step, verdict.value.decision);
    const given = step.tool.name === call.name ? { parameters: call.arguments } : {};
    const noted = await trail.note(snapshot.decide, { ...action, ...given }, INVALID);
    return noted.ok ? failed({ reason: "invalid_arguments", faults }) : noted;
  }
}

const UNKNOWN = { result: "denied", errorCode: "unknown_tool" } as const;
const INVALID = { result: "error", errorCode: "arguments.invalid" } as const;
