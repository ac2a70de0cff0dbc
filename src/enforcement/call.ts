// On the trust boundary: a call of a tool. Every step of its plan is decided before any of them runs.

import type { AuditedAction } from "../audit/types.ts";
import type { Decision } from "../decision/types.ts";
import type { JsonObject } from "../lib/json.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import type { Permit } from "../lib/permit.ts";
import type { PlanFailure, Running, Step, ToolResult } from "../tools/types.ts";
import { accept } from "./accept.ts";
import { type CarryOut, reopen } from "./carry-out.ts";
import { limitResult } from "./limit.ts";
import type { Trail } from "./trail.ts";
import type { Asking, Call, Enforcement, Judged, Parts, Refusal } from "./types.ts";

interface Calling extends Judged {
  readonly call: Call;
}

/** A step that may run. */
interface PermittedStep {
  readonly permit: Permit<Step>;
  readonly decision: Decision;
}

const ACTION = "tools/call";

/** Calls a tool: every step of its plan is decided before any of them runs. */
export function createCallTool(
  parts: Parts,
  trail: Trail,
  carryOut: CarryOut,
): Enforcement<Judged>["call"] {
  const { buildInput, keepAlive } = parts;

  return async (judged, call) => {
    const calling = { ...judged, call };
    const plan = judged.snapshot.world.toolbox.plan(call.name, call.arguments);
    if (!plan.ok) return refusePlan(calling, plan.failure);
    const permitted: PermittedStep[] = [];
    for (const step of plan.value.steps) {
      const verdict = await decideStep(calling, step);
      if (!verdict.ok) return verdict;
      permitted.push(verdict.value);
    }
    accept(keepAlive, judged.circumstances);
    return done({ run: (running) => runSteps(calling, permitted, running) });
  };

  /** One after the other; the answer is the last one's, or the first one's that has questions. */
  async function runSteps(
    calling: Calling,
    steps: readonly PermittedStep[],
    running: Running,
  ): Promise<Outcome<ToolResult | Asking, Refusal>> {
    let result: Outcome<ToolResult | Asking, Refusal> = failed({
      ...{ reason: "unknown_tool", name: calling.call.name },
    });
    for (const step of steps) {
      result = await runStep(calling, step, running);
      if (!result.ok || result.value.kind === "questions") return result;
    }
    return result;
  }

  async function decideStep(
    calling: Calling,
    step: Step,
  ): Promise<Outcome<PermittedStep, Refusal>> {
    const { decide } = calling.snapshot;
    const asked = { action: ACTION, step } as const;
    const verdict = await decide.call(buildInput(calling.circumstances, asked), step);
    if (verdict.allowed) return done(verdict);
    return trail.refuse(decide, actionOf(calling, step, verdict.decision));
  }

  async function runStep(
    calling: Calling,
    { permit, decision }: PermittedStep,
    running: Running,
  ): Promise<Outcome<ToolResult | Asking, Refusal>> {
    const { snapshot, call } = calling;
    const action = actionOf(calling, permit.subject, decision);
    const resumed = reopen(parts, action, call.answered);
    if (!resumed.ok) return trail.refuseState(snapshot.decide, action);
    const { toolbox } = snapshot.world;
    const run = (around: Running) => toolbox.run(permit, around, resumed.value);
    const limit = (result: ToolResult, maxBytes: number) => done(limitResult(result, maxBytes));
    return carryOut(calling, { name: call.name, action, run, limit }, running);
  }

  /** A call that cannot be planned is answered by its admission first, then by what is wrong with it. */
  async function refusePlan(
    calling: Calling,
    failure: PlanFailure,
  ): Promise<{ readonly ok: false; readonly failure: Refusal }> {
    const { snapshot, circumstances, call } = calling;
    const { decide } = snapshot;
    if (failure.reason === "invalid_arguments") {
      const verdict = await decideStep(calling, failure.step);
      if (!verdict.ok) return verdict;
      const unfit = { ...actionOf(calling, failure.step, verdict.value.decision), ...named(call) };
      const noted = await trail.note(decide, unfit, {
        result: "error",
        errorCode: "arguments.invalid",
      });
      return noted.ok ? failed({ reason: "invalid_arguments", faults: failure.faults }) : noted;
    }
    const asked = { action: ACTION } as const;
    const decision = await decide.admit(buildInput(circumstances, asked));
    const unknown = { ...trail.action(circumstances, ACTION), ...named(call), decision };
    if (!decision.allow) return trail.refuse(decide, unknown);
    const noted = await trail.note(decide, unknown, {
      result: "denied",
      errorCode: "unknown_tool",
    });
    return noted.ok ? failed({ reason: "unknown_tool", name: failure.name }) : noted;
  }
}

function actionOf(
  { circumstances, call }: Calling,
  step: Step,
  decision: Decision,
): AuditedAction & { readonly decision: Decision } {
  const parameters = step.arguments;
  return { circumstances, action: ACTION, toolName: call.name, step, parameters, decision };
}

function named(call: Call): { readonly toolName: string; readonly parameters: JsonObject } {
  return { toolName: call.name, parameters: call.arguments };
}
