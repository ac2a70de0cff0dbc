// On the trust boundary: runs work in a container of the local engine. Values never become options of the
// engine, and never reach the engine's own environment; a container is never privileged and never stays.

import { failed, type Outcome } from "../lib/outcome.ts";
import type { Finished, SubprocessFailure, Watch } from "../subprocess/types.ts";
import { join } from "node:path";
import { withFolder, writeFiles } from "./folder.ts";
import type { ContainerWork, EngineName, RunnerFailure, RunnerParts } from "./types.ts";

/** Always set: an engine in a restricted machine cannot raise its own limits. */
const LIMITS = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1000:1000"];

const CONFINED = ["--read-only", "--cap-drop", "all", "--security-opt", "no-new-privileges"];

const REMOVE_TIMEOUT_MS = 30_000;

/** The engines' exit code for "the container did not start" (docker run, "Exit status"). */
const ENGINE_FAILED = 125;
const NOT_FOUND = 127;

/** Runs work as a container that is removed afterwards, also when it was cancelled or ran out of time. */
export function createRunContainer({ run, findEngine, engineEnv, newId }: RunnerParts) {
  return async (work: ContainerWork, watch: Watch): Promise<Outcome<Finished, RunnerFailure>> => {
    const engine = await findEngine();
    if (!engine.ok) return failed({ reason: "no_engine", tried: engine.failure });
    return withFolder(async (folder) => {
      await writeFiles(folder.work, work.files);
      const name = `kubiya-${newId()}`;
      const { stdin, timeoutMs, maxOutputBytes } = work;
      const limits = { cwd: folder.path, timeoutMs, maxOutputBytes };
      const args = runArguments(name, work, folder.work);
      const env = { ...work.secrets, ...engineEnv };
      const ran = await run({ program: engine.value, args, env, stdin, ...limits }, watch);
      if (!ran.ok) {
        await remove(engine.value, name);
        return failed(engineMissing(ran.failure, engine.value));
      }
      return startFailure(engine.value, work, ran.value) ?? ran;
    });
  };

  /** What is gone already is no fault. */
  async function remove(engine: EngineName, name: string): Promise<void> {
    await run(
      {
        program: engine,
        args: ["rm", "--force", "--volumes", name],
        env: engineEnv,
        cwd: "/",
        stdin: "",
        timeoutMs: REMOVE_TIMEOUT_MS,
        maxOutputBytes: 1_000,
      },
      { signal: new AbortController().signal, onLine: () => {} },
    );
  }
}

/** The engine's command line. What a caller gave stands in `NAME=value` of an option, or after the image. */
function runArguments(name: string, work: ContainerWork, files: string): readonly string[] {
  return [
    ...["run", "--rm", "--name", name, "--label", "ai.kubiya.run", "--pull", work.pull],
    ...CONFINED,
    ...LIMITS,
    ...["--memory", work.memory, "--cpus", String(work.cpus), "--pids-limit", String(work.pids)],
    ...(work.network ? [] : ["--network", "none"]),
    ...["--tmpfs", "/tmp", "--env", "HOME=/tmp", "--env", "TMPDIR=/tmp", "--env", "LANG=C.UTF-8"],
    ...Object.entries(work.env).flatMap(([key, value]) => ["--env", `${key}=${value}`]),
    ...Object.keys(work.secrets).flatMap((key) => ["--env", key]),
    ...work.files.flatMap(({ path }) => ["--volume", `${join(files, path)}:${path}:ro`]),
    ...work.volumes.flatMap(({ source, path, read_only: readOnly }) => [
      "--volume",
      `${source}:${path}:${readOnly ? "ro" : "rw"}`,
    ]),
    ...(work.program === null ? [] : ["--entrypoint", work.program]),
    work.image,
    ...work.args,
  ];
}

/** An engine that went away between its answer and this run. */
function engineMissing(failure: SubprocessFailure, engine: EngineName): RunnerFailure {
  return failure.reason === "not_found" ? { reason: "no_engine", tried: [engine] } : failure;
}

const NO_IMAGE =
  /no such image|image not known|unable to find image|manifest unknown|access denied|initializing source|short-name|reading manifest|pinging container registry/i;

/** Why the container did not start; null when it did, whatever its program said. */
function startFailure(
  engine: EngineName,
  work: ContainerWork,
  { exitCode, stderr }: Finished,
): { readonly ok: false; readonly failure: RunnerFailure } | null {
  const detail = stderr.trim().split("\n").at(-1) ?? "";
  if (exitCode === NOT_FOUND && /executable file|no such file/i.test(detail)) {
    return failed({ reason: "not_found", program: work.program ?? work.args[0] ?? work.image });
  }
  if (exitCode !== ENGINE_FAILED || !/^(?:error|docker|podman)/i.test(stderr.trim())) return null;
  if (NO_IMAGE.test(stderr)) return failed({ reason: "no_image", image: work.image, detail });
  return failed({ reason: "engine_failed", engine, detail });
}
