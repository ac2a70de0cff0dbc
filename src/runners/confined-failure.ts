import type { Finished } from "../subprocess/types.ts";
import type { ProcessWork, RunnerFailure } from "./types.ts";

/** What bwrap says when it cannot start the program, and nothing else is said then. */
const CANNOT_START = /^execvp (.+): ([^:\n]+)$/;
const BWRAP_SAYS = /^bwrap: (.+)$/;
const BWRAP_FAILED = 1;
const MISSING = "No such file or directory";

/** Why a program in a sandbox did not start; null when it did, whatever it said. */
export function confinedFailure(
  { program, confinement: { sandbox } }: ProcessWork,
  { exitCode, stdout, stderr }: Finished,
): RunnerFailure | null {
  if (sandbox === null || exitCode !== BWRAP_FAILED || stdout !== "") return null;
  const [, detail] = BWRAP_SAYS.exec(stderr.trimEnd()) ?? [];
  if (detail === undefined) return null;
  const [, what, why] = CANNOT_START.exec(detail) ?? [];
  if (what !== program || why === undefined) return { reason: "not_confined", by: "bwrap", detail };
  if (why !== MISSING) return { reason: "not_startable", program, detail: why };
  const missing = "its sandbox has no such program: name its folder in `with_volumes`";
  return { reason: "not_startable", program, detail: missing };
}
