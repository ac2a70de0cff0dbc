// A tool that asks for protection which this machine cannot give: the server does not start with it.

import type { Config, LoadConfig, ToolDefinition } from "../config/types.ts";
import type { Fault } from "../lib/fault.ts";
import { failed } from "../lib/outcome.ts";
import { readOwner } from "../runners/owner.ts";
import { createTryConfinement } from "../runners/try-confinement.ts";
import { confinementOf } from "../tools/whitelist/prepare.ts";
import type { WorldParts } from "./world.ts";

/** Loads what this machine can carry out; the faults name each tool that it cannot confine as it asks. */
export function loadConfined(
  loadConfig: LoadConfig,
  parts: Pick<WorldParts, "runProgram">,
): LoadConfig {
  return async () => {
    const loaded = await loadConfig();
    if (!loaded.ok) return loaded;
    const faults = await confinementFaults(loaded.value.config, parts);
    return faults.length === 0 ? loaded : failed(faults);
  };
}

/** Tries each confinement once, however many tools ask for it. */
export async function confinementFaults(
  { tools, path, file }: Config,
  { runProgram: run }: Pick<WorldParts, "runProgram">,
): Promise<readonly Fault[]> {
  const tryConfinement = createTryConfinement({ run, path, owner: await readOwner() });
  const tried = new Map<string, string | null>();
  const faults: Fault[] = [];
  for (const tool of tools.filter(({ image }) => image === undefined)) {
    const confinement = confinementOf(tool);
    const { memory, sandbox } = confinement;
    if (memory === null && sandbox === null) continue;
    const key = JSON.stringify(confinement);
    const against = tried.has(key) ? tried.get(key) : await tryConfinement(confinement);
    tried.set(key, against ?? null);
    if (typeof against === "string") faults.push(faultOf(file, tool, against));
  }
  return faults;
}

function faultOf(file: string | null, { name, sandbox }: ToolDefinition, against: string): Fault {
  const asked = sandbox === "bubblewrap" ? "sandbox" : "memory";
  return {
    path: file ?? "command line",
    field: `whitelisted_tools: ${name}: ${asked}`,
    message: `this machine cannot do it: ${against}`,
    mend:
      asked === "sandbox"
        ? "install bubblewrap and let the server's user make namespaces, correct `with_volumes` and `memory`, or give the tool an `image` instead"
        : "install util-linux, raise it, or give the tool an `image`",
  };
}
