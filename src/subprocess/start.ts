// On the trust boundary: the one place that starts programs. It never uses a shell, and never passes on the
// server's own environment.

import { type ChildProcess, spawn } from "node:child_process";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { exitCodeOf } from "./group.ts";
import type { Program, SubprocessFailure } from "./types.ts";

/** A program that was started. */
export interface Started {
  readonly child: ChildProcess;
  /** Its process group. */
  readonly group: number;
}

/** Starts a program in a process group of its own, with pipes to all three of its streams. */
export async function start({
  program,
  args,
  env,
  cwd,
}: Program): Promise<Outcome<Started, SubprocessFailure>> {
  try {
    const child = spawn(program, args, { cwd, env, detached: true, shell: false, stdio: "pipe" });
    const group = await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("spawn", () => {
        if (child.pid !== undefined) resolve(child.pid);
      });
    });
    return done({ child, group });
  } catch (thrown) {
    const code = codeOf(thrown);
    if (code === "ENOENT") return failed({ reason: "not_found", program });
    return failed({ reason: "not_startable", program, detail: EXPLAINED[code] ?? code });
  }
}

/** Codes that do not speak for themselves. */
const EXPLAINED: Readonly<Record<string, string>> = {
  EACCES: "it may not be executed (EACCES)",
  E2BIG: "its words and environment are longer than the system takes (E2BIG)",
  ERR_INVALID_ARG_VALUE: "its words or environment have the character NUL",
};

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && "code" in thrown ? String(thrown.code) : String(thrown);
}

/** How the program itself ended; what it started may still run. */
export function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.once("exit", (code, signal) => resolve(exitCodeOf(code, signal)));
  });
}
