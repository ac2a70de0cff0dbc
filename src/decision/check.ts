import { done, type Outcome } from "../lib/outcome.ts";
import { faulty } from "./opa.ts";
import { openOrganisation, type SnapshotParts } from "./snapshot.ts";
import { unpackBundle } from "./sources.ts";
import { createThreads } from "./threads.ts";
import type { CompilerFailure, PolicyCompiler } from "./types.ts";

/** What checking is made of. */
export interface CheckParts extends Pick<SnapshotParts, "canary" | "log"> {
  readonly compiler: PolicyCompiler;
}

/** Whether a server could use the policies of a directory: all that loading them asks, and strict `opa`. */
export async function checkPolicies(
  dir: string,
  { compiler, canary, log }: CheckParts,
): Promise<Outcome<void, CompilerFailure>> {
  const built = await compiler.check(dir);
  if (!built.ok) return built;
  const organisation = await unpackBundle(dir, built.value);
  if (!organisation.ok) return faulty(organisation.failure);
  const threads = createThreads(log);
  const opened = await openOrganisation(organisation.value, canary.facts, { canary, log, threads });
  if (opened.ok) opened.value.retire();
  threads.close();
  if (opened.ok) return done(undefined);
  const mend = "correct the policies: a server would refuse them";
  return faulty([{ path: dir, field: "", message: opened.failure, mend }]);
}
