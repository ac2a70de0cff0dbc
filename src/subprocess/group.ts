import type { ChildProcess } from "node:child_process";
import { constants } from "node:os";
import { setTimeout as wait } from "node:timers/promises";

const POLL_MS = 5;

/** Ends a program's whole process group: asks, waits `graceMs`, kills, and settles when it is gone. */
export async function endGroup(child: ChildProcess, graceMs: number): Promise<void> {
  const { pid } = child;
  if (pid === undefined) return;
  if (graceMs > 0 && signalGroup(pid, "SIGTERM")) {
    const deadline = performance.now() + graceMs;
    while (signalGroup(pid, 0) && performance.now() < deadline) await wait(POLL_MS);
  }
  while (signalGroup(pid, "SIGKILL")) await wait(POLL_MS);
}

/** The exit code as a shell tells it: 128 and the signal's number when a signal ended it. */
export function exitCodeOf(code: number | null, signal: NodeJS.Signals | null): number {
  if (code !== null) return code;
  return 128 + (signal === null ? 0 : constants.signals[signal]);
}

/** Whether there was anything in the group to signal. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, signal);
  } catch {
    return false;
  }
}
