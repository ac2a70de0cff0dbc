import type { Log } from "../lib/log.ts";
import type { Contested } from "../tools/types.ts";

const SHOWN = 10;

/** Tells an operator of what is left out because more than one source lists it: once, until it is something else. */
export function createTellContested({ warn }: Log): (contested: readonly Contested[]) => void {
  let told = "[]";
  return (contested) => {
    const now = JSON.stringify(contested);
    if (now !== told && contested.length > 0) {
      const facts = { contested: contested.slice(0, SHOWN), count: contested.length };
      warn(
        "resources or prompts are left out: more than one server lists them; take one of them out of mcpServers, or disable it",
        facts,
      );
    }
    told = now;
  };
}
