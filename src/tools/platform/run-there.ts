// On the trust boundary: hands a permitted step to a runner of the cloud, with the definition that was decided, and
// gives what it says without the secrets that this server holds.

import type { CloudTool } from "../../kubiya/types.ts";
import type { JsonObject } from "../../lib/json.ts";
import { failed, type Outcome } from "../../lib/outcome.ts";
import type { Permit } from "../../lib/permit.ts";
import type { RunInCloud } from "../../runners/types.ts";
import { resultOf, type Said } from "../said.ts";
import type { Running, Step, ToolFailure, ToolResult } from "../types.ts";
import { toolOnRunner } from "./on-runner.ts";

/** A tool with its arguments. */
interface Definite {
  readonly definition: CloudTool;
  readonly args: JsonObject;
}

/** Runs a permitted step in the cloud: the tool, with the arguments, that the step is about. */
export type RunThere = (
  permit: Permit<Step>,
  tool: Definite,
  running: Running,
) => Promise<Outcome<ToolResult, ToolFailure>>;

/** What running there takes. */
interface RunThereParts {
  readonly runInCloud: RunInCloud;
  readonly said: Said;
  readonly maxBytes: number;
  readonly timeoutMs: number;
}

/** Runs steps in the cloud. */
export function createRunThere({ runInCloud, said, maxBytes, timeoutMs }: RunThereParts): RunThere {
  return async (permit, { definition, args }, { signal, report }) => {
    const { runner } = permit.subject;
    if (runner.kind !== "kubiya") {
      return failed({ reason: "runner_not_available", runner: runner.name });
    }
    const tool = toolOnRunner(definition, runner);
    const work = { tool, arguments: args, timeoutMs, maxOutputBytes: maxBytes };
    const onLine = (line: string): void => report({ kind: "line", text: said.line(line) });
    return resultOf(await runInCloud(permit, { runner, work }, { signal, onLine }), said);
  };
}
