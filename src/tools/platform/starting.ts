// On the trust boundary: tools that make something else run. None of them runs anything by itself: what it would
// start is a step of its own, of the tool that really runs, and is decided as a call of that tool is. So there is
// no second way in.

import { digestOf } from "../../lib/digest.ts";
import { isJsonObject, type JsonObject } from "../../lib/json.ts";
import { done, failed } from "../../lib/outcome.ts";
import { type CheckArguments, createCheckArguments } from "../arguments.ts";
import type { Source, Step, Tool, Toolbox } from "../types.ts";
import { startOnDemand } from "./on-demand.ts";
import { startFromSource, startTool } from "./start-tool.ts";
import type { StartingParts, StartingTool } from "./starting-types.ts";
import { startWorkflow } from "./workflow.ts";

const STARTING_TOOLS: readonly StartingTool[] = [
  startTool,
  startFromSource,
  startOnDemand,
  startWorkflow,
];

/** Their names, before there is anything that they could start. */
export const STARTING_NAMES: ReadonlySet<string> = new Set(STARTING_TOOLS.map(({ name }) => name));

interface Offered {
  readonly row: StartingTool;
  readonly tool: Tool;
  readonly check: CheckArguments;
}

/** The tools of the platform that start others. */
export function createStartingSource(parts: StartingParts): Source {
  const { requires, toolbox } = parts;
  const offered = new Map(
    STARTING_TOOLS.flatMap((row): readonly [string, Offered][] => {
      const needs = requires[row.name]?.requires ?? [];
      const isFree = !toolbox.catalogue.has(row.name);
      return needs.length > 0 && isFree ? [[row.name, offer(row, needs, parts)]] : [];
    }),
  );
  return {
    catalogue: new Map([...offered].map(([name, { tool }]) => [name, tool])),
    plan: (name, given) => {
      const found = offered.get(name);
      if (found === undefined) return failed({ reason: "unknown_tool", name });
      const { row, check } = found;
      const tool = withArgs(found.tool, given, toolbox);
      const checked = check(given);
      const unfit: Step = { tool, arguments: {}, runner: tool.runner };
      if (!checked.ok) {
        return failed({ reason: "invalid_arguments", step: unfit, faults: checked.failure });
      }
      const begun = row.begin({ args: checked.value, tool }, parts);
      if (!begun.ok) {
        return failed({ reason: "invalid_arguments", step: unfit, faults: begun.failure });
      }
      const { runner, starts } = begun.value;
      return done({ steps: [{ tool, arguments: checked.value, runner }], starts });
    },
    run: async () => {
      throw new TypeError("nothing was run: what this starts runs by itself");
    },
    library: null,
  };
}

function offer(
  row: StartingTool,
  requires: readonly string[],
  { resolveRunner }: StartingParts,
): Offered {
  const { name, description } = row;
  const inputSchema: JsonObject = {
    type: "object",
    additionalProperties: false,
    properties: row.args,
    required: row.required,
  };
  const tool: Tool = {
    ...{ name, description, source: "platform", type: "kubiya", image: null, approved: true },
    origin: null,
    ...{ requires, runner: resolveRunner("auto"), inputSchema, presentation: {} },
    digest: digestOf({ name, description, inputSchema }),
  };
  return { row, tool, check: createCheckArguments(inputSchema) };
}

/** The same tool, with what is known of the arguments that it hands on: the trail must know which are secret. */
function withArgs(tool: Tool, { tool_name: name }: JsonObject, { catalogue }: Toolbox): Tool {
  const args = typeof name === "string" ? catalogue.get(name)?.inputSchema : undefined;
  const { inputSchema } = tool;
  const { properties } = inputSchema;
  if (args === undefined || !isJsonObject(properties)) return tool;
  return { ...tool, inputSchema: { ...inputSchema, properties: { ...properties, args } } };
}
