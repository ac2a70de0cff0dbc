import type { Snapshot } from "../decision/types.ts";
import type { Seen, Sighting } from "./types.ts";
import { createWindows } from "./windows.ts";

/** What policies hold counts against, and over which time. */
type Rules = Snapshot["world"]["facts"]["defaults"]["alerts"];

/** Counts what is seen, and gives it as the policies read it. */
export type Count = (seen: Seen, nowMs: number, rules: Rules) => Sighting;

/** Sources and codes that are counted at once. */
const MAX_SOURCES = 10_000;
const MAX_CODES = 1_000;

const NOTHING: Omit<Sighting, "what" | "failures" | "denials"> = {
  id: null,
  action: null,
  tool: null,
  allow: null,
  codes: [],
  notify: [],
  part: null,
  source: null,
  credential: { status: null, id: null },
};

/** Counts in this process: failures by source, denials by code. */
export function createCount(): Count {
  const sources = createWindows(MAX_SOURCES);
  const codes = createWindows(MAX_CODES);
  return (seen, nowMs, { failures, denials }) => {
    const sighting = { ...NOTHING, ...seen };
    const { source } = sighting;
    const failed =
      sighting.what === "throttled" || sighting.codes.some((code) => failures.codes[code] === true);
    const counted = failed ? sources.add : sources.count;
    return {
      ...sighting,
      failures: source === null ? 0 : counted(source, nowMs, failures.window_ms),
      denials: Object.fromEntries(
        sighting.codes.map((code) => [code, codes.add(code, nowMs, denials.window_ms)]),
      ),
    };
  };
}
