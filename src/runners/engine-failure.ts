import type { EngineName, EngineSeen, NoEngine, RunnerFailure } from "./types.ts";

/** A right that is missing, in the words of docker, podman and the system. */
const NO_RIGHT = /permission denied|operation not permitted|not allowed/i;

/** The same of an engine's socket alone: a container's own program has no rights either. */
const NO_RIGHT_TO_SOCKET =
  /permission denied while trying to connect|dial unix\b.*permission denied/i;

const SILENT = /cannot connect to (?:the docker daemon|podman)|unable to connect to podman/i;

type EngineFailure = NoEngine | Extract<RunnerFailure, { reason: "engine_failed" }>;

/** Why an engine that had answered did not do what it was told, by its words. */
export function engineFailure(engine: EngineName, detail: string): EngineFailure {
  if (NO_RIGHT_TO_SOCKET.test(detail)) return { reason: "engine_forbidden", engine, detail };
  if (SILENT.test(detail)) return { reason: "engine_silent", engine, detail };
  return { reason: "engine_failed", engine, detail };
}

/** Why an engine cannot answer at all, by what it wrote to stderr. */
export function unusableEngine(
  engine: EngineName,
  { exitCode, stderr }: { readonly exitCode: number; readonly stderr: string },
): EngineSeen {
  const last = stderr.trim().split("\n").at(-1) ?? "";
  const said = last === "" ? `it ended with exit code ${exitCode}` : last;
  return { engine, is: NO_RIGHT.test(stderr) ? "forbidden" : "silent", said };
}
