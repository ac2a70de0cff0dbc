import type { Log } from "../lib/log.ts";

const SHOWN = 10;

/** Tells an operator of what is left out because more than one source lists it: once, until it is something else. */
export function createTellContested({ warn }: Log): (contested: readonly string[]) => void {
  let told = "[]";
  return (contested) => {
    const now = JSON.stringify(contested);
    if (now !== told && contested.length > 0) {
      const facts = { names: contested.slice(0, SHOWN), count: contested.length };
      warn("resources or prompts are left out: more than one server lists them", facts);
    }
    told = now;
  };
}
