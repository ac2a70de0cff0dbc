// On the trust boundary: the trail that enforcement asks before anything runs. It never answers that a
// record is written when it is not, and it never decides what is recorded.

import { type Clock, isoOf } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { takeFreeChain, takeNamedChain, type Chain } from "./chain.ts";
import { createDisk, type Disk } from "./disk.ts";
import { createChainEnd } from "./end.ts";
import { unavailable } from "./failure.ts";
import {
  eventOf,
  intentOf,
  outcomeOf,
  unheardEndOf,
  unknownOutcomeOf,
  type Moment,
  type Stated,
} from "./record.ts";
import { createRetention, type Retention } from "./retention.ts";
import { createTail } from "./tail.ts";
import type { AuditFailure, CheckpointKey, Trail } from "./types.ts";
import { createWriter, type Writer, type WriterLimits } from "./writer.ts";

/** The bounds of a trail. */
interface AuditLimits extends WriterLimits {
  /** How long a command waits for its chain. */
  readonly chainWaitMs: number;
  /** A call to the system that takes longer has failed. */
  readonly stallMs: number;
  readonly checkpointMs: number;
}

/** Where the trail is, and what it needs. */
interface AuditParts {
  /** The folder of all chains; made where it is not there. */
  readonly dir: string;
  /** The chain that the commands share, one after the other. Absent: a chain of a server's own. */
  readonly chain?: "cli";
  /** The size at which a new file is begun. */
  readonly fileBytes: number;
  /** Files are kept for so many days after their last record; null: for good. */
  readonly retentionDays: number | null;
  readonly key: CheckpointKey;
  readonly clock: Clock;
  /** UUIDv7. */
  readonly newId: () => string;
  readonly log: Log;
  /** Hears of a chain that is damaged and left as it is. */
  readonly onLeft?: (chain: string) => void;
  readonly disk?: Disk;
  readonly limits?: Partial<AuditLimits>;
}

const LIMITS: AuditLimits = {
  queue: 1024,
  batch: 128,
  syncWithinMs: 10,
  stallMs: 5000,
  mendMs: 1000,
  checkpointMs: 60_000,
  chainWaitMs: 10_000,
};

const DAY_MS = 86_400_000;

/** Opens the trail: takes over a chain that nobody holds and closes what a crash left open, or begins one. */
export async function openAudit(parts: AuditParts): Promise<Outcome<Trail, AuditFailure>> {
  const { clock, newId, log, disk = createDisk() } = parts;
  const limits = { ...LIMITS, ...parts.limits };
  const taken = await takeChain(parts, disk, limits);
  if (!taken.ok) return taken;
  const { name: chain, folder, opened, found, lock } = taken.value;
  const { file, bytes } = found.last;
  const tail = createTail({ disk, folder, file, opened, bytes, stallMs: limits.stallMs, log });
  const moment = (): Moment => ({ id: newId(), timestamp: isoOf(clock()) });
  const end = createChainEnd({
    ...{ chain, tail, found, key: parts.key, fileBytes: parts.fileBytes },
    moment,
    today: () => isoOf(clock()).slice(0, 10),
  });
  const retention: Retention = createRetention({
    ...{ disk, folder, clock, log },
    keptMs: (parts.retentionDays ?? Infinity) * DAY_MS,
    from: () => end.openSince() ?? tail.file().name,
    record: (event) => writer.append(() => eventOf(moment(), event), "synced"),
  });
  const writer: Writer = createWriter({
    ...{ chain, tail, end, log, limits },
    onFile: retention.apply,
  });
  const close = async (): Promise<void> => {
    await retention.settled();
    // A call to the system that never came back may still write: then the lock is the kernel's to release.
    if (await writer.close()) lock.release();
  };
  const recovered = await closeOpen(parts, writer, taken.value);
  if (!recovered.ok) {
    await close();
    return recovered;
  }
  retention.apply();
  const checkpoints = setInterval(writer.checkpoint, limits.checkpointMs).unref();
  return done(
    createTrail(parts, writer, () => {
      clearInterval(checkpoints);
      return close();
    }),
  );
}

async function takeChain(
  { dir, chain, newId, log, onLeft = () => {} }: AuditParts,
  disk: Disk,
  { chainWaitMs }: AuditLimits,
): Promise<Outcome<Chain, AuditFailure>> {
  const within = { dir, disk, newId, log, onLeft };
  try {
    if (chain === undefined) return await takeFreeChain(within);
    return await takeNamedChain(within, chain, chainWaitMs);
  } catch (error) {
    return failed(unavailable("use the audit folder", dir, error));
  }
}

async function closeOpen(
  { clock, log }: AuditParts,
  writer: Writer,
  { name, found }: Chain,
): Promise<Outcome<void, AuditFailure>> {
  for (const { intent } of found.open) {
    const state = (): Stated => unknownOutcomeOf(isoOf(clock()), intent);
    const written = await writer.append(state, "written");
    if (!written.ok) return written;
  }
  if (found.open.length > 0) {
    log.warn("a crash left actions open; they are recorded as unknown", {
      chain: name,
      count: found.open.length,
    });
  }
  return done(undefined);
}

function createTrail(
  { clock, newId }: AuditParts,
  writer: Writer,
  close: () => Promise<void>,
): Trail {
  const momentOf = (id: string): Moment => ({ id, timestamp: isoOf(clock()) });
  let closing: Promise<void> | null = null;

  return {
    begin: async (action) => {
      const id = newId();
      const begun = await writer.append(() => intentOf(momentOf(id), action), "synced");
      if (!begun.ok) return begun;
      let ended = false;
      return done({
        id,
        end: async (end) => {
          if (ended) throw new Error(`the action ${id} has ended before`);
          ended = true;
          return writer.append(() => outcomeOf(momentOf(id), action, end), "written");
        },
        endUnheard: (end) =>
          writer.append(() => unheardEndOf(momentOf(id), action, end), "written"),
      });
    },
    note: (action, end) =>
      writer.append(() => outcomeOf(momentOf(newId()), action, end), "written"),
    event: (event) => writer.append(() => eventOf(momentOf(newId()), event), "written"),
    close: () => (closing ??= close()),
    works: writer.works,
    broken: writer.broken,
  };
}
