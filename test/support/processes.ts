// What runs on this machine, for tests that see that something is gone.

import { readFileSync } from "node:fs";

/** Whether a process runs. One that ended and that nobody has waited for yet does not. */
export function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return !/\) [ZX] /.test(stat);
  } catch {
    return process.platform !== "linux";
  }
}
