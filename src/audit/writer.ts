// On the trust boundary: puts records on the disk. It never says that a record is written before it is,
// never retries a write or a sync that failed, and never writes again after one did.

import { sha256 } from "../lib/digest.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import type { AppendFile } from "./disk.ts";
import { unavailable } from "./failure.ts";
import { lineOf } from "./line.ts";
import type { Position } from "./record.ts";
import type { Head } from "./scan.ts";
import type { AuditFailure } from "./types.ts";

/** Appends records to a chain, each linked to the one before. */
export interface Writer {
  /** Settles when the record is written and, if it is `durable`, on the disk. */
  readonly append: (
    statement: object,
    durability: Durability,
  ) => Promise<Outcome<void, AuditFailure>>;
  /** Writes what is queued, syncs, and closes the file. */
  readonly close: () => Promise<void>;
}

/** An outcome may be synced with the next batch; an intent must be on the disk before anything runs. */
export type Durability = "durable" | "written";

/** Where a writer begins. */
export interface WriterParts {
  readonly file: AppendFile;
  readonly path: string;
  readonly chain: string;
  readonly head: Head;
}

interface Queued {
  readonly statement: object;
  readonly durable: boolean;
  readonly settle: (outcome: Outcome<void, AuditFailure>) => void;
}

/** Whatever gathered while the last sync ran goes in one write. */
const MAX_BATCH = 128;
const MAX_QUEUED = 10_000;
const SYNC_WITHIN_MS = 10;
const NO_PROGRESS_MS = 5_000;

/** A writer at the end of a chain. */
export function createWriter({ file, path, chain, head }: WriterParts): Writer {
  const queue: Queued[] = [];
  let { seq, hash } = head;
  let broken: AuditFailure | null = null;
  let draining: Promise<void> | null = null;
  let unsynced = false;
  let timer: NodeJS.Timeout | undefined;

  return {
    append: (statement, durability) =>
      new Promise((settle) => {
        if (broken === null && queue.length >= MAX_QUEUED) {
          settle(failed(unavailable("keep up with", path, new Error("the queue is full"))));
          return;
        }
        queue.push({ statement, durable: durability === "durable", settle });
        draining ??= drain();
      }),
    close: async () => {
      clearTimeout(timer);
      await draining;
      if (broken === null && unsynced) await attempt("sync", file.sync());
      await file.close();
    },
  };

  async function drain(): Promise<void> {
    // What is asked for in the same turn goes in the same batch.
    await Promise.resolve();
    while (queue.length > 0) await writeBatch(queue.splice(0, MAX_BATCH));
    draining = null;
  }

  async function writeBatch(batch: readonly Queued[]): Promise<void> {
    if (broken === null) await attempt("write", writeAll(batch));
    const durable = batch.some((queued) => queued.durable);
    if (broken === null && durable) await attempt("sync", file.sync());
    unsynced = !durable;
    if (unsynced) syncSoon();
    for (const { settle } of batch) settle(broken === null ? done(undefined) : failed(broken));
  }

  /** The next line of the chain. */
  function linked({ statement }: Queued): Buffer {
    const position: Position = { v: 1, chain, seq: seq + 1, prev: hash };
    const line = lineOf({ ...position, ...statement });
    seq += 1;
    hash = sha256(line.subarray(0, -1));
    return line;
  }

  async function writeAll(batch: readonly Queued[]): Promise<void> {
    const bytes = Buffer.concat(batch.map(linked));
    for (let from = 0; from < bytes.length;) {
      const written = await file.write(bytes.subarray(from));
      if (written === 0) throw new Error("nothing more was written");
      from += written;
    }
  }

  function syncSoon(): void {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (unsynced && draining === null && broken === null) {
        unsynced = false;
        draining = attempt("sync", file.sync()).then(drain);
      }
    }, SYNC_WITHIN_MS);
  }

  /** The first failure closes the chain for good. */
  async function attempt(what: string, work: Promise<void>): Promise<void> {
    let late: NodeJS.Timeout | undefined;
    const deadline = new Promise<never>((_resolve, reject) => {
      late = setTimeout(
        () => reject(new Error(`no progress for ${NO_PROGRESS_MS} ms`)),
        NO_PROGRESS_MS,
      );
    });
    try {
      await Promise.race([work, deadline]);
    } catch (thrown) {
      broken ??= unavailable(what, path, thrown);
    } finally {
      clearTimeout(late);
    }
  }
}
