import { readdir, readFile } from "node:fs/promises";
import { constants } from "node:os";
import { setTimeout as wait } from "node:timers/promises";

/** The first look comes after a moment; a group that stays is looked at less often. */
const FIRST_LOOK_MS = 2;
const LAST_LOOK_MS = 50;

/** Sends a signal; 0 only asks whether there is something to send one to. Throws what kill(2) fails with. */
export type Kill = (pid: number, signal: NodeJS.Signals | 0) => boolean;

/** How a process group is ended. */
export interface Ending {
  /** From asking it to end to killing it; 0 kills it without asking. */
  readonly graceMs: number;
  /** From killing it to giving up. */
  readonly killMs: number;
  readonly kill: Kill;
}

/**
 * Ends a process group: asks, waits, kills. True as soon as nothing of it runs any more; false where
 * something still does at the end, which the kernel holds or another user owns.
 */
export async function endGroup(group: number, { graceMs, killMs, kill }: Ending): Promise<boolean> {
  const signal = createSignal(group, kill);
  const killAt = performance.now() + graceMs;
  let pause = FIRST_LOOK_MS;
  if (graceMs > 0) signal("SIGTERM");
  while (await groupRuns(group, kill)) {
    if (performance.now() >= killAt + killMs) return false;
    if (performance.now() >= killAt) signal("SIGKILL");
    await wait(pause);
    pause = Math.min(pause * 2, LAST_LOOK_MS);
  }
  return true;
}

/** See `GroupRuns`; what has ended and nobody has waited for does not run. */
export async function groupRuns(
  group: number,
  kill: Kill = (pid, signal) => process.kill(pid, signal),
): Promise<boolean> {
  return createSignal(group, kill)(0) && !(await hasOnlyEnded(group));
}

/** The exit code as a shell tells it: 128 and the signal's number when a signal ended it. */
export function exitCodeOf(code: number | null, signal: NodeJS.Signals | null): number {
  if (code !== null) return code;
  return 128 + (signal === null ? 0 : constants.signals[signal]);
}

/** Signals a group; false where there is none. One of another user's is there (kill(2), EPERM). */
function createSignal(group: number, kill: Kill): (signal: NodeJS.Signals | 0) => boolean {
  return (signal) => {
    try {
      return kill(-group, signal);
    } catch (thrown) {
      return !(thrown instanceof Error && "code" in thrown && thrown.code === "ESRCH");
    }
  };
}

/**
 * Whether all of a group has ended. What nobody has waited for answers to signals, for good where
 * process 1 waits for nobody (a server that is process 1 of its container). False also where there is
 * no /proc: the answer to the signal counts then.
 */
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
