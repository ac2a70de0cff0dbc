import { done, failed } from "../lib/outcome.ts";
import type { CheckArguments } from "./arguments.ts";
import type { PlanCall, Step, Tool } from "./types.ts";

/** A tool with the check of its arguments. */
export interface Callable {
  readonly tool: Tool;
  readonly check: CheckArguments;
}

/** Plans calls of tools that run as one step of their own. */
export function createPlanCall(tools: ReadonlyMap<string, Callable>): PlanCall {
  return (name, args) => {
    const found = tools.get(name);
    if (found === undefined) return failed({ reason: "unknown_tool", name });
    const { tool, check } = found;
    const checked = check(args);
    if (checked.ok) {
      return done({ steps: [{ tool, arguments: checked.value, runner: tool.runner }] });
    }
    // What the tool would never get is not judged either: it may be more than policies can judge.
    const step: Step = { tool, arguments: {}, runner: tool.runner };
    return failed({ reason: "invalid_arguments", step, faults: checked.failure });
  };
}
