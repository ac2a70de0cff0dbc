import type { Outcome } from "../lib/outcome.ts";
import type { Finished, Watch } from "../subprocess/types.ts";
import { withFolder } from "./folder.ts";
import type { ProcessWork, RunnerFailure, RunnerParts } from "./types.ts";

/** Runs work as a process on this machine, in a directory of its own and a clean environment. */
export function createRunProcess({ run, path }: Pick<RunnerParts, "run" | "path">) {
  return (work: ProcessWork, watch: Watch): Promise<Outcome<Finished, RunnerFailure>> =>
    withFolder({ files: work.files, mode: 0o600 }, (folder) => {
      const { program, args, stdin, timeoutMs, maxOutputBytes } = work;
      const env = {
        PATH: path,
        HOME: folder.home,
        TMPDIR: folder.temporary,
        LANG: "C.UTF-8",
        ...work.env,
        ...work.secrets,
      };
      return run({ program, args, env, cwd: folder.work, stdin, timeoutMs, maxOutputBytes }, watch);
    });
}
