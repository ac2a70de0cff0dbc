// On the trust boundary: the tools of one configuration. What runs is the very definition that was judged:
// a permit for another digest runs nothing.

import type { Config } from "../config/types.ts";
import { createRedact, type Redact } from "../lib/redact.ts";
import { createSecret } from "../lib/secret.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import type { RunWork } from "../runners/types.ts";
import type { Finished } from "../subprocess/types.ts";
import { prepare, secretsOf } from "./prepare.ts";
import type { PlanCall, RunStep, Step, Toolbox, ToolFailure, ToolResult } from "./types.ts";
import type { Whitelisted } from "./whitelist.ts";

/** What a toolbox is made of. */
export interface ToolboxParts {
  readonly config: Config;
  readonly tools: ReadonlyMap<string, Whitelisted>;
  readonly runWork: RunWork;
}

/** The tools that a configuration defines. */
export function createToolbox({ config, tools, runWork }: ToolboxParts): Toolbox {
  return {
    catalogue: new Map([...tools].map(([name, { tool }]) => [name, tool])),
    plan: createPlan(tools),
    run: createRun({ config, tools, runWork }),
  };
}

function createPlan(tools: ToolboxParts["tools"]): PlanCall {
  return (name, args) => {
    const found = tools.get(name);
    if (found === undefined) return failed({ reason: "unknown_tool", name });
    const checked = found.check(args);
    const step: Step = {
      tool: found.tool,
      arguments: checked.ok ? checked.value : args,
      runner: found.tool.runner,
    };
    if (checked.ok) return done({ steps: [step] });
    return failed({ reason: "invalid_arguments", step, faults: checked.failure });
  };
}

function createRun({ config, tools, runWork }: ToolboxParts): RunStep {
  return async (permit, { signal, onLine }) => {
    const { tool, arguments: args, runner } = permit.subject;
    const found = tools.get(tool.name);
    if (found?.tool.digest !== tool.digest) {
      const detail = "it changed after it was decided; call again";
      return failed({ reason: "not_preparable", field: "the definition", detail });
    }
    const work = prepare(found, args, config);
    if (!work.ok) return work;
    const redact = redactorOf(found, config);
    const watch = { signal, onLine: (line: string) => onLine(redact(line)) };
    return resultOf(await runWork(permit, { runner, work: work.value }, watch), redact);
  };
}

function redactorOf({ definition }: Whitelisted, config: Config): Redact {
  const secrets = secretsOf(definition, config);
  return createRedact(secrets.ok ? Object.values(secrets.value).map(createSecret) : []);
}

function resultOf(
  ran: Awaited<ReturnType<RunWork>>,
  redact: Redact,
): Outcome<ToolResult, ToolFailure> {
  if (!ran.ok) return failed(redactFailure(ran.failure, redact));
  const { exitCode, stdoutBytes: outputBytes } = ran.value;
  const text = redact(shown(ran.value));
  if (exitCode === 0) return done({ text, exitCode, outputBytes, truncated: ran.value.truncated });
  const stderr = redact(ran.value.stderr);
  return failed({ reason: "exited", exitCode, stdout: text, stderr, outputBytes });
}

function shown({ stdout, truncated, stdoutBytes }: Finished): string {
  return truncated ? `${stdout}\n[cut: it wrote ${stdoutBytes} bytes]` : stdout;
}

/** A failure without the secrets that its text may carry. */
function redactFailure(failure: ToolFailure, redact: Redact): ToolFailure {
  switch (failure.reason) {
    case "timed_out":
    case "cancelled":
    case "exited":
      return { ...failure, stderr: redact(failure.stderr) };
    case "no_image":
    case "engine_failed":
    case "not_startable":
      return { ...failure, detail: redact(failure.detail) };
    case "not_found":
    case "not_preparable":
    case "no_engine":
    case "output_without_end":
    case "runner_not_available":
      return failure;
  }
}
