import { closeSync, openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { codeOf, textOf } from "../lib/thrown.ts";

/** A lock that this process holds. The kernel releases it when the process ends, however it ends. */
export interface Lock {
  readonly release: () => void;
}

type LockFailure =
  | { readonly reason: "held" }
  | { readonly reason: "not_lockable"; readonly detail: string };

const SQLITE_BUSY = 5;

/** How long SQLite itself tries again: two that ask in the same instant can refuse each other. */
const RETRY_MS = 20;

/**
 * Takes the lock at this path, or says that another process has it.
 *
 * Node has no flock; a file with a process id in it goes stale, and the id is given to another process.
 * An empty SQLite database in an exclusive transaction is held by the kernel's record lock, which a
 * kill -9 releases and a child process does not inherit. Nothing is ever written into it, and with its
 * journal in memory no second file stands beside it.
 */
export function takeLock(path: string): Outcome<Lock, LockFailure> {
  try {
    makePrivate(path);
    const database = new DatabaseSync(path, { timeout: RETRY_MS });
    try {
      database.exec("PRAGMA journal_mode = MEMORY");
      database.exec("BEGIN EXCLUSIVE");
    } catch (error) {
      database.close();
      throw error;
    }
    return done({ release: () => database.close() });
  } catch (error) {
    if (error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY) {
      return failed({ reason: "held" });
    }
    return failed({ reason: "not_lockable", detail: textOf(error) });
  }
}

/**
 * Makes the file 0600 where it is not there. One that is there is never opened here: closing any
 * descriptor of a file drops every record lock that the process has on it (fcntl(2)).
 */
function makePrivate(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  }
}
