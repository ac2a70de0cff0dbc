import { RateLimiterMemory } from "rate-limiter-flexible";
import type { RateLimit } from "../config/types.ts";
import { sourceOf } from "../lib/address.ts";
import type { Arrived } from "./types.ts";

/** Counts a request of its caller, and gives the seconds that it has to wait; null where it need not. */
export type Pace = (arrived: Arrived) => Promise<number | null>;

/** Counts in this process, whatever the requests ask for. */
export function createPace(): Pace {
  let counting: Counting | null = null;
  return async ({ snapshot, circumstances }) => {
    const { rate } = snapshot.world.config.limits;
    if (rate === null) return null;
    if (counting === null || !isSame(counting.rate, rate)) counting = countingOf(rate);
    const { consumedPoints, msBeforeNext } = await counting.limiter.penalty(nameOf(circumstances));
    return consumedPoints <= rate.burst ? null : Math.max(1, Math.ceil(msBeforeNext / 1000));
  };
}

/** What is counted under one limit; another limit begins anew. */
interface Counting {
  readonly rate: RateLimit;
  readonly limiter: RateLimiterMemory;
}

/** As many at once as the burst, and no more until the rate would have let as many through. */
function countingOf(rate: RateLimit): Counting {
  const duration = rate.burst / rate.per_second;
  return { rate, limiter: new RateLimiterMemory({ points: rate.burst, duration }) };
}

function isSame(one: RateLimit, other: RateLimit): boolean {
  return one.per_second === other.per_second && one.burst === other.burst;
}

/** A user where it is: who has a key of its that ended slows down nobody at another address. */
function nameOf({ caller, client }: Arrived["circumstances"]): string {
  const { kind, id } = caller.principal;
  return JSON.stringify([kind, id, client.ip === null ? null : sourceOf(client.ip)]);
}
