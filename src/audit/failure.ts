import { codeOf, textOf } from "../lib/thrown.ts";
import type { AuditFailure } from "./types.ts";

const MENDS: Readonly<Record<string, string>> = {
  EACCES: "make it writable for the user that runs the server, or name another folder in audit.dir",
  EPERM: "make it writable for the user that runs the server, or name another folder in audit.dir",
  EROFS: "mount it writable, or name another folder in audit.dir",
  ENOSPC: "free some space there, or name a folder on another disk in audit.dir",
  EDQUOT: "free some space there, or name a folder on another disk in audit.dir",
  ENOTDIR:
    "a file stands where a folder is needed; move it away, or name another folder in audit.dir",
  EEXIST:
    "a file stands where a folder is needed; move it away, or name another folder in audit.dir",
};

/** Why the trail cannot go on: what was tried, on which path, what the system said, what to do. */
export function unavailable(attempt: string, path: string, error: unknown): AuditFailure {
  const code = codeOf(error);
  const mend = MENDS[code] ?? "check that path and its disk, then start again";
  const said = code === "" ? textOf(error) : code;
  return { reason: "audit_unavailable", detail: `cannot ${attempt} ${path}: ${said}; ${mend}` };
}
