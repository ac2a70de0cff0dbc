// On the trust boundary: runs programs to their end, and never leaves a process of the group behind. (A
// process that makes itself a group of its own, as a daemon does, has left; what must not do so belongs in
// a container.)

import type { Readable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { endGroup, type Ending } from "./group.ts";
import { createLines } from "./lines.ts";
import { createHead, createTail, type Output } from "./output.ts";
import { exitOf, start, type Started } from "./start.ts";
import type { Command, Finished, Lines, RunProgram, SubprocessFailure, Watch } from "./types.ts";

/** A program that writes this much more than is kept is taken to write without end. */
const MAX_MORE_BYTES = 16 * 1024 * 1024;

/** How long pipes may stay open that a process outside the group holds. */
const DRAIN_MS = 500;

/** How long a killed group may take to be gone: the kernel first gives back what it holds. */
const KILL_MS = 5_000;

/** Starts programs; a group that is asked to end has `graceMs` before it is killed. */
export function createRunProgram({
  graceMs,
  killMs = KILL_MS,
  kill = (pid, signal) => process.kill(pid, signal),
}: Pick<Ending, "graceMs"> & Partial<Ending>): RunProgram {
  const ending = { graceMs, killMs, kill };
  return async (command, watch) => {
    if (watch.signal.aborted) return failed({ reason: "cancelled", stderr: "" });
    const child = await start(command);
    if (!child.ok) return child;
    const noted = watch.onStarted?.(child.value.group);
    const [ran] = await Promise.all([follow({ ...child.value, command, watch, ending }), noted]);
    return ran;
  };
}

interface Following extends Started {
  readonly command: Command;
  readonly watch: Watch;
  readonly ending: Ending;
}

/** Why a program was ended. */
type Ended = "timed_out" | "cancelled" | "output_without_end";

async function follow({
  child,
  group,
  command,
  watch,
  ending,
}: Following): Promise<Outcome<Finished, SubprocessFailure>> {
  const { timeoutMs, maxOutputBytes, stdin } = command;
  const stdout = createHead(maxOutputBytes);
  const stderr = createTail(maxOutputBytes);
  const closed = new Promise((resolve) => child.once("close", resolve));
  const exited = exitOf(child);

  const state: { ended: Ended | null; gone: Promise<boolean> | null } = { ended: null, gone: null };
  const stuck = Promise.withResolvers<null>();
  const end = (why: Ended): void => {
    state.ended ??= why;
    state.gone ??= endGroup(group, ending);
    void state.gone.then((gone) => gone || stuck.resolve(null));
  };
  const cancel = (): void => end("cancelled");
  const timer = setTimeout(() => end("timed_out"), timeoutMs);
  watch.signal.addEventListener("abort", cancel, { once: true });
  if (watch.signal.aborted) cancel();

  const collect = (stream: Readable | null, output: Output): Lines => {
    const lines = createLines(watch.onLine);
    stream?.on("data", (chunk: Uint8Array) => {
      output.add(chunk);
      lines.add(chunk);
      const bytes = stdout.bytes() + stderr.bytes();
      if (bytes > maxOutputBytes + MAX_MORE_BYTES) end("output_without_end");
    });
    return lines;
  };
  const lines = [collect(child.stdout, stdout), collect(child.stderr, stderr)];
  // A program that does not read its input closes the pipe; that is its own affair.
  child.stdin?.on("error", () => {});
  child.stdin?.end(stdin);

  const exitCode = await Promise.race([exited, stuck.promise]);
  clearTimeout(timer);
  watch.signal.removeEventListener("abort", cancel);
  // What it started and did not wait for goes with it; then nobody of the group holds the pipes.
  const gone = await (state.gone ?? endGroup(group, { ...ending, graceMs: 0 }));
  await Promise.race([closed, wait(DRAIN_MS, null, { ref: false })]);
  child.stdout?.destroy();
  child.stderr?.destroy();
  for (const each of lines) each.end();
  if (!gone || exitCode === null) return failed({ reason: "not_ended", group });
  return outcomeOf(state.ended, { exitCode, stdout, stderr, timeoutMs });
}

interface Left {
  readonly exitCode: number;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly timeoutMs: number;
}

function outcomeOf(
  ended: Ended | null,
  { exitCode, stdout, stderr, timeoutMs }: Left,
): Outcome<Finished, SubprocessFailure> {
  switch (ended) {
    case null:
      return done({
        exitCode,
        stdout: stdout.text(),
        stderr: stderr.text(),
        stdoutBytes: stdout.bytes(),
        truncated: stdout.truncated(),
      });
    case "timed_out":
      return failed({ reason: ended, afterMs: timeoutMs, stderr: stderr.text() });
    case "cancelled":
      return failed({ reason: ended, stderr: stderr.text() });
    case "output_without_end":
      return failed({ reason: ended, bytes: stdout.bytes() + stderr.bytes() });
  }
}
