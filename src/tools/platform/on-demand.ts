// On the trust boundary: runs a tool that the caller defines, in the cloud. What a caller calls it says nothing
// about what it is: it is judged under the name of this tool, with its type, its image and all of its definition.

import { digestOf } from "../../lib/digest.ts";
import { isJsonObject, type JsonObject } from "../../lib/json.ts";
import { done, failed } from "../../lib/outcome.ts";
import { createCheckArguments } from "../arguments.ts";
import type { Starts, Step } from "../types.ts";
import { objectArgument, text, textArgument } from "./arguments.ts";
import { cloudToolOf } from "./cloud-tool.ts";
import { NOT_HERE, runnerOf } from "./start-tool.ts";
import type { StartingTool } from "./starting-types.ts";

const CONTENT: JsonObject = {
  ...{ type: "string", minLength: 1, maxLength: 100_000 },
  description: "The text of the script.",
};
const PARAMETER: JsonObject = {
  type: "object",
  additionalProperties: false,
  properties: {
    type: { enum: ["string", "integer", "number", "boolean", "array", "object"] },
    description: { type: "string", maxLength: 4096 },
    required: { type: "boolean" },
  },
};

/** Fields of a definition that a caller may write: no secrets, no files and folders of a runner, no other services. */
export const DEFINITION: Readonly<Record<string, JsonObject>> = {
  name: textArgument("What it is called."),
  description: textArgument("What it is for."),
  type: { enum: ["docker", "shell", "bash", "python"], description: "What the script is." },
  image: textArgument("The container image that it runs in."),
  content: CONTENT,
};

/** `create_on_demand_tool` */
export const startOnDemand: StartingTool = {
  name: "create_on_demand_tool",
  description: "Runs a script that the call brings along, on a runner of the platform.",
  args: {
    ...DEFINITION,
    arguments: {
      ...{ type: "object", additionalProperties: PARAMETER },
      description: "The script's arguments, by name; they arrive as environment variables.",
    },
    args: objectArgument("The values of its arguments."),
    runner: textArgument("Where it runs: `auto`, `default`, or a runner's name."),
  },
  required: ["name", "content"],
  begin: ({ args, tool: own }, parts) => {
    const runner = runnerOf(args, parts);
    if (runner.kind !== "kubiya") return failed([NOT_HERE]);
    const { name, requires } = own;
    const definition = definitionIn(args);
    const tool = cloudToolOf(definition, { name, origin: null, requires, approved: true, runner });
    if (!tool.ok) return failed([{ field: "arguments", message: tool.failure }]);
    const given = isJsonObject(args["args"]) ? args["args"] : {};
    const checked = createCheckArguments(tool.value.inputSchema)(given);
    if (!checked.ok) {
      return failed(checked.failure.map((one) => ({ ...one, field: `args.${one.field}` })));
    }
    const values = checked.value;
    const step: Step = {
      tool: { ...tool.value, digest: digestOf(definition) },
      arguments: { definition, args: values },
      runner,
    };
    const starts: Starts = async () =>
      done({
        steps: [step],
        run: async ([permit], running) => {
          if (permit === undefined) throw new TypeError("nothing was run: no permit");
          return parts.runThere(permit, { definition, args: values }, running);
        },
      });
    return done({ runner, starts });
  },
};

function definitionIn(args: JsonObject): JsonObject & { readonly name: string } {
  const { description = "", type = "docker", image, content = "", arguments: named } = args;
  const parameters = isJsonObject(named) ? Object.entries(named) : [];
  return {
    ...{ name: text(args, "name"), description, type, content },
    ...(image !== undefined && { image }),
    args: parameters.map(([name, said]) => ({ name, ...(isJsonObject(said) ? said : {}) })),
  };
}
