// On the trust boundary: runs what a permit allows, on this machine. It never runs without a permit,
// and never looks into what is permitted: that was judged.

import { failed } from "../lib/outcome.ts";
import { assertMinted } from "../lib/permit.ts";
import { createRunContainer } from "./container.ts";
import { createRunProcess } from "./process.ts";
import type { RunnerParts, RunWork } from "./types.ts";

/** Runs work on the runner that was judged. */
export function createRunWork(parts: RunnerParts): RunWork {
  const runProcess = createRunProcess(parts);
  const runContainer = createRunContainer(parts);
  return async (permit, { runner, work }, watch) => {
    assertMinted(permit);
    if (runner.kind !== "local")
      return failed({ reason: "runner_not_available", runner: runner.name });
    if (watch.signal.aborted) return failed({ reason: "cancelled", stderr: "" });
    return work.kind === "process" ? runProcess(work, watch) : runContainer(work, watch);
  };
}
