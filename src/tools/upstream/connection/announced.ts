import type { Clock } from "../../../lib/clock.ts";
import type { UpstreamLimits } from "../limits.ts";
import { createBackOff } from "./back-off.ts";

/** Calls back once after so many milliseconds; what it gives calls that off. */
export type After = (ms: number, run: () => void) => () => void;

/** Reads what an upstream has; null where that was read, or else why not. */
export type ReadAgain = () => Promise<string | null>;

/** What an upstream announced, and how much of it is known. */
export interface Announced {
  /** Notes that it says that it changed. */
  readonly note: () => void;
  /** Whether everything that was announced has been read. */
  readonly isKnown: () => boolean;
  /** For how long nothing is read, not even where somebody calls. */
  readonly restMs: () => number;
  /** Reads over a new connection, after the reading that is under way; throws what that throws. */
  readonly first: (list: () => Promise<void>) => Promise<void>;
  /** The reading that is under way, or else this one. */
  readonly read: (readAgain: ReadAgain) => Promise<string | null>;
  /** Nothing is due any more. */
  readonly stop: () => void;
}

/**
 * One reading at a time. Each may be kept, recorded and told to every client, so one that goes on to announce changes
 * is read after pauses that grow, as for one that fails, and that are at least as long as the reading before took;
 * after it was quiet for `steadyMs` as soon as things have settled. Whoever calls has it read at once where it has not
 * been read during the last pause, or that is shorter than `restMs`.
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
  let reading: Promise<string | null> | null = null;
  let callOff: (() => void) | null = null;
  let stopped = false;
  let pauseMs = 0;
  let last = { tookMs: 0, endedMs: Number.NEGATIVE_INFINITY };
  return {
    note: () => {
      announced += 1;
      plan();
    },
    isKnown: () => known === announced,
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
    pauseMs = Math.max(last.tookMs, backOff.waitAfter(stopwatch() - last.endedMs));
    callOff = after(pauseMs, () => {
      callOff = null;
      onDue();
    });
  }

  async function first(list: () => Promise<void>): Promise<void> {
    await reading;
    await begin(async () => {
      await list();
      return null;
    });
  }

  function begin(readAgain: ReadAgain): Promise<string | null> {
    callOffDue();
    reading = run(readAgain);
    return reading;
  }

  async function run(readAgain: ReadAgain): Promise<string | null> {
    const at = announced;
    try {
      const whyNot = await readAgain();
      if (whyNot === null) known = at;
      return whyNot;
    } finally {
      reading = null;
      plan();
    }
  }

  async function timed(readAgain: ReadAgain): Promise<string | null> {
    const sinceMs = stopwatch();
    const whyNot = await readAgain();
    const endedMs = stopwatch();
    last = { tookMs: endedMs - sinceMs, endedMs };
    return whyNot;
  }

  function callOffDue(): void {
    callOff?.();
    callOff = null;
  }
}
