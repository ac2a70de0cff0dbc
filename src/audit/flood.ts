// On the trust boundary: failed authentications cost whoever sends them nothing, and each is a record. So
// many of a minute are recorded one by one; the rest are counted, and the minute ends with one record of them.

import { type Clock, isoOf } from "../lib/clock.ts";
import { done } from "../lib/outcome.ts";
import { createOutside } from "../lib/outside.ts";
import type { Audit, AuditedAction, AuditedEnd } from "./types.ts";

/** A trail that nobody can fill from outside. */
export interface Flood {
  readonly audit: Audit;
  /** A source was told to wait before anybody looked at its request. */
  readonly throttled: (source: string) => void;
  /** Records what was counted and not yet recorded. */
  readonly end: () => Promise<void>;
}

const MINUTE_MS = 60_000;
/** Those that are recorded one by one. */
export const RECORDED_A_MINUTE = 100;
/** Sources and codes that are told apart. */
const MAX_TOLD_APART = 1_000;

/** What was not recorded one by one since `fromMs`. */
interface Minute {
  readonly fromMs: number;
  readonly timer: NodeJS.Timeout;
  recorded: number;
  unrecorded: number;
  throttled: number;
  readonly codes: Map<string, number>;
  readonly sources: Set<string>;
}

/** Counts what is too much for this trail. */
export function createFlood(audit: Audit, clock: Clock): Flood {
  const outside = createOutside();
  let minute: Minute | null = null;

  return {
    throttled: (source) => {
      const counted = count(source);
      counted.throttled += 1;
    },
    audit: {
      ...audit,
      note: async (action, end) => {
        const code = failureOf(action, end);
        if (code === null) return audit.note(action, end);
        const { client } = action.circumstances;
        const counted = count(client.ip ?? client.peer_ip ?? "unknown");
        if (counted.recorded < RECORDED_A_MINUTE) {
          counted.recorded += 1;
          return audit.note(action, end);
        }
        counted.unrecorded += 1;
        const told = counted.codes.has(code) || counted.codes.size < MAX_TOLD_APART;
        if (told) counted.codes.set(code, (counted.codes.get(code) ?? 0) + 1);
        return done(undefined);
      },
    },
    end: sum,
  };

  function count(source: string): Minute {
    minute ??= {
      ...{ fromMs: clock(), recorded: 0, unrecorded: 0, throttled: 0 },
      ...{ codes: new Map(), sources: new Set() },
      timer: outside(() => setTimeout(() => void sum(), MINUTE_MS).unref()),
    };
    if (minute.sources.size < MAX_TOLD_APART) minute.sources.add(source);
    return minute;
  }

  async function sum(): Promise<void> {
    if (minute === null) return;
    const { fromMs, timer, unrecorded, throttled, codes, sources } = minute;
    clearTimeout(timer);
    minute = null;
    if (unrecorded + throttled === 0) return;
    await audit.event({
      event: "authentication",
      result: "failure",
      facts: {
        from: isoOf(fromMs),
        ...{ unrecorded, throttled, sources: sources.size, codes: Object.fromEntries(codes) },
      },
    });
  }
}

/**
 * Why somebody who proved nothing was turned away; null for whatever else was denied. Who proved possession of a
 * secret cannot be one of many, and what such a one tried is always recorded.
 */
function failureOf(
  { circumstances, decision }: AuditedAction,
  { errorCode }: AuditedEnd,
): string | null {
  if (circumstances.caller.credential.status === "verified") return null;
  if (errorCode === "throttle.rate") return errorCode;
  if (decision === null || decision.allow) return null;
  return decision.reasons.find(({ code }) => code.startsWith("credential."))?.code ?? null;
}
