import { join } from "node:path";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import type { Outcome } from "../lib/outcome.ts";
import type { Disk } from "./disk.ts";
import { textOf } from "../lib/thrown.ts";
import { type ChainFile, fileNamed, filesIn } from "./files.ts";
import type { Recorded } from "./recorded.ts";
import { firstOf } from "./scan.ts";
import type { AuditedEvent, AuditFailure } from "./types.ts";

/** Takes away whole files of a chain that have outlived their days. */
export interface Retention {
  /** Looks whether there are any. Never two times at once. */
  readonly apply: () => void;
  /** Settles when nothing is taken away any more. */
  readonly settled: () => Promise<void>;
}

interface RetentionParts {
  readonly disk: Disk;
  readonly folder: string;
  readonly clock: Clock;
  /** Files whose last record is older than this are taken away. */
  readonly keptMs: number;
  /** This file and what comes after it stay. */
  readonly from: () => string;
  /** Settles when it is on the disk. */
  readonly record: (event: AuditedEvent) => Promise<Outcome<void, AuditFailure>>;
  readonly log: Log;
}

/** Files in one record; what is more waits for the next time. */
const MOST = 500;

/** The retention of a chain. What is taken away is recorded before: with that the rest still verifies. */
export function createRetention(parts: RetentionParts): Retention {
  const { disk, folder, record, log } = parts;
  let running: Promise<void> = Promise.resolve();

  async function apply(): Promise<void> {
    try {
      const found = await outlived(parts);
      if (found === null) return;
      const recorded = await record(eventOf(found));
      // What is not recorded stays, and is found again.
      if (!recorded.ok) return;
      for (const { name } of found.files) await disk.remove(join(folder, name));
      await disk.syncFolder(folder);
      log.info("audit files have outlived their days", { folder, count: found.files.length });
    } catch (error) {
      log.error("old audit files cannot be taken away", { folder, detail: textOf(error) });
    }
  }

  return {
    apply: () => {
      running = running.then(apply);
    },
    settled: () => running,
  };
}

interface Outlived {
  readonly files: readonly ChainFile[];
  /** The first record of the file that stays. */
  readonly next: Recorded;
}

/**
 * A file ends where the next begins. It is no later than when the newest file that is closed began, whatever the clock
 * says: one that is set far ahead would take the whole trail away at once, and so it does not before a whole file,
 * which is a day where little is recorded, was written by it. A time that is none takes nothing away.
 */
async function outlived({
  disk,
  folder,
  clock,
  keptMs,
  from,
}: RetentionParts): Promise<Outlived | null> {
  const files = await filesIn(disk, folder);
  const closed = files.at(-2);
  const newest = closed === undefined ? null : await firstOf(disk, folder, closed);
  if (newest === null) return null;
  const beforeMs = Math.min(clock(), Date.parse(newest.timestamp)) - keptMs;
  const stays = fileNamed(from())?.number ?? 0;
  let next: Recorded | null = null;
  let count = 0;
  for (const file of files.slice(1, MOST + 1)) {
    const first: Recorded | null = await firstOf(disk, folder, file);
    if (file.number > stays || first === null) break;
    if (!(Date.parse(first.timestamp) < beforeMs)) break;
    next = first;
    count += 1;
  }
  return next === null ? null : { files: files.slice(0, count), next };
}

function eventOf({ files, next }: Outlived): AuditedEvent {
  const names = files.map(({ name }) => name);
  const facts = { files: names, last: { seq: next.seq - 1, hash: next.prev } };
  return { event: "retention", result: "success", facts };
}
