// On the trust boundary: runs what a permit allows, on this machine. It never runs without a permit,
// and never looks into what is permitted: that was judged.

import { failed } from "../lib/outcome.ts";
import type { RunProgram } from "../subprocess/types.ts";
import { createRunContainer } from "./container.ts";
import type { FindEngine } from "./engine.ts";
import { createRunProcess } from "./process.ts";
import type { RunWork } from "./types.ts";

/** What runners are made of. */
export interface RunnerParts {
  readonly run: RunProgram;
  readonly findEngine: FindEngine;
  /** What an engine's command line needs of the server's environment to find its server and storage. */
  readonly engineEnv: Readonly<Record<string, string>>;
  /** The PATH that tools are given and programs are looked up on. */
  readonly path: string;
  /** A name that no other container on this machine has. */
  readonly newId: () => string;
}

/** Runs work on the runner that was judged. */
export function createRunWork(parts: RunnerParts): RunWork {
  const runProcess = createRunProcess(parts);
  const runContainer = createRunContainer(parts);
  return async (_permit, { runner, work }, watch) => {
    if (runner.kind !== "local")
      return failed({ reason: "runner_not_available", runner: runner.name });
    return work.kind === "process" ? runProcess(work, watch) : runContainer(work, watch);
  };
}
