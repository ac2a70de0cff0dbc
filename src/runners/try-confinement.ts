import type { Outcome } from "../lib/outcome.ts";
import type { Finished } from "../subprocess/types.ts";
import { createRunProcess } from "./process.ts";
import type { Confinement, RunnerFailure, RunnerParts } from "./types.ts";

const TIMEOUT_MS = 10_000;
const MAX_OUTPUT_BYTES = 1_000;

/** Null where this machine can confine a process so; otherwise what stands against it. */
export type TryConfinement = (confinement: Confinement) => Promise<string | null>;

/** Tries it with the program `true`, the very way that tools are confined. */
export function createTryConfinement(
  parts: Pick<RunnerParts, "run" | "path" | "owner">,
): TryConfinement {
  const runProcess = createRunProcess(parts);
  return async (confinement) =>
    against(
      await runProcess(
        {
          ...{ kind: "process", program: "true", args: [], env: {}, secrets: {}, stdin: "" },
          ...{ timeoutMs: TIMEOUT_MS, maxOutputBytes: MAX_OUTPUT_BYTES, files: [], confinement },
        },
        { signal: new AbortController().signal, onLine: () => {} },
      ),
    );
}

function against(tried: Outcome<Finished, RunnerFailure>): string | null {
  if (tried.ok) {
    const { exitCode, stderr } = tried.value;
    return exitCode === 0 ? null : `exit code ${exitCode} of a first try: ${stderr.trim()}`;
  }
  const { failure } = tried;
  if (failure.reason === "not_confined") return `${failure.by}: ${failure.detail}`;
  return "detail" in failure ? failure.detail : `a first try: ${failure.reason}`;
}
