// On the trust boundary: runs work in a container of the local engine. A caller's values never reach the
// engine's own environment, and no container stays when this settles.

import { setTimeout as wait } from "node:timers/promises";
import { failed, type Outcome } from "../lib/outcome.ts";
import type { Finished, Watch } from "../subprocess/types.ts";
import { END_LINES, startLine } from "./command-line.ts";
import { engineFailure } from "./engine-failure.ts";
import { withFolder } from "./folder.ts";
import { ENGINE_FAILED, startFailure } from "./start-failure.ts";
import type { ContainerWork, EngineName, RunnerFailure, RunnerParts } from "./types.ts";

const REMOVE_TIMEOUT_MS = 30_000;
const REMOVE_TRIES = 5;
const REMOVE_PAUSE_MS = 200;

/** Readable for whatever user the image has; the folder around it is closed. */
const READABLE = 0o644;

/** Runs work as a container that is removed afterwards, also when it was cancelled or ran out of time. */
export function createRunContainer({ run, findEngine, engineEnv, newId, owner }: RunnerParts) {
  return async (work: ContainerWork, watch: Watch): Promise<Outcome<Finished, RunnerFailure>> => {
    const found = await findEngine();
    if (!found.ok) return found;
    const engine = found.value;
    return withFolder({ owner, engine, files: work.files, mode: READABLE }, async (folder) => {
      const name = `kubiya-${newId()}`;
      const { stdin, timeoutMs, maxOutputBytes } = work;
      const args = startLine({ name, owner, work, files: folder.work });
      const env = { ...work.secrets, ...engineEnv };
      const cwd = folder.path;
      const ran = await run(
        { program: engine, args, env, cwd, stdin, timeoutMs, maxOutputBytes },
        { ...watch, onStarted: folder.usedBy },
      );
      // It went away after it had answered: it started nothing, and can remove nothing.
      if (!ran.ok && ran.failure.reason === "not_found")
        return failed({ reason: "no_engine", tried: [engine] });
      // An engine that ends well has removed it.
      if (!ran.ok || ran.value.exitCode >= ENGINE_FAILED) {
        const left = await remove(engine, name);
        if (left !== null) return failed(engineFailure(engine, left));
      }
      if (!ran.ok) return ran;
      const failure = startFailure(engine, work, ran.value);
      return failure === null ? ran : failed(failure);
    });
  };

  /** Null once it is gone; otherwise what is left, and why. What is gone already is no fault. */
  async function remove(engine: EngineName, name: string): Promise<string | null> {
    let why = "";
    for (let tried = 0; tried < REMOVE_TRIES; tried += 1) {
      if (tried > 0) await wait(REMOVE_PAUSE_MS);
      for (const line of END_LINES) why = await refusal(engine, [...line, name]);
      if (why === "" || /no such container/i.test(why)) return null;
    }
    return `the container ${name} could not be removed: ${why}`;
  }

  /** What the engine says against it; nothing when it was done. */
  async function refusal(engine: EngineName, args: readonly string[]): Promise<string> {
    const ran = await run(
      {
        program: engine,
        args,
        env: engineEnv,
        cwd: "/",
        stdin: "",
        timeoutMs: REMOVE_TIMEOUT_MS,
        maxOutputBytes: 1_000,
      },
      { signal: new AbortController().signal, onLine: () => {} },
    );
    if (!ran.ok) return ran.failure.reason;
    return ran.value.exitCode === 0
      ? ""
      : `exit code ${ran.value.exitCode}: ${ran.value.stderr.trim()}`;
  }
}
