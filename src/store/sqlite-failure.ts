import { codeOf, textOf } from "../lib/thrown.ts";
import { unavailable } from "./failure.ts";
import type { StoreFailure } from "./types.ts";

// SQLite's primary result codes.
const BUSY = 5;
const DISK_FULL = 13;
const NOT_WRITABLE: readonly number[] = [8, 14];
const DAMAGED: readonly number[] = [11, 26];

/** Why a file cannot be the store: what was tried, on which path, what was said, what to do. */
export function sqliteFailure(attempt: string, path: string, error: unknown): StoreFailure {
  const system = /^E(?!RR_)/.test(codeOf(error));
  return unavailable(`${attempt} ${path}`, system ? codeOf(error) : textOf(error), mendOf(error));
}

/** Whether another process held the file for too long. */
export function isBusy(error: unknown): boolean {
  return resultCodeOf(error) === BUSY;
}

function mendOf(error: unknown): string {
  const code = resultCodeOf(error);
  const system = codeOf(error);
  if (code === BUSY) return "end the process that holds it";
  if (code === DISK_FULL || system === "ENOSPC" || system === "EDQUOT") {
    return "free some space there, or name a folder on another disk in state_dir";
  }
  if (DAMAGED.includes(code)) {
    return "restore it from a backup, or move it away to begin with an empty one";
  }
  if (system === "ENOTDIR" || system === "EEXIST") {
    return "a file stands where a folder is needed; move it away, or name another folder in state_dir";
  }
  if (NOT_WRITABLE.includes(code) || ["EACCES", "EPERM", "EROFS"].includes(system)) {
    return "make it writable for the user that runs the server, or name another folder in state_dir";
  }
  return "check that path and its disk, then start again";
}

/** The bits above the primary code say more of the same. 0 where the error is not SQLite's. */
function resultCodeOf(error: unknown): number {
  const code = error instanceof Error && "errcode" in error ? error.errcode : 0;
  return typeof code === "number" ? code & 0xff : 0;
}
