// Keeps in memory which runners the cloud has and how they are, so that nobody ever waits for it. What is too
// old counts as unknown.

import type { Kubiya, KubiyaFailure } from "../kubiya/types.ts";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import { done, type Outcome } from "../lib/outcome.ts";
import { isCloudName } from "./cloud-name.ts";
import type { KnownRunner } from "./types.ts";

/** What knowing the cloud's runners takes. */
export interface KnownParts {
  readonly kubiya: Pick<Kubiya, "runners" | "runnerHealth">;
  /** Milliseconds that only go forward. */
  readonly stopwatch: Clock;
  /** Calls later, unless it is called off. */
  readonly after: (ms: number, run: () => void) => () => void;
  readonly log: Log;
  /** Another runner is there, or one's health is another. */
  readonly onChange: () => void;
}

/** The cloud's runners as they were last heard of, heard of again and again until it is stopped. */
export interface Known {
  readonly runners: () => readonly KnownRunner[];
  /** Settles when nothing is asked any more. */
  readonly stop: () => Promise<void>;
}

/** A runner that was asked about. */
interface Heard {
  readonly healthy: boolean | null;
  readonly atMs: number;
}

const PAUSE_MS = 30_000;
/** All requests of one round. */
const ROUND_MS = 15_000;
/** One round may fail, and the next one is not over yet: no health is older than 90 s. */
const KEPT_MS = 60_000;
const AT_ONCE = 4;
/** Of more, nobody knows the health. */
const MOST_RUNNERS = 200;

/** Begins to ask at once, and waits for nothing. */
export function createKnown({ kubiya, stopwatch, after, log, onChange }: KnownParts): Known {
  const stopped = new AbortController();
  let heard: ReadonlyMap<string, Heard> = new Map();
  let told = "[]";
  let callOff = (): void => {};
  let failing = false;
  let round = ask();

  return {
    runners,
    stop: async () => {
      stopped.abort();
      callOff();
      await round;
    },
  };

  function runners(): readonly KnownRunner[] {
    const oldest = stopwatch() - KEPT_MS;
    return [...heard].map(([name, { healthy, atMs }]) => ({
      name,
      healthy: atMs < oldest ? null : healthy,
    }));
  }

  async function ask(): Promise<void> {
    const signal = AbortSignal.any([stopped.signal, AbortSignal.timeout(ROUND_MS)]);
    const listed = await hear(signal);
    if (stopped.signal.aborted) return;
    tellLog(listed);
    const now = JSON.stringify(runners());
    if (now !== told) {
      told = now;
      onChange();
    }
    callOff = after(PAUSE_MS, () => {
      round = ask();
    });
  }

  async function hear(signal: AbortSignal): Promise<Outcome<void, KubiyaFailure>> {
    const listed = await kubiya.runners({ signal });
    if (!listed.ok) return listed;
    const names = [...new Set(listed.value.map(({ name }) => name))].filter(isCloudName);
    const before = heard;
    const now = new Map<string, Heard>();
    for (const name of names) {
      now.set(name, before.get(name) ?? { healthy: null, atMs: stopwatch() });
    }
    const waiting = names.slice(0, MOST_RUNNERS).values();
    const askNext = async (): Promise<void> => {
      for (const name of waiting) {
        const atMs = stopwatch();
        const health = await kubiya.runnerHealth(name, { signal });
        if (health.ok) now.set(name, { healthy: health.value.healthy, atMs });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, askNext));
    heard = now;
    return done(undefined);
  }

  /** Once when it begins to fail, once when it is over. */
  function tellLog(listed: Outcome<void, KubiyaFailure>): void {
    if (failing === !listed.ok) return;
    failing = !listed.ok;
    if (listed.ok) return log.info("the Kubiya cloud says again how its runners are");
    log.warn("the Kubiya cloud does not say how its runners are: soon nobody knows", {
      ...listed.failure,
    });
  }
}
