import type { Audit } from "../audit/types.ts";
import type { Noted } from "../credential/types.ts";
import type { World } from "../facts/types.ts";
import type { Log } from "../lib/log.ts";
import { missingTools } from "./open.ts";

/** Says of definitions that were not known what becomes of them, to the operator and to the trail. */
export function tellNoted(
  origin: string,
  noted: readonly Noted[],
  { audit, log }: { readonly audit: Audit; readonly log: Log },
): void {
  const tools = noted.map(({ tool, digest, held }) => ({ tool, digest, held }));
  // A trail that cannot be written refuses the next call by itself.
  void audit.event({ event: "definitions", result: "success", facts: { origin, tools } });
  const held = noted.flatMap(({ tool, held: waits }) => (waits ? [tool] : []));
  const fresh = noted.length - held.length;
  if (fresh > 0) log.info("an upstream has new tools", { origin, tools: fresh });
  for (const tool of held) {
    log.warn(
      "a tool's definition changed, and is held back: see kubiya tools diff, then kubiya tools approve NAME",
      { tool },
    );
  }
}

/** Says which names nothing offers, each once. An upstream may not have said yet what it has. */
export function createWarnOfMissing(log: Log): (world: World) => void {
  const told = new Set<string>();
  return (world) => {
    const offered = [...world.toolbox.catalogue.keys()];
    const silent = world.config.mcpServers
      .map(({ name }) => `${name}_`)
      .filter((prefix) => !offered.some((name) => name.startsWith(prefix)));
    for (const name of missingTools(world)) {
      if (told.has(name) || silent.some((prefix) => name.startsWith(prefix))) continue;
      told.add(name);
      log.warn(`whitelisted_tools: nothing offers a tool called ${name}`);
    }
  };
}
