// On the trust boundary: starts a tool by its name. A tool of this server is planned by its own source, as if it
// had been called; one of the cloud runs with the definition that was decided, on the runner that was decided.

import { digestOf } from "../../lib/digest.ts";
import { isJsonObject, type JsonObject } from "../../lib/json.ts";
import { isNamedAfter } from "../../lib/named-after.ts";
import { done, failed, type Outcome } from "../../lib/outcome.ts";
import type { Runner } from "../../runners/types.ts";
import { createCheckArguments } from "../arguments.ts";
import type { Started, StartFailure, Starts, Step, Tool } from "../types.ts";
import { objectArgument, text, textArgument } from "./arguments.ts";
import { cloudToolOf } from "./cloud-tool.ts";
import { createReadTools, findTool, type FoundTool } from "./find-tool.ts";
import type { StartFault, StartingParts, StartingTool } from "./starting-types.ts";

const ARGS = {
  tool_name: textArgument("The tool."),
  runner: textArgument("Where it runs: `auto`, `default`, or a runner's name."),
  args: objectArgument("Its arguments."),
};

/** `execute_tool` */
export const startTool: StartingTool = {
  name: "execute_tool",
  description: "Runs a tool of this server, or of a source of the platform.",
  args: ARGS,
  required: ["tool_name"],
  begin: ({ args }, parts) => {
    const name = text(args, "tool_name");
    const runner = runnerOf(args, parts);
    if (parts.toolbox.catalogue.has(name)) {
      return done({ runner, starts: () => fromCatalogue(name, args, parts) });
    }
    // A tool that the caller may not know of is answered in the same way.
    if (runner.kind !== "kubiya") return done({ runner, starts: async () => unknown(name) });
    return done({
      runner,
      starts: (signal) => fromCloud({ args, runner, source: null, signal }, parts),
    });
  },
};

/** `execute_tool_from_source` */
export const startFromSource: StartingTool = {
  name: "execute_tool_from_source",
  description: "Runs a tool of one source of the platform.",
  args: { source: textArgument("The source: its id, its name or its address."), ...ARGS },
  required: ["source", "tool_name"],
  begin: ({ args }, parts) => {
    const runner = runnerOf(args, parts);
    if (runner.kind !== "kubiya") return failed([NOT_HERE]);
    const source = text(args, "source");
    return done({ runner, starts: (signal) => fromCloud({ args, runner, source, signal }, parts) });
  },
};

/** Where a call says that something is to run. */
export function runnerOf(
  args: JsonObject,
  { resolveRunner }: Pick<StartingParts, "resolveRunner">,
): Runner {
  return resolveRunner(text(args, "runner") || "auto");
}

async function fromCatalogue(
  name: string,
  args: JsonObject,
  { toolbox, resolveRunner }: StartingParts,
): ReturnType<Starts> {
  const planned = toolbox.plan(name, argsIn(args));
  if (!planned.ok) return planned;
  const { steps } = planned.value;
  const asked = text(args, "runner");
  const other = steps.find(
    ({ runner }) => asked !== "" && resolveRunner(asked).name !== runner.name,
  );
  if (other !== undefined) {
    const step = { ...other, arguments: {} };
    // Whoever may not know of the tool does not read this.
    const message = `the tool runs on ${other.runner.name}: leave the runner out`;
    return failed({ reason: "invalid_arguments", step, faults: [{ field: "runner", message }] });
  }
  const [step] = steps;
  if (step === undefined || steps.length > 1) return unknown(name);
  return done({
    steps: [step],
    run: async ([permit], ...around) => {
      if (permit === undefined) throw new TypeError("nothing was run: no permit");
      return toolbox.run(permit, ...around);
    },
  });
}

/** Tools of the cloud, and what callers define, run there. */
export const NOT_HERE: StartFault = {
  field: "runner",
  message: "this runs on a runner of the Kubiya cloud alone: use `auto` or the name of one",
};

interface CloudStart {
  readonly args: JsonObject;
  readonly runner: Runner;
  readonly source: string | null;
  readonly signal: AbortSignal;
}

async function fromCloud(start: CloudStart, parts: StartingParts): ReturnType<Starts> {
  const name = text(start.args, "tool_name");
  const found = await findTool(createReadTools(parts, start), name);
  if (!found.ok) {
    const step = onlyNamed(name, start.runner, parts);
    return failed({ reason: "not_found_out", failure: found.failure, step });
  }
  if (found.value === null) return unknown(name);
  const step = await cloudStep(found.value, start.runner, parts);
  if (!step.ok) return step;
  const { definition } = found.value;
  const { tool } = step.value;
  const checked = createCheckArguments(tool.inputSchema)(argsIn(start.args));
  if (!checked.ok) {
    const faults = checked.failure;
    return failed({ reason: "invalid_arguments", step: step.value, faults });
  }
  return done({
    steps: [{ ...step.value, arguments: checked.value }],
    run: async ([permit], running) => {
      if (permit === undefined) throw new TypeError("nothing was run: no permit");
      return parts.runThere(permit, { definition, args: permit.subject.arguments }, running);
    },
  } satisfies Started);
}

/** A tool of the cloud as a step, without arguments yet. A name that means something here is never another's. */
export async function cloudStep(
  { source, definition }: FoundTool,
  runner: Runner,
  parts: StartingParts,
): Promise<Outcome<Step, StartFailure>> {
  const { isApproved, requires } = parts;
  const { name } = definition;
  if (isOurs(name, parts)) return unknown(name);
  const approved = await isApproved(`cloud:${source}`, definition, name);
  if (!approved.ok) return unusable(`what was approved cannot be read: ${approved.failure}`);
  const needs = requires["execute_tool"]?.requires ?? [];
  const judged = { name, origin: source, requires: needs, approved: approved.value, runner };
  const tool = cloudToolOf(definition, judged);
  if (!tool.ok) return unusable(tool.failure);
  return done({ tool: tool.value, arguments: {}, runner });
}

/** Whether a whitelist, a role or a policy may mean a tool of this server by this name, be it there by now or not. */
function isOurs(name: string, { toolbox, requires, upstreams }: StartingParts): boolean {
  return (
    toolbox.catalogue.has(name) ||
    Object.hasOwn(requires, name) ||
    upstreams.some((origin) => isNamedAfter(origin, name))
  );
}

/** A tool of which the name alone is known: one that is not for the caller is answered as if there were none. */
function onlyNamed(name: string, runner: Runner, { requires }: StartingParts): Step {
  const needs = requires["execute_tool"]?.requires ?? [];
  const tool: Tool = {
    ...{ name, description: "", source: "cloud", type: "docker", image: null, approved: true },
    ...{ requires: needs, runner, inputSchema: { type: "object" }, presentation: {} },
    ...{ origin: null, digest: digestOf({ name }) },
  };
  return { tool, arguments: {}, runner };
}

function unknown(name: string): Outcome<never, StartFailure> {
  return failed({ reason: "unknown_tool", name });
}

function unusable(detail: string): Outcome<never, StartFailure> {
  const failure = { reason: "not_preparable", field: "tool_name", detail } as const;
  return failed({ reason: "not_found_out", failure });
}

function argsIn({ args }: JsonObject): JsonObject {
  return isJsonObject(args) ? args : {};
}
