import type { Audit } from "../audit/types.ts";
import type { Noted } from "../credential/types.ts";
import type { World } from "../facts/types.ts";
import type { Log } from "../lib/log.ts";
import { missingTools } from "./missing-tools.ts";

/** How many an event names: their names and digests fit into its line, which has 64 KiB. */
const MOST_NAMED = 200;

/** Says of definitions that were not known what becomes of them, to the operator and to the trail: what is held first. */
export function tellNoted(
  origin: string,
  noted: readonly Noted[],
  { audit, log }: { readonly audit: Audit; readonly log: Log },
): void {
  const held = noted.filter((one) => one.held);
  const fresh = noted.filter((one) => !one.held);
  const named = [...held, ...fresh].slice(0, MOST_NAMED);
  const tools = named.map(({ tool, digest, held: waits }) => ({ tool, digest, held: waits }));
  const facts = { origin, new: fresh.length, held: held.length, tools };
  // A trail that cannot be written refuses the next call by itself.
  void audit.event({ event: "definitions", result: "success", facts });
  if (fresh.length > 0) log.info("an upstream has new tools", { origin, tools: fresh.length });
  for (const { tool } of held.slice(0, MOST_NAMED)) {
    log.warn(
      "a tool's definition changed, and is held back: kubiya tools diff NAME shows it, and how to approve it",
      { tool },
    );
  }
  if (held.length > MOST_NAMED) {
    log.warn("more of them changed, and are held back: see kubiya tools diff", {
      ...{ origin, tools: held.length - MOST_NAMED },
    });
  }
}

/** Says which names of the whitelist nothing offers, each once. */
export function createWarnOfMissing(log: Log): (world: World) => void {
  const told = new Set<string>();
  return (world) => {
    for (const name of missingTools(world).nowhere) {
      if (told.has(name)) continue;
      told.add(name);
      log.warn(`whitelisted_tools: nothing offers a tool called ${name}`);
    }
  };
}
