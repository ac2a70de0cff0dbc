import { type Fault, faultLine } from "../lib/fault.ts";
import { CONFIG_OPTIONS, flagsOf, given } from "./typed.ts";
import type { Config, ToolDefinition } from "../config/types.ts";
import { type Command, EXIT, type Host } from "./types.ts";

/** `kubiya mcp validate` */
export const validate: Command = {
  name: "mcp validate",
  summary:
    "Show the configuration as the server would read it, secrets hidden, or all that is wrong.",
  options: CONFIG_OPTIONS,
  run: async (typed, host) => {
    const loaded = await host.loadConfig(flagsOf(typed))();
    const faults = loaded.ok ? await refusedOf(loaded.value.config, host) : loaded.failure;
    const valid = faults.length === 0;
    const config = loaded.ok && valid ? shown(loaded.value.config) : null;
    if (loaded.ok) {
      for (const warning of loaded.value.warnings) host.remark(`warning: ${faultLine(warning)}\n`);
    }
    if (given(typed, "json")) {
      tell({ valid, faults, config }, host);
    } else {
      for (const fault of faults) host.remark(`${faultLine(fault)}\n`);
      if (config !== null) tell(config, host);
    }
    return valid ? EXIT.yes : EXIT.configuration;
  },
};

async function refusedOf(config: Config, host: Host): Promise<readonly Fault[]> {
  return [...(await host.faultsOf(config)), ...(await host.confinementFaults(config))];
}

/** A secret that somebody wrote where none belongs, as into the content of a tool, is taken out. */
function tell(answer: unknown, { answer: say, redact }: Host): void {
  const hiding = (_name: string, value: unknown): unknown =>
    typeof value === "string" ? redact(value) : value;
  say(`${JSON.stringify(answer, hiding, 2)}\n`);
}

/** The environment is nobody's business; secrets hide themselves, but for those among a tool's own variables. */
function shown({ environment: _environment, ...config }: Config): Omit<Config, "environment"> {
  return { ...config, tools: config.tools.map(withoutValues) };
}

function withoutValues(tool: ToolDefinition): ToolDefinition {
  if (tool.env === undefined) return tool;
  const env = tool.env.map((entry) => entry.replace(/=.*/s, "=[hidden]"));
  return { ...tool, env };
}
