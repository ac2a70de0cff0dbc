import type { Clock } from "../../../lib/clock.ts";
import { done, type Outcome } from "../../../lib/outcome.ts";
import type { UpstreamLimits } from "../limits.ts";
import { createBackOff } from "./back-off.ts";

/** Calls back once after so many milliseconds; what it gives calls that off. */
export type After = (ms: number, run: () => void) => () => void;

/** Reads what an upstream has; for how many milliseconds that may be relied on, or else why it was not read. */
export type ReadAgain = () => Promise<Outcome<number, string>>;

/** What an upstream announced, and how much of it is known; for a while, as an announcement may never come. */
export interface Announced {
  /** Notes that it says that it changed. */
  readonly note: () => void;
  /** Whether everything that was announced has been read, and what was read is not stale. */
  readonly isKnown: () => boolean;
  /** For how long nothing is read, not even where somebody calls. */
  readonly restMs: () => number;
  /** Reads over a new connection, after the reading that is under way; throws what that throws. */
  readonly first: (list: () => Promise<number>) => Promise<void>;
  /** The reading that is under way, or else this one. */
  readonly read: (readAgain: ReadAgain) => ReturnType<ReadAgain>;
  /** Nothing is due any more. */
  readonly stop: () => void;
}

/**
 * One reading at a time. Each may be kept, recorded and told to every client, so one that goes on to announce changes
 * is read after pauses that grow, as for one that fails, and that are at least as long as the reading before took;
 * after it was quiet for `steadyMs` as soon as things have settled. Whoever calls has it read at once where it has not
 * been read during the last pause, or that is shorter than `restMs`. What is stale is due for whoever calls and for
 * nobody else; where that reading fails, the pauses grow as well.
 */
export function createAnnounced({
  limits: { settleMs, restMs: boundMs, lastRetryMs, steadyMs },
  stopwatch,
  after,
  onDue,
}: {
  readonly limits: UpstreamLimits;
  readonly stopwatch: Clock;
  readonly after: After;
  /** Called when what was announced is to be read: `read` does. */
  readonly onDue: () => void;
}): Announced {
  const pauses = { firstMs: settleMs, lastMs: lastRetryMs, steadyMs };
  const backOff = createBackOff(pauses, () => 0);
  let announced = 0;
  let known = 0;
  let reading: ReturnType<ReadAgain> | null = null;
  let staleAtMs = Number.POSITIVE_INFINITY;
  let callOff: (() => void) | null = null;
  let stopped = false;
  let pauseMs = 0;
  let last = { tookMs: 0, endedMs: Number.NEGATIVE_INFINITY };
  return {
    note: () => {
      announced += 1;
      plan();
    },
    isKnown: () => known === announced && stopwatch() < staleAtMs,
    restMs: () => {
      if (reading !== null || pauseMs < boundMs) return 0;
      return Math.max(0, Math.ceil(last.endedMs + pauseMs - stopwatch()));
    },
    first,
    read: (readAgain) => reading ?? begin(() => timed(readAgain)),
    stop: () => {
      stopped = true;
      callOffDue();
    },
  };

  function plan(): void {
    if (stopped || known === announced || reading !== null || callOff !== null) return;
    pauseMs = pauseAfter(stopwatch() - last.endedMs);
    callOff = after(pauseMs, () => {
      callOff = null;
      onDue();
    });
  }

  function pauseAfter(quietMs: number): number {
    return Math.max(last.tookMs, backOff.waitAfter(quietMs));
  }

  async function first(list: () => Promise<number>): Promise<void> {
    await reading;
    await begin(async () => done(await list()));
  }

  function begin(readAgain: ReadAgain): ReturnType<ReadAgain> {
    callOffDue();
    reading = run(readAgain);
    return reading;
  }

  async function run(readAgain: ReadAgain): ReturnType<ReadAgain> {
    const at = announced;
    try {
      const read = await readAgain();
      if (read.ok) {
        known = at;
        staleAtMs = stopwatch() + read.value;
        pauseMs = 0;
      }
      return read;
    } finally {
      reading = null;
      plan();
    }
  }

  async function timed(readAgain: ReadAgain): ReturnType<ReadAgain> {
    const sinceMs = stopwatch();
    const isByAge = known === announced;
    const read = await readAgain();
    // One that was due by its age alone says nothing of how often changes are announced.
    if (isByAge && read.ok) return read;
    const quietMs = sinceMs - last.endedMs - pauseMs;
    const endedMs = stopwatch();
    last = { tookMs: endedMs - sinceMs, endedMs };
    if (isByAge) pauseMs = pauseAfter(quietMs);
    return read;
  }

  function callOffDue(): void {
    callOff?.();
    callOff = null;
  }
}
