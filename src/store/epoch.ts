// On the trust boundary: what makes a revocation reach this process. It never answers with an epoch that
// could be older than 5 s, however the server, the network or the notifications fail.

import type { Client } from "pg";
import type { Clock } from "../lib/clock.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { createBell } from "./bell.ts";
import { EPOCH } from "./counters.ts";
import type { PostgresFailure } from "./postgres-failure.ts";
import { numberOf } from "./rows.ts";
import type { StoreFailure } from "./types.ts";

/** Follows the epoch. */
export interface EpochWatch {
  readonly epoch: () => Outcome<number, StoreFailure>;
  /** This process moved it. */
  readonly moved: (epoch: number) => void;
  readonly close: () => Promise<void>;
}

/** An epoch, and when it was asked for: it is not older than that. */
interface Known {
  readonly epoch: number;
  readonly askedAt: number;
}

interface WatchParts {
  readonly first: Known;
  /** A connection that is not open yet. One of its own: a busy pool delays no revocation. */
  readonly createClient: () => Client;
  readonly stopwatch: Clock;
  readonly failure: PostgresFailure;
}

/** What a moved epoch is announced on. An announcement says nothing but: ask now. */
export const CHANNEL = "kubiya_epoch";

const POLL_MS = 1000;
const STALE_MS = 5000;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 1600;

/** Asks at each announcement, and every second in case that one is lost. */
export function watchEpoch({ first, createClient, stopwatch, failure }: WatchParts): EpochWatch {
  const closing = new AbortController();
  let known = first;
  let movedSinceAsked = 0;
  let lost = failure("reach", new Error("no answer for 5 s"));
  let retryMs = FIRST_RETRY_MS;
  let client: Client | null = null;
  let bell = createBell();
  const watched = watch();

  return {
    epoch: () => (stopwatch() - known.askedAt < STALE_MS ? done(known.epoch) : failed(lost)),
    moved: (epoch) => {
      movedSinceAsked = Math.max(movedSinceAsked, epoch);
      known = { ...known, epoch: Math.max(known.epoch, epoch) };
    },
    close: () => {
      closing.abort();
      hangUp();
      bell.ring();
      return watched;
    },
  };

  async function watch(): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        client = createClient();
        await follow(client);
      } catch (error) {
        lost = failure("reach", error);
      }
      hangUp();
      if (closing.signal.aborted) return;
      // A new one: that the old connection ended must not end this wait.
      bell = createBell();
      await bell.wait(retryMs);
      retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
    }
  }

  /** Until the connection ends. Connecting and asking have the time limits of the client. */
  async function follow(client: Client): Promise<void> {
    const ended = new AbortController();
    const { ring } = bell;
    const end = (): void => {
      ended.abort();
      ring();
    };
    client.on("notification", ring);
    client.on("error", (error) => {
      lost = failure("reach", error);
      end();
    });
    client.on("end", end);
    await client.connect();
    await client.query(`LISTEN ${CHANNEL}`);
    while (!ended.signal.aborted && !closing.signal.aborted) {
      await ask(client);
      await bell.wait(POLL_MS);
    }
  }

  /**
   * The answer is taken as it is, also where it is lower: that is a database that was put back. But not
   * where it may be from before this process moved the epoch.
   */
  async function ask(client: Client): Promise<void> {
    const askedAt = stopwatch();
    movedSinceAsked = 0;
    const { rows } = await client.query<Readonly<Record<string, unknown>>>(EPOCH.sql);
    const answer = numberOf(rows);
    if (answer.ok) {
      known = { epoch: Math.max(answer.value, movedSinceAsked), askedAt };
      retryMs = FIRST_RETRY_MS;
    } else {
      lost = answer.failure;
    }
  }

  /** At once, as a goodbye to a server that is gone would be waited for. */
  function hangUp(): void {
    client?.connection.stream.destroy();
  }
}
