// On the trust boundary: removes the containers that servers which were killed left running. It never
// removes one whose server may still live.

import { done, failed, type Outcome } from "../lib/outcome.ts";
import type { RunProgram } from "../subprocess/types.ts";
import { END_LINES, LABEL } from "./command-line.ts";
import { isGone } from "./owner.ts";
import type { EngineName, RunnerFailure, RunnerParts } from "./types.ts";

const TIMEOUT_MS = 30_000;
const MAX_OUTPUT_BYTES = 1024 * 1024;

const LIST = ["ps", "--all", "--quiet", "--no-trunc", "--filter", `label=${LABEL}`];

/** A line for each container: its id, and its owner. */
const INSPECT = [
  ...["inspect", "--type", "container"],
  ...["--format", `{{.Id}} {{index .Config.Labels "${LABEL}"}}`],
];

/** Removes what was left, and gives how many containers that was. */
export type Sweep = () => Promise<Outcome<number, RunnerFailure>>;

/** A sweep of the engine that answers; where none does there is nothing to remove. */
export function createSweep({
  run,
  findEngine,
  engineEnv,
  owner,
}: Pick<RunnerParts, "run" | "findEngine" | "engineEnv" | "owner">): Sweep {
  return async () => {
    const engine = await findEngine();
    if (!engine.ok) return done(0);
    const left = await listLeft(engine.value);
    if (!left.ok || left.value.length === 0) return left.ok ? done(0) : left;
    let detail = "";
    for (const line of END_LINES) {
      const ran = await ask(engine.value, [...line, ...left.value]);
      detail = ran.ok ? ran.value.stderr.trim() : ran.failure.reason;
    }
    // Another server may have removed one meanwhile: what counts is what is there.
    const still = await listLeft(engine.value);
    if (!still.ok) return still;
    if (still.value.length === 0) return done(left.value.length);
    return failed({ reason: "engine_failed", engine: engine.value, detail });
  };

  /** The containers whose owner is gone. */
  async function listLeft(engine: EngineName): Promise<Outcome<readonly string[], RunnerFailure>> {
    const listed = await ask(engine, LIST);
    if (!listed.ok) return listed;
    const { exitCode, stdout, stderr } = listed.value;
    if (exitCode !== 0) return failed({ reason: "engine_failed", engine, detail: stderr.trim() });
    const ids = stdout.split("\n").filter((id) => id !== "");
    if (ids.length === 0) return done([]);
    // One that ended since then is an error of the engine's, and none here.
    const inspected = await ask(engine, [...INSPECT, ...ids]);
    if (!inspected.ok) return inspected;
    const left: string[] = [];
    for (const line of inspected.value.stdout.split("\n")) {
      const [id = "", its = ""] = line.split(" ");
      if (await isGone(its, owner)) left.push(id);
    }
    return done(left);
  }

  function ask(engine: EngineName, args: readonly string[]): ReturnType<RunProgram> {
    const command = { program: engine, args, env: engineEnv, cwd: "/", stdin: "" };
    return run(
      { ...command, timeoutMs: TIMEOUT_MS, maxOutputBytes: MAX_OUTPUT_BYTES },
      { signal: new AbortController().signal, onLine: () => {} },
    );
  }
}
