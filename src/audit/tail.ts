// On the trust boundary: the file that a chain grows in. A sync that failed is never tried again: the
// system may have thrown away what it could not write, and would say nothing of it the second time.

import { join } from "node:path";
import type { Log } from "../lib/log.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { writeAll, type AppendFile, type Disk } from "./disk.ts";
import { unavailable } from "./failure.ts";
import { chainFile, type ChainFile } from "./files.ts";
import type { AuditFailure } from "./types.ts";

/** Why the chain does not grow. */
export interface Stop {
  /** `not_written`: it can be cut back to its last whole line. The others are for good. */
  readonly reason: "not_written" | "not_synced" | "stalled";
  readonly failure: AuditFailure;
}

type Step = Promise<Outcome<void, Stop>>;

/** The end of a chain's last file. Nothing is asked of it before the last answer has come. */
export interface Tail {
  readonly file: () => ChainFile;
  /** The length of what is wholly written. */
  readonly bytes: () => number;
  readonly write: (bytes: Uint8Array) => Step;
  readonly sync: () => Step;
  /** Opens the next file, durably; what stands in this one must be synced. */
  readonly turn: () => Step;
  /** Cuts off what a failed write has left, durably. */
  readonly mend: () => Step;
  /** False where a call to the system never came back. */
  readonly close: () => Promise<boolean>;
}

interface TailParts {
  readonly disk: Disk;
  readonly folder: string;
  readonly file: ChainFile;
  readonly opened: AppendFile;
  readonly bytes: number;
  /** A call to the system that takes longer has failed. */
  readonly stallMs: number;
  readonly log: Log;
}

/** The tail of a chain, from where its last file was found. */
export function createTail({ disk, folder, stallMs, log, ...found }: TailParts): Tail {
  let { file, opened, bytes } = found;
  let stuck = false;
  const path = (): string => join(folder, file.name);

  async function tried<T>(
    reason: Stop["reason"],
    call: () => Promise<T>,
  ): Promise<Outcome<T, Stop>> {
    try {
      return done(await call());
    } catch (error) {
      const failure = unavailable("write the audit trail", path(), error);
      return failed({ reason: stuck ? "stalled" : reason, failure });
    }
  }

  async function inTime<T>(call: Promise<T>): Promise<T> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      stuck = true;
      reject(new Error(`no progress for ${stallMs} ms`));
    }, stallMs);
    try {
      return await Promise.race([call, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async function turn(): Step {
    const next = chainFile(file.number + 1);
    const append = (): Promise<AppendFile> => inTime(disk.append(join(folder, next.name)));
    const begun = await tried("not_written", append);
    if (!begun.ok) return begun;
    const named = await tried("not_synced", () => inTime(disk.syncFolder(folder)));
    await closed(named.ok ? opened : begun.value);
    if (!named.ok) return named;
    file = next;
    opened = begun.value;
    bytes = 0;
    return done(undefined);
  }

  /** What it should hold is on the disk: whatever is said of its closing changes nothing. */
  async function closed(file: AppendFile): Promise<void> {
    const ended = await tried("not_written", () => inTime(file.close()));
    if (ended.ok) return;
    log.error("an audit file cannot be closed", { detail: ended.failure.failure.detail });
  }

  return {
    file: () => file,
    bytes: () => bytes,
    write: async (lines) => {
      const write = (part: Uint8Array): Promise<number> => inTime(opened.write(part));
      const written = await tried("not_written", () => writeAll({ write }, lines));
      if (written.ok) bytes += lines.length;
      return written;
    },
    sync: () => tried("not_synced", () => inTime(opened.sync())),
    turn,
    mend: async () => {
      const cut = await tried("not_written", () => inTime(opened.cut(bytes)));
      return cut.ok ? tried("not_synced", () => inTime(opened.sync())) : cut;
    },
    close: async () => {
      if (!stuck) await closed(opened);
      return !stuck;
    },
  };
}
