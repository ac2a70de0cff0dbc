// On the trust boundary: the tools that a configuration defines, as a source. What runs is what was permitted,
// with the secrets of its definition hidden in all that it says.

import type { Config } from "../config/types.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import type { RunnerFailure, RunWork, Workload } from "../runners/types.ts";
import { type Finished, MAX_LINE } from "../subprocess/types.ts";
import { createHide, type Hide } from "./hide.ts";
import { prepare } from "./prepare.ts";
import type { PlanCall, RunStep, Source, Step, ToolFailure, ToolResult } from "./types.ts";
import type { Whitelisted } from "./whitelist.ts";

/** What the source is made of. */
export interface WhitelistSourceParts {
  readonly config: Config;
  readonly tools: ReadonlyMap<string, Whitelisted>;
  readonly runWork: RunWork;
  /** The secrets of the server, those of tools among them: they are hidden in all that a tool says. */
  readonly held: readonly string[];
}

/** The tools that a configuration defines. */
export function createWhitelistSource(parts: WhitelistSourceParts): Source {
  const { tools } = parts;
  return {
    catalogue: new Map([...tools].map(([name, { tool }]) => [name, tool])),
    plan: createPlan(tools),
    run: createRun(parts),
    library: null,
  };
}

function createPlan(tools: WhitelistSourceParts["tools"]): PlanCall {
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

function createRun({ config, tools, runWork, held }: WhitelistSourceParts): RunStep {
  const hide = createHide(held);
  return async (permit, { signal, report }) => {
    const { tool, arguments: args, runner } = permit.subject;
    const found = tools.get(tool.name);
    if (found === undefined) throw new TypeError("nothing was run: this tool is another source's");
    const work = prepare(found, args, config);
    if (!work.ok) return work;
    const said = createSaid(hide, work.value);
    const onLine = (line: string): void => report({ kind: "line", text: said.line(line) });
    const watch = { signal, onLine };
    return resultOf(await runWork(permit, { runner, work: work.value }, watch), said);
  };
}

/** What a tool says, without its secrets. */
interface Said {
  readonly line: (line: string) => string;
  readonly stdout: (finished: Finished) => string;
  readonly stderr: (stderr: string) => string;
  readonly detail: (detail: string) => string;
}

/** Knows where what a tool says may have been cut. */
function createSaid(hide: Hide, { maxOutputBytes }: Workload): Said {
  return {
    line: (line) => (line.length < MAX_LINE ? hide.inWhole(line) : hide.inBeginning(line)),
    stdout: ({ stdout, truncated, stdoutBytes }) =>
      truncated
        ? `${hide.inBeginning(stdout)}\n[cut: it wrote ${stdoutBytes} bytes]`
        : hide.inWhole(stdout),
    // The end was kept, from the first whole character on.
    stderr: (stderr) =>
      Buffer.byteLength(stderr) > maxOutputBytes - 4 ? hide.inEnd(stderr) : hide.inWhole(stderr),
    detail: hide.inWhole,
  };
}

function resultOf(ran: Awaited<ReturnType<RunWork>>, said: Said): Outcome<ToolResult, ToolFailure> {
  if (!ran.ok) return failed(hideIn(ran.failure, said));
  const { exitCode, stdoutBytes: outputBytes, truncated } = ran.value;
  const text = said.stdout(ran.value);
  if (exitCode === 0) {
    const content = [{ type: "text", text }];
    const plain = { kind: "result", structured: null, isError: false } as const;
    return done({ ...plain, content, exitCode, outputBytes, truncated });
  }
  const stderr = said.stderr(ran.value.stderr);
  return failed({ reason: "exited", exitCode, stdout: text, stderr, outputBytes });
}

/** A failure without the secrets that its text may carry. */
function hideIn(failure: RunnerFailure, said: Said): RunnerFailure {
  switch (failure.reason) {
    case "timed_out":
    case "cancelled":
      return { ...failure, stderr: said.stderr(failure.stderr) };
    case "no_image":
    case "engine_failed":
    case "engine_silent":
    case "engine_forbidden":
    case "not_confined":
    case "not_startable":
      return { ...failure, detail: said.detail(failure.detail) };
    case "not_found":
    case "no_engine":
    case "output_without_end":
    case "not_ended":
    case "folder_failed":
    case "runner_not_available":
      return failure;
  }
}
