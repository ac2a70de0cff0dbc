// On the trust boundary: here a record becomes durable, or its action is refused. What was refused is
// never written later, and nothing is answered as done that is not.

import type { Log } from "../lib/log.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { createOutside } from "../lib/outside.ts";
import type { ChainEnd, Linked, Make } from "./end.ts";
import type { Stated } from "./record.ts";
import type { Head } from "./scan.ts";
import type { Stop, Tail } from "./tail.ts";
import type { AuditFailure } from "./types.ts";

/** The bounds of the writer. */
export interface WriterLimits {
  /** Records that may wait; one more is refused. */
  readonly queue: number;
  /** Records in one write. */
  readonly batch: number;
  /** Within this time what is only written is synced too. */
  readonly syncWithinMs: number;
  /** After a failed write, how long until the chain's end is made whole again. */
  readonly mendMs: number;
}

/** Where to write, and where the chain stands. */
interface WriterParts {
  readonly chain: string;
  readonly tail: Tail;
  readonly end: ChainEnd;
  readonly log: Log;
  readonly limits: WriterLimits;
  /** Called when a file was begun. */
  readonly onFile: () => void;
}

/** What a record must be before its writing counts as done: handed to the system, or on the disk. */
type Durability = "written" | "synced";

/** Links records into the chain and writes them, all that has gathered at once. */
export interface Writer {
  /** `state` makes the record, without its position; if it throws, this record alone is refused. */
  readonly append: (
    state: () => Stated,
    durability: Durability,
  ) => Promise<Outcome<void, AuditFailure>>;
  /** Signs the chain as it stands. */
  readonly checkpoint: () => void;
  /** Whether a record would be taken now. */
  readonly works: () => boolean;
  /** Settles when a sync has failed. */
  readonly broken: Promise<AuditFailure>;
  /** Writes and syncs what waits, signs it, and closes the file. False where a call to the system never came back. */
  readonly close: () => Promise<boolean>;
}

interface Waiting {
  readonly make: Make;
  readonly durability: Durability;
  readonly settle: (outcome: Outcome<Head, AuditFailure>) => void;
}

interface Written extends Waiting {
  readonly linked: Linked;
}

type Step = Promise<Outcome<void, Stop>>;

