// On the trust boundary: hands to the cloud what a permit allows, on the runner that was judged. It never runs
// without a permit, and never looks into what is permitted: that was judged.

import type { Kubiya } from "../kubiya/types.ts";
import { done, failed } from "../lib/outcome.ts";
import { isMinted } from "../lib/permit.ts";
import type { RunInCloud } from "./types.ts";

/** What running in the cloud takes. */
export interface InCloudParts {
  readonly kubiya: Pick<Kubiya, "runTool">;
  /** Cuts what comes in pieces into lines. */
  readonly createLines: (onLine: (line: string) => void) => {
    readonly add: (chunk: Uint8Array) => void;
    readonly end: () => void;
  };
}

/** Runs work on runners of the cloud. */
export function createRunInCloud({ kubiya, createLines }: InCloudParts): RunInCloud {
  return async (permit, { runner, work }, { signal, onLine }) => {
    if (!isMinted(permit)) throw new TypeError("nothing was run: this permit was not minted");
    if (runner.kind !== "kubiya") throw new TypeError("nothing was run: this runner is not there");
    if (signal.aborted) return failed({ reason: "cancelled", stderr: "" });
    const { tool, arguments: args, timeoutMs, maxOutputBytes: maxBytes } = work;
    const late = AbortSignal.timeout(timeoutMs);
    const lines = createLines(onLine);
    const ran = await kubiya.runTool(
      { tool, arguments: args, runner: runner.name },
      {
        ...{ signal: AbortSignal.any([signal, late]), maxBytes, timeoutMs },
        onNews: ({ text }) => lines.add(Buffer.from(text)),
      },
    );
    lines.end();
    if (ran.ok) {
      const { output: stdout, outputBytes: stdoutBytes, truncated, exitCode } = ran.value;
      return done({ exitCode, stdout, stderr: "", stdoutBytes, truncated });
    }
    const isLate = ran.failure.reason === "cancelled" && !signal.aborted;
    if (!isLate) return ran;
    return failed({ reason: "left_running", runner: runner.name, afterMs: timeoutMs });
  };
}
