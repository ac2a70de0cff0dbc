// Names a process, or a group of them, so that another process can tell for certain that it is gone. Where
// that cannot be told (another machine, another container, no /proc), it is taken to live. So is one of
// another boot: machines share folders, and some containers have a boot id of their own (systemd-nspawn).

import { readFile, readlink } from "node:fs/promises";
import type { GroupRuns } from "../subprocess/types.ts";

/** Names this process: `place/pid/start`, with the place in which the number means something; empty without /proc. */
export async function readOwner(): Promise<string> {
  const pid = process.pid;
  const start = await readStart(pid);
  try {
    const boot = (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();
    const namespace = /\d+/.exec(await readlink("/proc/self/ns/pid"))?.[0];
    // A /proc of another namespace (the host's, mounted into a container) counts processes otherwise.
    const ours = (await readlink("/proc/self")) === String(pid);
    return ours && start !== null ? `${boot}:${namespace}/${pid}/${start}` : "";
  } catch {
    return "";
  }
}

/** Names a process group that this process, its owner, has started: as its leader; empty where that has gone. */
export async function readGroup(group: number, owner: string): Promise<string> {
  const start = await readStart(group);
  return start === null ? "" : `${owner.split("/")[0]}/${group}/${start}`;
}

/**
 * Whether what has this name is gone, as the process of the second name sees it. `runs` tells of what the
 * number means: a process, or a group (no process is given the number of a group that still has one).
 */
export async function isGone(
  name: string,
  seenBy: string,
  runs: GroupRuns = isThere,
): Promise<boolean> {
  const [place, pid, start] = name.split("/");
  if (start === undefined || place !== seenBy.split("/")[0]) return false;
  if (!(await runs(Number(pid)))) return true;
  const itsStart = await readStart(Number(pid));
  return itsStart !== null && itsStart !== start;
}

/** Also true for a process of another user's, whose /proc may be hidden from this one. */
async function isThere(pid: number): Promise<boolean> {
  try {
    return process.kill(pid, 0);
  } catch (thrown) {
    return !(thrown instanceof Error && "code" in thrown && thrown.code === "ESRCH");
  }
}

/** When a process started, in ticks since the boot (proc(5), /proc/pid/stat, field 22). */
async function readStart(pid: number): Promise<string | null> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
}
