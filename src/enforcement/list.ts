import type { ListDecision } from "../decision/types.ts";
import { done } from "../lib/outcome.ts";
import type { Catalogue } from "../tools/types.ts";
import { accept } from "./accept.ts";
import type { Trail } from "./trail.ts";
import type { Enforcement, Judged, ListedTool, Parts } from "./types.ts";

/** Lists the tools that exist for a caller: one decision for the whole catalogue. */
export function createListTools(
  { buildInput, keepAlive }: Parts,
  trail: Trail,
): Enforcement<Judged>["list"] {
  return async ({ snapshot, circumstances }) => {
    const { world, decide } = snapshot;
    const action = "tools/list";
    const decision = await decide.list(buildInput(circumstances, { action }));
    const listing = { ...trail.action(circumstances, action), decision };
    if (!decision.allow) return trail.refuse(decide, listing);
    accept(keepAlive, circumstances);
    const noted = await trail.note(decide, listing, { result: "success", errorCode: null });
    return noted.ok ? done(shown(world.toolbox.catalogue, decision)) : noted;
  };
}

function shown(catalogue: Catalogue, { visible }: ListDecision): readonly ListedTool[] {
  return Object.entries(visible)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, access]) => {
      const tool = catalogue.get(name);
      return tool === undefined ? [] : [{ tool, access }];
    });
}
