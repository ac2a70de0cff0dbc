// On the trust boundary: the one place that starts programs. It never uses a shell, never passes on the
// server's own environment, and never leaves a process of the group behind.

import { type ChildProcess, spawn } from "node:child_process";
import { createLines } from "./lines.ts";
import { createTail, createHead } from "./output.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { endGroup, exitCodeOf } from "./group.ts";
import type { Command, Finished, RunProgram, SubprocessFailure, Watch } from "./types.ts";

/** A program that writes this much more than is kept is taken to write without end. */
const MAX_WRITTEN_BYTES = 16 * 1024 * 1024;

/** Starts programs; a group that is asked to end has `graceMs` before it is killed. */
export function createRunProgram({ graceMs }: { readonly graceMs: number }): RunProgram {
  return async (command, watch) => {
    if (watch.signal.aborted) return failed({ reason: "cancelled", stderr: "" });
    const child = start(command);
    const failure = await started(child, command.program);
    return failure === null ? follow({ child, command, watch, graceMs }) : failed(failure);
  };
}

function start({ program, args, env, cwd }: Command): ChildProcess {
  return spawn(program, args, { cwd, env, detached: true, shell: false, stdio: "pipe" });
}

/** Null once it runs; otherwise why it does not. */
function started(child: ChildProcess, program: string): Promise<SubprocessFailure | null> {
  return new Promise((resolve) => {
    child.once("spawn", () => resolve(null));
    child.once("error", (error: NodeJS.ErrnoException) => {
      const missing = error.code === "ENOENT";
      resolve(
        missing
          ? { reason: "not_found", program }
          : { reason: "not_startable", program, detail: error.code ?? error.message },
      );
    });
  });
}

/** Why a program was ended. */
type Ended = "timed_out" | "cancelled" | "output_without_end";

interface Following {
  readonly child: ChildProcess;
  readonly command: Command;
  readonly watch: Watch;
  readonly graceMs: number;
}

async function follow({
  child,
  command,
  watch,
  graceMs,
}: Following): Promise<Outcome<Finished, SubprocessFailure>> {
  const stdout = createHead(command.maxOutputBytes);
  const stderr = createTail(command.maxOutputBytes);
  const outLines = createLines(watch.onLine);
  const errLines = createLines(watch.onLine);
  let ending: Promise<void> | null = null;
  const state: { ended: Ended | null } = { ended: null };

  const end = (why: Ended): void => {
    state.ended ??= why;
    ending ??= endGroup(child, graceMs);
  };
  const timer = setTimeout(() => end("timed_out"), command.timeoutMs);
  const cancel = (): void => end("cancelled");
  watch.signal.addEventListener("abort", cancel, { once: true });

  child.stdout?.on("data", (chunk: Uint8Array) => {
    stdout.add(chunk);
    outLines.add(chunk);
    if (stdout.bytes() + stderr.bytes() > MAX_WRITTEN_BYTES) end("output_without_end");
  });
  child.stderr?.on("data", (chunk: Uint8Array) => {
    stderr.add(chunk);
    errLines.add(chunk);
    if (stdout.bytes() + stderr.bytes() > MAX_WRITTEN_BYTES) end("output_without_end");
  });
  // A program that does not read its input closes the pipe; that is its own affair.
  child.stdin?.on("error", () => {});
  child.stdin?.end(command.stdin);

  const [code, signal] = await closed(child);
  // What it started and did not wait for goes with it.
  await (ending ?? endGroup(child, 0));
  clearTimeout(timer);
  watch.signal.removeEventListener("abort", cancel);
  outLines.end();
  errLines.end();

  const { ended } = state;
  switch (ended) {
    case null:
      return done({
        exitCode: exitCodeOf(code, signal),
        stdout: stdout.text(),
        stderr: stderr.text(),
        stdoutBytes: stdout.bytes(),
        truncated: stdout.truncated(),
      });
    case "timed_out":
      return failed({ reason: ended, afterMs: command.timeoutMs, stderr: stderr.text() });
    case "cancelled":
      return failed({ reason: ended, stderr: stderr.text() });
    case "output_without_end":
      return failed({ reason: ended, bytes: stdout.bytes() + stderr.bytes() });
  }
}

/** How the program ended. A grandchild that keeps the pipes open does not hold it up. */
function closed(child: ChildProcess): Promise<readonly [number | null, NodeJS.Signals | null]> {
  return new Promise((resolve) => {
    child.once("exit", (code, signal) => {
      const settle = (): void => resolve([code, signal]);
      child.once("close", settle);
      // Whatever is in the pipes is read within a moment; who holds them open longer is ended.
      setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
        settle();
      }, 100);
    });
  });
}
