import type { Log } from "../../lib/log.ts";

/** A tool that is not offered, and why. */
export interface LeftOut {
  readonly name: string;
  readonly why: string;
}

/** Tells an operator which tools of an upstream are left out: each once for each cause, until it is something else. */
export function createTellLeftOut({
  warn,
}: Log): (upstream: string, leftOut: readonly LeftOut[]) => void {
  const told = new Map<string, ReadonlySet<string>>();
  return (upstream, leftOut) => {
    const before = told.get(upstream);
    const now = new Map(leftOut.map((one) => [JSON.stringify([one.name, one.why]), one]));
    told.set(upstream, new Set(now.keys()));
    for (const [key, { name, why }] of now) {
      if (before?.has(key) !== true) warn("a tool of an upstream is left out", { name, why });
    }
  };
}
