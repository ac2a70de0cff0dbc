// On the trust boundary: the sources of one configuration as one. A name that two sources have is a fault:
// what is decided about one must never run as the other. A permit that nobody minted is a bug.

import type { Fault } from "../lib/fault.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { assertMinted } from "../lib/permit.ts";
import { joinLibraries } from "./libraries.ts";
import type { Source, Tool, Toolbox } from "./types.ts";

/** Joins sources; the faults are names that more than one of them has. */
export function joinSources(sources: readonly Source[]): Outcome<Toolbox, readonly Fault[]> {
  const owners = new Map<string, Source>();
  const catalogue = new Map<string, Tool>();
  const faults: Fault[] = [];
  for (const source of sources) {
    for (const [name, tool] of source.catalogue) {
      if (owners.has(name)) faults.push(twice(name));
      owners.set(name, source);
      catalogue.set(name, tool);
    }
  }
  if (faults.length > 0) return failed(faults);
  return done({
    catalogue,
    plan: (name, args) =>
      owners.get(name)?.plan(name, args) ?? failed({ reason: "unknown_tool", name }),
    run: async (permit, running, resumed) => {
      assertMinted(permit);
      const { tool } = permit.subject;
      const owner = owners.get(tool.name);
      if (owner?.catalogue.get(tool.name)?.digest === tool.digest) {
        return owner.run(permit, running, resumed);
      }
      const detail = "it changed after it was decided; call again";
      return failed({ reason: "not_preparable", field: "the definition", detail });
    },
    library: joinLibraries(sources.flatMap(({ library }) => (library === null ? [] : [library]))),
  });
}

function twice(name: string): Fault {
  return {
    path: "tools",
    field: name,
    message: "two sources have a tool of this name",
    mend: "rename one of them",
  };
}
