// On the trust boundary: runs a workflow in the cloud. Every step of it is a step here, whatever its kind; the
// workflow is sent once, when all of them are permitted, and as it was decided.

import { digestOf } from "../../lib/digest.ts";
import { isJsonList, isJsonObject, type JsonObject } from "../../lib/json.ts";
import { done, failed, type Outcome } from "../../lib/outcome.ts";
import type { Runner } from "../../runners/types.ts";
import { createCheckArguments } from "../arguments.ts";
import { resultOf } from "../said.ts";
import type { Started, StartFailure, Starts, Step, Tool } from "../types.ts";
import { objectArgument, text, textArgument } from "./arguments.ts";
import { createReadTools, findTool, type ReadTools } from "./find-tool.ts";
import { onRunner, toolOnRunner } from "./on-runner.ts";
import { cloudStep, NOT_HERE, runnerOf } from "./start-tool.ts";
import type { StartFault, StartingParts, StartingTool } from "./starting-types.ts";
import { readStep, runsAside, type WorkflowStep } from "./workflow-step.ts";

const MAX_STEPS = 50;

/** `execute_workflow` */
export const startWorkflow: StartingTool = {
  name: "execute_workflow",
  description: "Runs a workflow on a runner of the platform; each of its steps is decided first.",
  args: {
    name: textArgument("What it is called."),
    description: textArgument("What it is for."),
    steps: {
      ...{ type: "array", minItems: 1, maxItems: MAX_STEPS, items: { type: "object" } },
      description: "Its steps: name, command or executor, depends, output.",
    },
    params: objectArgument("Its parameters."),
    env: objectArgument("Environment variables of its steps."),
    runner: textArgument("Where it runs: `auto`, `default`, or a runner's name."),
  },
  required: ["name", "steps"],
  begin: ({ args, tool }, parts) => {
    const runner = runnerOf(args, parts);
    if (runner.kind !== "kubiya") return failed([NOT_HERE]);
    const { steps: given = [], params = {}, env = {} } = args;
    if (runsAside({ params, env })) return failed([ASIDE]);
    const asked = isJsonList(given) ? given.filter(isJsonObject) : [];
    const read = asked.map((step, at) => ({ step, known: readStep(step, `steps[${at}]`) }));
    const faults = read.flatMap(({ known }) => (known.ok ? [] : [known.failure]));
    if (faults.length > 0) return failed(faults);
    const known = read.flatMap(({ step, known: one }) =>
      one.ok ? [{ ...one.value, asked: step }] : [],
    );
    return done({
      runner,
      starts: (signal) => startSteps({ args, tool, runner, known, signal }, parts),
    });
  },
};

const ASIDE: StartFault = {
  field: "params",
  message: "has a command in a text that is no program: make it a step",
};

interface KnownStep extends WorkflowStep {
  readonly asked: JsonObject;
}

interface WorkflowStart {
  readonly args: JsonObject;
  readonly tool: Tool;
  readonly runner: Runner;
  readonly known: readonly KnownStep[];
  readonly signal: AbortSignal;
}

/** A step as it is decided, and as it is sent. */
interface Ready {
  readonly step: Step;
  readonly sent: JsonObject;
}

async function startSteps(start: WorkflowStart, parts: StartingParts): ReturnType<Starts> {
  const ready: Ready[] = [];
  const readTools = createReadTools(parts, { source: null, signal: start.signal });
  for (const step of start.known) {
    const one = await stepOf(step, start, { ...parts, readTools });
    if (!one.ok) return one;
    ready.push(one.value);
  }
  const { limits, said } = parts;
  const { params, env } = start.args;
  const workflow = {
    ...{ name: text(start.args, "name"), description: text(start.args, "description") },
    steps: ready.map(({ sent }) => sent),
    params: isJsonObject(params) ? params : {},
    env: isJsonObject(env) ? env : {},
    runner: start.runner.name,
  };
  const run: Started["run"] = async (permits, { signal, report }) => {
    if (permits.length !== ready.length) throw new TypeError("nothing was run: no permit");
    const work = {
      workflow,
      timeoutMs: limits.tool_timeout * 1000,
      maxOutputBytes: limits.max_response_size,
    };
    const onLine = (line: string): void => report({ kind: "line", text: said.line(line) });
    return resultOf(await parts.runWorkflow(permits, work, { signal, onLine }), said);
  };
  return done({ steps: ready.map(({ step }) => step), run });
}

async function stepOf(
  { does, asked }: KnownStep,
  { tool: own, runner: chosen }: WorkflowStart,
  parts: StartingParts & { readonly readTools: ReadTools },
): Promise<Outcome<Ready, StartFailure>> {
  // It is sent once, to one runner.
  const { instead: _, ...runner } = chosen;
  if (does.kind === "own") {
    const { type, image } = does;
    const tool: Tool = { ...own, source: "cloud", type, image, digest: digestOf(asked), runner };
    return done({ step: { tool, arguments: asked, runner }, sent: sentTo(runner, asked) });
  }
  const found = await findTool(parts.readTools, does.tool);
  if (!found.ok) return failed({ reason: "not_found_out", failure: found.failure });
  if (found.value === null) return failed({ reason: "unknown_tool", name: does.tool });
  const step = await cloudStep(found.value, runner, parts);
  if (!step.ok) return step;
  const checked = createCheckArguments(step.value.tool.inputSchema)(does.args);
  if (!checked.ok) {
    return failed({ reason: "invalid_arguments", step: step.value, faults: checked.failure });
  }
  // The definition that was decided goes along: its name alone could come to mean another one.
  const config = {
    tool_def: toolOnRunner(found.value.definition, runner),
    args: checked.value,
  };
  const sent = { ...asked, executor: { type: "tool", config } };
  return done({ step: { ...step.value, arguments: checked.value }, sent });
}

/** A step of the caller's own: what it defines is for the runner that was judged, as a tool of the cloud is. */
function sentTo(runner: Runner, asked: JsonObject): JsonObject {
  const { executor } = asked;
  if (!isJsonObject(executor) || !isJsonObject(executor["config"])) return asked;
  const { config } = executor;
  const { tool_def: own } = config;
  if (!isJsonObject(own)) return asked;
  return {
    ...asked,
    executor: { ...executor, config: { ...config, tool_def: onRunner(own, runner) } },
  };
}
