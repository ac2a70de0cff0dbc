// On the trust boundary: here a record becomes durable, or its action is refused. A write or sync
// that failed is never tried again and never answered as done: after it every call fails.

import { sha256 } from "../lib/digest.ts";
import type { Log } from "../lib/log.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { writeAll, type AppendFile } from "./disk.ts";
import { textOf, unavailable } from "./failure.ts";
import { lineOf } from "./line.ts";
import type { Position } from "./record.ts";
import type { Head } from "./scan.ts";
import type { AuditFailure } from "./types.ts";

/** The bounds of the writer. */
export interface WriterLimits {
  /** Records that may wait; one more is refused. */
  readonly queue: number;
  /** Records in one write. */
  readonly batch: number;
  /** Within this time what is only written is synced too. */
  readonly syncWithinMs: number;
  /** A write or sync that takes longer has failed. */
  readonly stallMs: number;
}

/** Where to write, and where the chain stands. */
interface WriterParts {
  readonly chain: string;
  readonly path: string;
  readonly file: AppendFile;
  readonly head: Head;
  readonly log: Log;
  readonly limits: WriterLimits;
}

/** What a record must be before its writing counts as done: handed to the system, or on the disk. */
type Durability = "written" | "synced";

/** Links records into the chain and writes them, all that has gathered at once. */
export interface Writer {
  /** `state` makes the record, without its position; if it throws, this record alone is refused. */
  readonly append: (
    state: () => object,
    durability: Durability,
  ) => Promise<Outcome<void, AuditFailure>>;
  /** Writes and syncs what waits, and closes the file. False where a call to the system never came back. */
  readonly close: () => Promise<boolean>;
}

interface Waiting {
  readonly line: Uint8Array;
  readonly durability: Durability;
  readonly settle: (outcome: Outcome<void, AuditFailure>) => void;
}

/** A writer at the end of a chain's file. */
export function createWriter({ chain, path, file, head, log, limits }: WriterParts): Writer {
  let { seq, hash: prev } = head;
  let waiting: Waiting[] = [];
  let writing: readonly Waiting[] = [];
  let running: Promise<void> | null = null;
  let syncTimer: NodeJS.Timeout | null = null;
  let syncDue = false;
  let refusal: AuditFailure | null = null;
  let broken = false;
  let stuck = false;

  function append(state: () => object, durability: Durability): ReturnType<Writer["append"]> {
    if (refusal !== null) return Promise.resolve(failed(refusal));
    if (waiting.length >= limits.queue) return Promise.resolve(failed(full()));
    const line = link(state);
    if (!line.ok) return Promise.resolve(line);
    const { promise, resolve } = Promise.withResolvers<Outcome<void, AuditFailure>>();
    waiting.push({ line: line.value, durability, settle: resolve });
    running ??= drain();
    return promise;
  }

  function link(state: () => object): Outcome<Uint8Array, AuditFailure> {
    const position: Position = { v: 1, chain, seq: seq + 1, prev };
    try {
      // The position comes first for the reader, and last so that nothing stated can replace it.
      const line = lineOf({ ...position, ...state(), ...position });
      seq += 1;
      prev = sha256(line.subarray(0, -1));
      return done(line);
    } catch (error) {
      return failed({
        reason: "audit_unavailable",
        detail: `the record of this action cannot be made: ${textOf(error)}`,
      });
    }
  }

  async function drain(): Promise<void> {
    // What else is appended in this turn joins the first batch.
    await Promise.resolve();
    while (!broken && (waiting.length > 0 || syncDue)) {
      writing = waiting.splice(0, limits.batch);
      try {
        await commit(writing);
      } catch (error) {
        breakChain(error);
      }
    }
    writing = [];
    running = null;
  }

  async function commit(batch: readonly Waiting[]): Promise<void> {
    const lines = Buffer.concat(batch.map(({ line }) => line));
    await writeAll({ write: (bytes) => inTime(file.write(bytes)) }, lines);
    settle(batch, "written");
    if (syncDue || batch.some(({ durability }) => durability === "synced")) {
      await inTime(file.sync());
      syncDue = false;
      if (syncTimer !== null) clearTimeout(syncTimer);
      syncTimer = null;
      settle(batch, "synced");
    } else {
      syncTimer ??= setTimeout(() => {
        syncDue = true;
        running ??= drain();
      }, limits.syncWithinMs);
    }
  }

  function breakChain(error: unknown): void {
    const failure = unavailable("write the audit trail", path, error);
    broken = true;
    refusal = failure;
    if (syncTimer !== null) clearTimeout(syncTimer);
    for (const { settle: settleOne } of [...writing, ...waiting]) settleOne(failed(failure));
    waiting = [];
    log.error("the audit trail is broken; every call is refused until a restart", {
      chain,
      detail: failure.detail,
    });
  }

  async function inTime<T>(call: Promise<T>): Promise<T> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      stuck = true;
      reject(new Error(`no progress for ${limits.stallMs} ms`));
    }, limits.stallMs);
    try {
      return await Promise.race([call, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  function full(): AuditFailure {
    const detail = `${limits.queue} audit records wait for ${path}; try again when its disk has caught up`;
    return { reason: "audit_unavailable", detail };
  }

  async function close(): Promise<boolean> {
    refusal ??= { reason: "audit_unavailable", detail: "the audit trail is closed" };
    syncDue = true;
    running ??= drain();
    await running;
    if (stuck) return false;
    try {
      await inTime(file.close());
    } catch (error) {
      log.error("the audit file cannot be closed", { path, detail: textOf(error) });
    }
    return !stuck;
  }

  return { append, close };
}

function settle(batch: readonly Waiting[], reached: Durability): void {
  for (const { durability, settle: settleOne } of batch) {
    if (durability === reached) settleOne(done(undefined));
  }
}
