import { RateLimiterMemory } from "rate-limiter-flexible";
import { sourceOf } from "../lib/address.ts";
import type { ClientAddress } from "./http-address.ts";

/** Failed authentications of one source in a minute; then it waits. */
export const FAILURES_A_MINUTE = 20;

/** Slows down sources that fail to authenticate. It never locks a credential: their ids are public. */
export interface Throttle {
  /** Seconds that a source has to wait; null where it does not. */
  readonly waits: (address: ClientAddress) => Promise<number | null>;
  readonly failed: (address: ClientAddress) => Promise<void>;
  /** How many sources wait now. */
  readonly waiting: () => number;
}

/** Counts in this process. */
export function createThrottle(): Throttle {
  const limiter = new RateLimiterMemory({ points: FAILURES_A_MINUTE, duration: 60 });
  const waiting = new Set<string>();
  return {
    waits: async (address) => {
      const counted = await limiter.get(sourceOfClient(address));
      if (counted === null || counted.consumedPoints < FAILURES_A_MINUTE) return null;
      return Math.max(1, Math.ceil(counted.msBeforeNext / 1000));
    },
    failed: async (address) => {
      const key = sourceOfClient(address);
      const { consumedPoints, msBeforeNext } = await limiter.penalty(key);
      if (consumedPoints < FAILURES_A_MINUTE || waiting.has(key)) return;
      waiting.add(key);
      setTimeout(() => waiting.delete(key), msBeforeNext).unref();
    },
    waiting: () => waiting.size,
  };
}

/** The source of a request. One that hides behind a hop that nobody can read is the proxy that let it in. */
export function sourceOfClient({ ip, peer_ip }: ClientAddress): string {
  const address = ip ?? peer_ip;
  return address === null ? "unknown" : sourceOf(address);
}
