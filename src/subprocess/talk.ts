// On the trust boundary: talks with a program that goes on running. When a talk has ended, nothing of the
// program's process group is left, or its end says so.

import { setTimeout as wait } from "node:timers/promises";
import { done, type Outcome } from "../lib/outcome.ts";
import { endGroup, type Ending } from "./group.ts";
import { createLines } from "./lines.ts";
import { exitOf, start, type Started } from "./start.ts";
import type { Hearing, StartTalk, SubprocessFailure, Talk, TalkEnd } from "./types.ts";
import { createWholeLines } from "./whole-lines.ts";

/** How long a killed group may take to be gone: the kernel first gives back what it holds. */
const KILL_MS = 5_000;

/** How talks are ended. */
export interface TalkParts extends Partial<Ending> {
  /** From closing its input to asking it to end. */
  readonly hangUpMs: number;
  /** From asking it to end to killing it. */
  readonly graceMs: number;
}

/** Starts programs that are talked with by lines. */
export function createStartTalk({
  hangUpMs,
  graceMs,
  killMs = KILL_MS,
  kill = (pid, signal) => process.kill(pid, signal),
}: TalkParts): StartTalk {
  const ending = { graceMs, killMs, kill };
  return async (program, hearing): Promise<Outcome<Talk, SubprocessFailure>> => {
    const started = await start(program);
    return started.ok ? done(talk(started.value, { hearing, hangUpMs, ending })) : started;
  };
}

interface Manner {
  readonly hearing: Hearing;
  readonly hangUpMs: number;
  readonly ending: Ending;
}

function talk({ child, group }: Started, { hearing, hangUpMs, ending }: Manner): Talk {
  const { onLine, onErrorLine, maxLineBytes, maxWaitingBytes } = hearing;
  const exited = exitOf(child);
  const errors = createLines(onErrorLine);
  let why: TalkEnd["reason"] | null = null;
  let closing: Promise<void> | null = null;
  const over = Promise.withResolvers<TalkEnd>();

  const lines = createWholeLines(
    maxLineBytes,
    (line) => {
      if (why === null) onLine(line);
    },
    () => void end("line_too_long"),
  );
  child.stdout?.on("data", (chunk: Uint8Array) => lines.add(chunk));
  child.stderr?.on("data", (chunk: Uint8Array) => errors.add(chunk));
  // A program that closes its input is found out when it does not answer, or ends.
  child.stdin?.on("error", () => {});

  // Whatever it has written before it ended is heard first.
  const drained = Promise.all([closedOf(child.stdout), closedOf(child.stderr)]);
  void endAfterExit();
  return { say, ended: over.promise, close: () => end("closed") };

  function say(line: string): boolean {
    const { stdin } = child;
    if (why !== null || stdin === null || !stdin.writable) return false;
    if (stdin.writableLength + Buffer.byteLength(line) > maxWaitingBytes) return false;
    stdin.write(`${line}\n`);
    return true;
  }

  async function endAfterExit(): Promise<void> {
    await exited;
    await Promise.race([drained, wait(hangUpMs, null, { ref: false })]);
    await end("exited");
  }

  function end(reason: TalkEnd["reason"]): Promise<TalkEnd> {
    // Whoever closes it may come a moment late.
    why ??= child.exitCode === null && child.signalCode === null ? reason : "exited";
    closing ??= finish(why);
    return over.promise;
  }

  async function finish(reason: TalkEnd["reason"]): Promise<void> {
    child.stdin?.end();
    if (reason === "closed") await Promise.race([exited, wait(hangUpMs, null, { ref: false })]);
    // What it started and did not wait for goes with it.
    const graceMs = reason === "exited" ? 0 : ending.graceMs;
    const gone = await endGroup(group, { ...ending, graceMs });
    child.stdout?.destroy();
    child.stderr?.destroy();
    errors.end();
    over.resolve({ reason, exitCode: gone ? await exited : null });
  }
}

/** When a stream has nothing more to give. */
function closedOf(stream: NodeJS.ReadableStream | null): Promise<unknown> {
  if (stream === null) return Promise.resolve();
  return new Promise((resolve) => stream.once("close", resolve));
}
