import { failed, type Outcome } from "../lib/outcome.ts";
import type { Finished, Watch } from "../subprocess/types.ts";
import { confine } from "./confine.ts";
import { confinedFailure } from "./confined-failure.ts";
import { withFolder } from "./folder.ts";
import type { ProcessWork, RunnerFailure, RunnerParts } from "./types.ts";

/** Runs work as a process on this machine, in a directory of its own and a clean environment. */
export function createRunProcess({
  run,
  path,
  owner,
}: Pick<RunnerParts, "run" | "path" | "owner">) {
  return (work: ProcessWork, watch: Watch): Promise<Outcome<Finished, RunnerFailure>> =>
    withFolder({ owner, engine: null, files: work.files, mode: 0o600 }, async (folder) => {
      const { env: own, secrets, stdin, timeoutMs, maxOutputBytes } = work;
      const toolPath = secrets["PATH"] ?? own["PATH"] ?? path;
      const confined = await confine(work, { folder, path, toolPath });
      if (!confined.ok) return confined;
      const { line, places } = confined.value;
      const [program, ...args] = line;
      const env = {
        PATH: path,
        HOME: places.home,
        TMPDIR: places.temporary,
        LANG: "C.UTF-8",
        ...own,
        ...secrets,
      };
      const ran = await run(
        { program, args, env, cwd: folder.work, stdin, timeoutMs, maxOutputBytes },
        { ...watch, onStarted: folder.usedBy },
      );
      const failure = ran.ok ? confinedFailure(work, ran.value) : named(ran.failure, work);
      return failure === null ? ran : failed(failure);
    });
}

/** What stands in front of a program starts with the same words and environment as the program. */
function named(failure: RunnerFailure, { program }: ProcessWork): RunnerFailure {
  return failure.reason === "not_startable" ? { ...failure, program } : failure;
}
