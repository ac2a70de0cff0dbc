// On the trust boundary: a call of a tool. Every step of its plan, and of what it starts, is decided before any
// of them runs.

import { done, failed, type Outcome } from "../lib/outcome.ts";
import type { Starts, ToolResult, Waiting } from "../tools/types.ts";
import { accept } from "./accept.ts";
import type { CarryOut } from "./carry-out.ts";
import { createRefuseCall } from "./refuse-call.ts";
import { createRunJoined, type Joined } from "./run-steps.ts";
import { type Calling, createDecideStep, decideSteps, type PermittedStep } from "./step.ts";
import type { Trail } from "./trail.ts";
import type { Asking, Enforcement, Judged, Parts, Refusal } from "./types.ts";

/** Calls a tool: every step of its plan, and of what it starts, is decided before any of them runs. */
export function createCallTool(
  parts: Parts,
  trail: Trail,
  carryOut: CarryOut,
): Enforcement<Judged>["call"] {
  const decideStep = createDecideStep(parts, trail);
  const refuse = createRefuseCall(parts, trail, decideStep);
  const runJoined = createRunJoined(parts, trail, { carryOut, decideStep });

  return async (judged, call, signal) => {
    const calling = { ...judged, call };
    const plan = judged.snapshot.world.toolbox.plan(call.name, call.arguments);
    if (!plan.ok) return refuse.plan(calling, plan.failure);
    const permitted = await decideSteps(decideStep, calling, plan.value.steps);
    if (!permitted.ok) return permitted;
    const { starts } = plan.value;
    const joined =
      starts === undefined
        ? done(permitted.value.map((step) => joinedOf(calling, step)))
        : await findOut(calling, permitted.value, () => starts(signal));
    if (!joined.ok) return joined;
    accept(parts.keepAlive, judged.circumstances);
    return done({ run: (running) => runAll(calling, joined.value, running) });
  };

  /** What it starts runs as one with the steps that it comes through. */
  async function findOut(
    calling: Calling,
    through: readonly PermittedStep[],
    starts: () => ReturnType<Starts>,
  ): Promise<Outcome<readonly Joined[], Refusal>> {
    const found = await lookUp(calling, starts);
    if (!found.ok) return refuse.start(calling, through, found.failure);
    const { steps: started, run } = found.value;
    // What nobody decided about does not run.
    if (started.length === 0) {
      return refuse.start(calling, through, { reason: "unknown_tool", name: calling.call.name });
    }
    const decided = await decideSteps(decideStep, calling, started);
    if (!decided.ok) return decided;
    const own: Joined["run"] = (permits, ...around) =>
      run(permits.slice(through.length), ...around);
    return done([{ steps: [...through, ...decided.value], run: own }]);
  }

  /** Whatever is thrown, nothing ran. */
  async function lookUp({ call }: Calling, starts: () => ReturnType<Starts>): ReturnType<Starts> {
    try {
      return await starts();
    } catch (thrown) {
      parts.log.error("what a call would start cannot be found out", { tool: call.name, thrown });
      return failed({ reason: "not_found_out", failure: { reason: "broke_off" } });
    }
  }

  /** One after the other; the answer is the last one's, or the first one's that has questions. */
  async function runAll(
    calling: Calling,
    all: readonly Joined[],
    waiting: Waiting,
  ): Promise<Outcome<ToolResult | Asking, Refusal>> {
    let result: Outcome<ToolResult | Asking, Refusal> = failed({
      ...{ reason: "unknown_tool", name: calling.call.name },
    });
    for (const joined of all) {
      result = await runJoined(calling, joined, waiting);
      if (!result.ok || result.value.kind === "questions") return result;
    }
    return result;
  }
}

/** A step that runs by itself. */
function joinedOf({ snapshot }: Calling, step: PermittedStep): Joined {
  const { toolbox } = snapshot.world;
  const run: Joined["run"] = ([permit], ...around) => toolbox.run(permit ?? step.permit, ...around);
  return { steps: [step], run };
}