/** A writer at the end of a chain. */
export function createWriter({ chain, tail, end, log, limits, onFile }: WriterParts): Writer {
  // Records of many requests are written at once.
  const outside = createOutside();
  const broken = Promise.withResolvers<AuditFailure>();
  let waiting: Waiting[] = [];
  let writing: readonly Waiting[] = [];
  let running: Promise<void> | null = null;
  let timer: NodeJS.Timeout | null = null;
  let syncDue = false;
  let stopped: Stop | null = null;
  let closing = false;
  let makes = true;

  function append(state: () => Stated, durability: Durability): ReturnType<Writer["append"]> {
    if (stopped !== null) return Promise.resolve(failed(stopped.failure));
    if (closing) return Promise.resolve(refused("the audit trail is closed"));
    if (waiting.length >= limits.queue) return Promise.resolve(refused(full()));
    const { promise, resolve } = Promise.withResolvers<Outcome<void, AuditFailure>>();
    const settle: Waiting["settle"] = (outcome) => resolve(outcome.ok ? done(undefined) : outcome);
    waiting.push({ make: state, durability, settle });
    running ??= outside(drain);
    return promise;
  }

  async function drain(): Promise<void> {
    // What else is appended in this turn joins the first batch.
    await Promise.resolve();
    while (stopped === null && (waiting.length > 0 || syncDue)) {
      const turns = waiting.length > 0 && end.turns();
      const step = await (turns ? turn() : put(waiting.splice(0, limits.batch)));
      if (!step.ok) stop(step.failure);
    }
    running = null;
  }

  async function turn(): Step {
    const closed = await (end.sealed() ? tail.sync() : put([seal()]));
    if (!closed.ok) return closed;
    const [bytes, { name }] = [tail.bytes(), tail.file()];
    const turned = await tail.turn();
    if (turned.ok) end.turned(bytes, name);
    return turned;
  }

  async function put(batch: readonly Waiting[]): Step {
    const opens = batch.length > 0 && end.opens();
    const written = linked(opens ? [opening, ...batch] : batch);
    writing = written;
    const put = await tail.write(Buffer.concat(written.map((one) => one.linked.line)));
    if (!put.ok) return put;
    for (const one of written) end.took(one.linked);
    settle(written, "written");
    if (syncDue || written.some(({ durability }) => durability === "synced")) {
      const synced = await tail.sync();
      if (!synced.ok) return synced;
      stopTimer();
      syncDue = false;
      settle(written, "synced");
    } else {
      timer ??= setTimeout(() => {
        syncDue = true;
        running ??= outside(drain);
      }, limits.syncWithinMs);
    }
    writing = [];
    if (opens) onFile();
    return done(undefined);
  }

  /** As many as the file takes: the rest waits on. */
  function linked(batch: readonly Waiting[]): readonly Written[] {
    const written: Written[] = [];
    let head = end.head();
    let bytes = tail.bytes();
    for (const [at, one] of batch.entries()) {
      const next = end.link(one.make, head);
      makes = next.ok;
      if (!next.ok) {
        one.settle(next);
        continue;
      }
      written.push({ ...one, linked: next.value });
      ({ head } = next.value);
      bytes += next.value.line.length;
      if (!end.fills(bytes, one.make)) continue;
      waiting.unshift(...batch.slice(at + 1));
      break;
    }
    return written;
  }

  /** What the log says of it is the cheapest anchor: logs are shipped elsewhere. */
  function seal(): Waiting {
    const settle: Waiting["settle"] = (outcome) => {
      if (outcome.ok) log.info("audit checkpoint", { chain, ...outcome.value });
    };
    return { make: end.checkpoint, durability: "synced", settle };
  }

  const opening: Waiting = { make: end.opener, durability: "synced", settle: () => {} };

  function stop(why: Stop): void {
    stopped = why;
    stopTimer();
    for (const { settle: settleOne } of [...writing, ...waiting]) settleOne(failed(why.failure));
    writing = [];
    waiting = [];
    log.error(STOPPED[why.reason], { chain, detail: why.failure.detail });
    if (why.reason === "not_synced") broken.resolve(why.failure);
    if (why.reason === "not_written" && !closing) {
      timer = setTimeout(() => {
        running ??= mend();
      }, limits.mendMs).unref();
    }
  }

  /** The end is made whole, and a checkpoint shows whether the disk takes records again. */
  async function mend(): Promise<void> {
    const mended = await tail.mend();
    const shown = mended.ok ? await put([seal()]) : mended;
    if (shown.ok) {
      stopped = null;
      log.warn("the audit trail is written again", { chain });
    } else stop(shown.failure);
    running = null;
  }

  function stopTimer(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
  }

  function full(): string {
    return `${limits.queue} audit records wait for ${chain}/${tail.file().name}; try again when its disk has caught up`;
  }

  async function close(): Promise<boolean> {
    closing = true;
    syncDue = true;
    await (running ??= drain());
    stopTimer();
    if (stopped === null && end.head().seq > 0 && !end.sealed()) waiting.push(seal());
    await (running ??= drain());
    return tail.close();
  }

  return {
    append,
    checkpoint: () => {
      if (stopped !== null || closing || waiting.length >= limits.queue) return;
      waiting.push(seal());
      running ??= outside(drain);
    },
    works: () => stopped === null && makes && waiting.length < limits.queue,
    broken: broken.promise,
    close,
  };
}

const STOPPED: Readonly<Record<Stop["reason"], string>> = {
  not_written:
    "the audit trail cannot be written; every call is refused until its disk takes records again",
  not_synced: "the audit trail is broken: nobody knows what is on its disk",
  stalled: "the audit trail is stuck; every call is refused until a restart",
};

function settle(written: readonly Written[], reached: Durability): void {
  for (const one of written) {
    if (one.durability === reached) one.settle(done(one.linked.head));
  }
}

function refused(detail: string): Outcome<never, AuditFailure> {
  return failed({ reason: "audit_unavailable", detail });
}
