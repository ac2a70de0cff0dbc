import type { Finished } from "../subprocess/types.ts";
import { engineFailure } from "./engine-failure.ts";
import type { ContainerWork, EngineName, RunnerFailure } from "./types.ts";

/** The exit code of an engine that could not do it (docker run, "Exit status"). */
export const ENGINE_FAILED = 125;
const NOT_EXECUTABLE = 126;
const NOT_FOUND = 127;

const ENGINE_SPEAKS = /^(?:error|docker|podman):/i;
const RUNTIME_SPEAKS = /OCI runtime|\b(?:runc|crun)\b|response from daemon/;
const NO_IMAGE =
  /no such image|image not known|unable to find image|manifest unknown|access (?:is|to the resource is)? ?denied|unauthorized:|initializing source|short-name|reading manifest|pinging container registry|invalid reference format/i;
const NO_PROGRAM = /executable file|no such file/i;
const NO_PERMISSION = /permission denied|exec format error/i;

/** Why a container did not start; null when it did, whatever its program said. */
export function startFailure(
  engine: EngineName,
  { image, program, args }: ContainerWork,
  { exitCode, stderr, stdoutBytes }: Finished,
): RunnerFailure | null {
  const detail = stderr
    .trim()
    .split("\n")
    .findLast((line) => ENGINE_SPEAKS.test(line));
  if (stdoutBytes > 0 || detail === undefined) return null;
  const started = program ?? args[0] ?? image;
  const runtime = RUNTIME_SPEAKS.test(detail);
  if (exitCode === NOT_FOUND && runtime && NO_PROGRAM.test(detail))
    return { reason: "not_startable", program: started, detail: `the image ${image} lacks it` };
  if (exitCode === NOT_EXECUTABLE && runtime && NO_PERMISSION.test(detail))
    return { reason: "not_startable", program: started, detail };
  if (exitCode === ENGINE_FAILED && NO_IMAGE.test(stderr))
    return { reason: "no_image", image, detail };
  const codes = [ENGINE_FAILED, NOT_EXECUTABLE, NOT_FOUND];
  const failure = engineFailure(engine, detail);
  const said = runtime || failure.reason !== "engine_failed";
  return exitCode === ENGINE_FAILED || (said && codes.includes(exitCode)) ? failure : null;
}
