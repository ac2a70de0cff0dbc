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

/** What a sweep came to: that engine has no container any more whose owner was gone when it began. */
export interface Swept {
  /** Null: none answered. */
  readonly engine: EngineName | null;
  /** How many containers it removed. */
  readonly removed: number;
}

export type Sweep = () => Promise<Outcome<Swept, RunnerFailure>>;

/** A sweep of the engine that answers; where none does there is nothing to remove. */
export function createSweep({
  run,
  findEngine,
  engineEnv,
  owner,
}: Pick<RunnerParts, "run" | "findEngine" | "engineEnv" | "owner">): Sweep {
  return async () => {
    const engine = await findEngine();
    if (!engine.ok) return done({ engine: null, removed: 0 });
    const left = await listLeft(engine.value);
    if (!left.ok) return left;
    const swept = done({ engine: engine.value, removed: left.value.length });
    if (left.value.length === 0) return swept;
    let detail = "";
    for (const line of END_LINES) {
      const ran = await ask(engine.value, [...line, ...left.value]);
      detail = ran.ok ? ran.value.stderr.trim() : ran.failure.reason;
    }
    // Another server may have removed one meanwhile: what counts is what is there.
    const still = await listLeft(engine.value);
    if (!still.ok) return still;
    if (still.value.length === 0) return swept;
    return failed({ reason: "engine_failed", engine: engine.value, detail });
  };

  /** The containers whose owner is gone. */
  async function listLeft(engine: EngineName): Promise<Outcome<readonly string[], RunnerFailure>> {
    const ids = await list(engine);
    if (!ids.ok || ids.value.length === 0) return ids;
    const inspected = await ask(engine, [...INSPECT, ...ids.value]);
    if (!inspected.ok) return inspected;
    const { stdout, stderr } = inspected.value;
    const owners = new Map(stdout.split("\n").map(ownerIn));
    const unknown = ids.value.filter((id) => !owners.has(id));
    // One that ended since then is no fault. One that is there may be anybody's.
    const still = unknown.length === 0 ? done([]) : await list(engine);
    if (!still.ok) return still;
    if (still.value.some((id) => unknown.includes(id)))
      return failed({ reason: "engine_failed", engine, detail: stderr.trim() });
    const left: string[] = [];
    for (const [id, its] of owners) if (await isGone(its, owner)) left.push(id);
    return done(left);
  }

  async function list(engine: EngineName): Promise<Outcome<readonly string[], RunnerFailure>> {
    const listed = await ask(engine, LIST);
    if (!listed.ok) return listed;
    const { exitCode, stdout, stderr } = listed.value;
    if (exitCode !== 0) return failed({ reason: "engine_failed", engine, detail: stderr.trim() });
    return done(stdout.split("\n").filter((id) => id !== ""));
  }

  function ask(engine: EngineName, args: readonly string[]): ReturnType<RunProgram> {
    const command = { program: engine, args, env: engineEnv, cwd: "/", stdin: "" };
    return run(
      { ...command, timeoutMs: TIMEOUT_MS, maxOutputBytes: MAX_OUTPUT_BYTES },
      { signal: new AbortController().signal, onLine: () => {} },
    );
  }
}

function ownerIn(line: string): readonly [id: string, owner: string] {
  const [id = "", owner = ""] = line.split(" ");
  return [id, owner];
}
