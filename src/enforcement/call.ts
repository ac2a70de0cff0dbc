// On the trust boundary: the one way to make something run. It never runs a step without its permit
// and its durable intent, and it never answers before the outcome is recorded.

import type { AuditedAction } from "../audit/types.ts";
import type { Decision } from "../decision/types.ts";
import type { JsonObject } from "../lib/json.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import type { Permit } from "../lib/permit.ts";
import type {
  PlanFailure,
  Running,
  Step,
  Toolbox,
  ToolFailure,
  ToolResult,
} from "../tools/types.ts";
import { accept } from "./accept.ts";
import { endOf } from "./end.ts";
import { limitLines, limitOutcome, outputLimit } from "./obligations.ts";
import type { Trail } from "./trail.ts";
import type { Arrived, Call, Enforcement, Parts, Refusal } from "./types.ts";

interface Asking extends Arrived {
  readonly call: Call;
}

/** A step that may run. */
interface Permitted {
  readonly permit: Permit<Step>;
  readonly decision: Decision;
}

const ACTION = "tools/call";

/** Calls a tool: every step of its plan is decided before any of them runs. */
export function createCallTool(parts: Parts, trail: Trail): Enforcement["call"] {
  const { buildInput, clock, keepAlive, log } = parts;

  return async (arrived, call) => {
    const asking = { ...arrived, call };
    const plan = arrived.snapshot.world.toolbox.plan(call.name, call.arguments);
    if (!plan.ok) return refusePlan(asking, plan.failure);
    const permitted: Permitted[] = [];
    for (const step of plan.value.steps) {
      const verdict = await decideStep(asking, step);
      if (!verdict.ok) return verdict;
      permitted.push(verdict.value);
    }
    accept(keepAlive, arrived.circumstances);
    return done({ run: (running) => runSteps(asking, permitted, running) });
  };

  /** One after the other; the answer is the last one's. */
  async function runSteps(
    asking: Asking,
    steps: readonly Permitted[],
    running: Running,
  ): Promise<Outcome<ToolResult, Refusal>> {
    let result: Outcome<ToolResult, Refusal> = failed({
      ...{ reason: "unknown_tool", name: asking.call.name },
    });
    for (const step of steps) {
      result = await runStep(asking, step, running);
      if (!result.ok) return result;
    }
    return result;
  }

  async function decideStep(asking: Asking, step: Step): Promise<Outcome<Permitted, Refusal>> {
    const { decide } = asking.snapshot;
    const asked = { action: ACTION, step } as const;
    const verdict = await decide.call(buildInput(asking.circumstances, asked), step);
    if (verdict.allowed) return done(verdict);
    return trail.refuse(decide, action(asking, step, verdict.decision));
  }

  async function runStep(
    asking: Asking,
    { permit, decision }: Permitted,
    running: Running,
  ): Promise<Outcome<ToolResult, Refusal>> {
    const { snapshot, call } = asking;
    const intent = await trail.begin(snapshot.decide, action(asking, permit.subject, decision));
    if (!intent.ok) return intent;
    const startedMs = clock();
    const { session } = asking.circumstances.caller;
    const release = session === null ? null : keepAlive.hold(session, startedMs);
    const limit = outputLimit(decision);
    const onLine = limitLines(running.onLine, limit);
    const ran = await runToEnd(snapshot.world.toolbox, permit, { ...running, onLine });
    release?.(clock());
    const recorded = await intent.value.end(endOf(ran, Math.max(0, clock() - startedMs)));
    if (!recorded.ok) return recorded;
    const left = limitOutcome(ran, limit);
    if (left.ok) return left;
    return failed({ reason: "tool_failed", tool: call.name, failure: left.failure });
  }

  /** Whatever is thrown is an end too: an intent without one says that the server was killed. */
  async function runToEnd(
    toolbox: Toolbox,
    permit: Permit<Step>,
    running: Running,
  ): Promise<Outcome<ToolResult, ToolFailure>> {
    try {
      return await toolbox.run(permit, running);
    } catch (thrown) {
      log.error("a tool broke off", { tool: permit.subject.tool.name, thrown: String(thrown) });
      return failed({ reason: "broke_off" });
    }
  }

  /** A call that cannot be planned is answered by its admission first, then by what is wrong with it. */
  async function refusePlan(
    asking: Asking,
    failure: PlanFailure,
  ): Promise<{ readonly ok: false; readonly failure: Refusal }> {
    const { snapshot, circumstances, call } = asking;
    const { decide } = snapshot;
    if (failure.reason === "invalid_arguments") {
      const verdict = await decideStep(asking, failure.step);
      if (!verdict.ok) return verdict;
      const unfit = { ...action(asking, failure.step, verdict.value.decision), ...named(call) };
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

function action(
  { circumstances, call }: Asking,
  step: Step,
  decision: Decision,
): AuditedAction & { readonly decision: Decision } {
  const parameters = step.arguments;
  return { circumstances, action: ACTION, toolName: call.name, step, parameters, decision };
}

function named(call: Call): { readonly toolName: string; readonly parameters: JsonObject } {
  return { toolName: call.name, parameters: call.arguments };
}
