import { readdir, readFile } from "node:fs/promises";
import { constants } from "node:os";
import { setTimeout as wait } from "node:timers/promises";

/** The first look comes after a moment; a group that stays is looked at less often. */
const FIRST_LOOK_MS = 2;
const LAST_LOOK_MS = 50;

/** Ends a process group: asks, waits `graceMs`, kills, and settles when nothing of it runs any more. */
export async function endGroup(group: number, graceMs: number): Promise<void> {
  const killAt = performance.now() + graceMs;
  let pause = FIRST_LOOK_MS;
  if (graceMs > 0) signalGroup(group, "SIGTERM");
  while (await runs(group)) {
    if (performance.now() >= killAt) signalGroup(group, "SIGKILL");
    await wait(pause);
    pause = Math.min(pause * 2, LAST_LOOK_MS);
  }
}

/** The exit code as a shell tells it: 128 and the signal's number when a signal ended it. */
export function exitCodeOf(code: number | null, signal: NodeJS.Signals | null): number {
  if (code !== null) return code;
  return 128 + (signal === null ? 0 : constants.signals[signal]);
}

/**
 * Whether a process of the group still runs. One that ended and that nobody has waited for answers to
 * signals, for good where process 1 waits for nobody (a server that is process 1 of its container).
 */
async function runs(group: number): Promise<boolean> {
  return signalGroup(group, 0) && !(await hasOnlyEnded(group));
}

/** Whether there was anything in the group to signal. */
function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch {
    return false;
  }
}

/** False also where there is no /proc: the answer to the signal counts then. */
async function hasOnlyEnded(group: number): Promise<boolean> {
  const names = await readdir("/proc").catch(() => []);
  const pids = names.filter((name) => /^\d+$/.test(name));
  for (const pid of pids) if (await runsIn(group, pid)) return false;
  return pids.length > 0;
}

/** Reads a process's state and group (proc(5), /proc/pid/stat, fields 3 and 5). */
async function runsIn(group: number, pid: string): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  const [state = "X", , itsGroup] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(itsGroup) === group && state !== "Z" && state !== "X";
}
