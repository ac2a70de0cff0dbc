import type { Config } from "../config/types.ts";
import { isNamedAfter } from "../lib/named-after.ts";
import type { Toolbox } from "../tools/types.ts";

/** What to do first about a tool of an upstream whose tools nobody has seen yet; null where that is not why it is missing. */
export function unseenHint(
  tool: string,
  { mcpServers }: Pick<Config, "mcpServers">,
  { catalogue }: Pick<Toolbox, "catalogue">,
): string | null {
  const of = mcpServers.find(({ name }) => isNamedAfter(name, tool));
  if (of === undefined) return null;
  if ([...catalogue.keys()].some((name) => isNamedAfter(of.name, name))) return null;
  return `nobody has seen yet what ${of.name} has: run kubiya tools list first, which starts it and looks`;
}
