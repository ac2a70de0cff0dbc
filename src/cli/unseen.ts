import type { Config } from "../config/types.ts";
import { isNamedAfter } from "../lib/named-after.ts";

/** What to do first about a tool of an upstream of which no tool is known; null where that is not why it is missing. */
export function unseenHint(
  tool: string,
  { mcpServers }: Pick<Config, "mcpServers">,
  known: readonly string[],
): string | null {
  const of = mcpServers.find(({ name }) => isNamedAfter(name, tool));
  if (of === undefined || known.some((name) => isNamedAfter(of.name, name))) return null;
  return `no tool of ${of.name} is known: kubiya tools list starts it and says what stands in the way`;
}
