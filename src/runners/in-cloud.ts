// On the trust boundary: hands to the cloud what a permit allows, on the runner that was judged. It never runs
// without a permit, and never looks into what is permitted: that was judged.

import type { CloudRun, Kubiya, KubiyaFailure, Watching } from "../kubiya/types.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { assertMinted } from "../lib/permit.ts";
import type { CreateLines, Watch } from "../subprocess/types.ts";
import type {
  FinishedThere,
  Runner,
  RunInCloud,
  RunnerFailure,
  RunWorkflowInCloud,
} from "./types.ts";

/** What running in the cloud takes. */
export interface InCloudParts {
  readonly kubiya: Pick<Kubiya, "runTool" | "runWorkflow" | "runnerHealth">;
  readonly createLines: CreateLines;
}

/** Runs work on runners of the cloud. */
export function createRunInCloud(parts: InCloudParts): RunInCloud {
  const { kubiya } = parts;
  return async (permit, { runner, work }, watch) => {
    assertMinted(permit);
    if (runner.kind !== "kubiya") throw new TypeError("nothing was run: this runner is not there");
    if (watch.signal.aborted) return failed({ reason: "cancelled", stderr: "" });
    const there = await reach(kubiya, runner, watch.signal);
    if (!there.ok) return there;
    const { tool, arguments: args, ...limits } = work;
    const run = (watching: Watching): ReturnType<Kubiya["runTool"]> =>
      kubiya.runTool({ tool, arguments: args, runner: runner.name }, watching);
    return watched(parts, run, { ...watch, ...limits, runner: runner.name });
  };
}

/** Runs workflows on runners of the cloud. */
export function createRunWorkflowInCloud(parts: InCloudParts): RunWorkflowInCloud {
  return async (permits, { workflow, ...limits }, watch) => {
    if (permits.length === 0) throw new TypeError("nothing was run: there is no permit");
    for (const permit of permits) assertMinted(permit);
    if (watch.signal.aborted) return failed({ reason: "cancelled", stderr: "" });
    const run = (watching: Watching): ReturnType<Kubiya["runWorkflow"]> =>
      parts.kubiya.runWorkflow(workflow, watching);
    return watched(parts, run, { ...watch, ...limits, runner: workflow.runner });
  };
}

/** The cloud has no such runner, or it cannot have one. */
const GONE: readonly KubiyaFailure["reason"][] = ["kubiya_refused", "kubiya_not_asked"];

/**
 * Whether the runner that `auto` stood for is still there: what was not sent yet can go to another one. One that
 * somebody named is taken as it was judged.
 */
async function reach(
  kubiya: InCloudParts["kubiya"],
  { name, instead }: Runner,
  signal: AbortSignal,
): Promise<Outcome<void, RunnerFailure | KubiyaFailure>> {
  if (instead === undefined) return done(undefined);
  const health = await kubiya.runnerHealth(name, { signal });
  const isGone = health.ok ? !health.value.healthy : GONE.includes(health.failure.reason);
  if (isGone) return failed({ reason: "runner_not_available", runner: name });
  return health.ok ? done(undefined) : health;
}

interface Watched extends Watch {
  readonly runner: string;
  readonly timeoutMs: number;
  readonly maxOutputBytes: number;
}

async function watched(
  { createLines }: InCloudParts,
  run: (watching: Watching) => Promise<Outcome<CloudRun, KubiyaFailure>>,
  { signal, onLine, runner, timeoutMs, maxOutputBytes: maxBytes }: Watched,
): Promise<Outcome<FinishedThere, RunnerFailure | KubiyaFailure>> {
  const late = AbortSignal.timeout(timeoutMs);
  const lines = createLines(onLine);
  const ran = await run({
    ...{ signal: AbortSignal.any([signal, late]), maxBytes, timeoutMs },
    onNews: ({ text }) => lines.add(Buffer.from(text)),
  });
  lines.end();
  if (ran.ok) {
    const { output: stdout, outputBytes: stdoutBytes, truncated, exitCode } = ran.value;
    return done({ exitCode, stdout, stderr: "", stdoutBytes, truncated });
  }
  const isLate = ran.failure.reason === "cancelled" && !signal.aborted;
  return isLate ? failed({ reason: "left_running", runner, afterMs: timeoutMs }) : ran;
}
