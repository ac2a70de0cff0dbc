// On the trust boundary: turns a permitted step into work for a runner of the cloud. What leaves this machine is
// what the definition says, word for word, and the arguments; never a value of this machine's environment, and
// never a file of it.

import type { Config, ToolDefinition } from "../../config/types.ts";
import { asObject, type JsonObject } from "../../lib/json.ts";
import { done, failed, type Outcome } from "../../lib/outcome.ts";
import type { CloudWork, Runner } from "../../runners/types.ts";
import type { NotPreparable } from "../types.ts";
import type { Whitelisted } from "./definitions.ts";

/** What a definition may say that only this machine can keep. To leave it out would loosen the tool. */
const ONLY_HERE: Readonly<Record<string, (definition: ToolDefinition) => boolean>> = {
  with_volumes: ({ with_volumes: volumes = [] }) => volumes.length > 0,
  with_files: ({ with_files: files = [] }) => files.length > 0,
  network: ({ network = true }) => !network,
  sandbox: ({ sandbox = "none" }) => sandbox !== "none",
  pull: ({ pull }) => pull !== undefined,
  memory: ({ memory }) => memory !== undefined,
  cpus: ({ cpus }) => cpus !== undefined,
  pids: ({ pids }) => pids !== undefined,
};

/** Prepares a tool for the runner that was judged. */
export function prepareForCloud(
  { definition, tool }: Whitelisted,
  args: JsonObject,
  { runner, limits }: { readonly runner: Runner; readonly limits: Config["limits"] },
): Outcome<CloudWork, NotPreparable> {
  const loosened = Object.entries(ONLY_HERE).find(([, isSaid]) => isSaid(definition));
  if (loosened !== undefined) {
    const detail = `cannot be kept on ${runner.name}, a runner of the cloud: let the tool run on \`local\`, or leave it out`;
    return failed({ reason: "not_preparable", field: loosened[0], detail });
  }
  const { name, content, env = [], secrets = [] } = definition;
  // Words of a command would have to be cut into shell text there: what was judged is what runs, or nothing does.
  if (content === undefined) {
    const detail = `is needed on ${runner.name}, a runner of the cloud: write it, or let the tool run on \`local\``;
    return failed({ reason: "not_preparable", field: "content", detail });
  }
  const fixed = new Set([...secrets, ...env.map((entry) => entry.split("=")[0])]);
  const both = Object.keys(args).find((one) => fixed.has(one));
  // Nothing says which of the two would hold there.
  if (both !== undefined) {
    const detail = `is fixed by the tool's \`env\` or \`secrets\`: call the argument something else in the tool's \`args\``;
    return failed({ reason: "not_preparable", field: both, detail });
  }
  const timeout = definition.timeout ?? limits.tool_timeout;
  const whole = asObject({
    ...{ name, description: tool.description, type: tool.type, content },
    ...(tool.image === null ? {} : { image: tool.image }),
    args: (definition.args ?? []).map(argumentOf),
    // `NAME=value` is written for the tool; of a `NAME` alone, and of secrets, the cloud has values of its own.
    ...{ env, secrets, runner: runner.name, timeout },
  });
  return done({
    tool: { ...whole, name },
    arguments: args,
    timeoutMs: timeout * 1_000,
    maxOutputBytes: limits.max_response_size,
  });
}

/** An argument as the cloud knows one. */
function argumentOf({
  name,
  type = "string",
  description = "",
  required = false,
  ...more
}: NonNullable<ToolDefinition["args"]>[number]): object {
  const { default: fallback, options } = more;
  return {
    ...{ name, type, description, required },
    ...(fallback === undefined ? {} : { default: fallback }),
    ...(options === undefined ? {} : { options }),
  };
}
