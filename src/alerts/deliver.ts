import type { AlertSetting } from "../config/types.ts";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import { createOutside } from "../lib/outside.ts";
import type { Alerts, TakenAlert } from "../store/types.ts";
import type { Send } from "./send.ts";

/** Delivers what waits in the outbox, whichever process left it there. */
export interface Delivery {
  /** There may be something to deliver. */
  readonly ring: () => void;
  /** Takes no more, and breaks off what is under way: it waits for the next start. */
  readonly close: () => Promise<void>;
}

/** What delivering is made of. */
export interface DeliveryParts {
  readonly outbox: Pick<Alerts, "take" | "again" | "over">;
  readonly send: Send;
  /** Null: nowhere. Asked before each attempt, as a reload may change it. */
  readonly webhook: () => AlertSetting | null;
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly log: Log;
}

/** Another process looks at what this one took after so long; far longer than an attempt may take. */
const LEASE_MS = 15_000;
/** Others leave alerts in the outbox without a word. */
const POLL_MS = 5_000;
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 10 * 60_000;
/** Nobody wants to hear of it any more; also of what waited while there was no webhook. */
const MAX_AGE_MS = 24 * 60 * 60_000;

/** Delivers until it is closed. */
export function createDelivery(parts: DeliveryParts): Delivery {
  const { outbox, send, webhook, clock, random, log } = parts;
  const outside = createOutside();
  const closing = new AbortController();
  let running: Promise<void> | null = null;
  let again = false;
  let timer: NodeJS.Timeout | undefined;
  ring();
  return {
    ring,
    close: async () => {
      closing.abort();
      clearTimeout(timer);
      await running;
    },
  };

  function ring(): void {
    again = true;
    clearTimeout(timer);
    if (!closing.signal.aborted) running ??= outside(() => drain().finally(rest));
  }

  function rest(): void {
    running = null;
    if (again) ring();
  }

  async function drain(): Promise<void> {
    again = false;
    let nextMs = POLL_MS;
    for (let to = webhook(); to !== null && !closing.signal.aborted; to = webhook()) {
      const nowMs = clock();
      const taken = await outbox.take({ nowMs, untilMs: nowMs + LEASE_MS });
      if (!taken.ok) log.error("alerts cannot be taken from the outbox", { ...taken.failure });
      if (!taken.ok || taken.value === null) break;
      nextMs = Math.min(nextMs, await deliver(taken.value, to));
    }
    if (closing.signal.aborted) return;
    timer = setTimeout(ring, nextMs);
    timer.unref();
  }

  /** Attempts it once; in how many milliseconds somebody should look again. */
  async function deliver(alert: TakenAlert, to: AlertSetting): Promise<number> {
    const { id, attempts, created_ms: createdMs } = alert;
    if (clock() - createdMs > MAX_AGE_MS) {
      log.error("an alert is given up", { alert: id, attempts: attempts - 1 });
      told(await outbox.over(alert, clock()));
      return POLL_MS;
    }
    const sent = await send(alert, to, closing.signal);
    const facts = { alert: id, attempts, ...sent };
    if (sent.result === "delivered") {
      log.info("an alert was delivered", facts);
      told(await outbox.over(alert, clock()));
      return POLL_MS;
    }
    const longest = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (attempts - 1));
    const waitMs = Math.ceil(longest * (0.5 + random() / 2));
    log.warn("an alert cannot be delivered yet", { ...facts, waitMs });
    told(await outbox.again(alert, clock() + waitMs));
    return waitMs;
  }

  /** Where that cannot be kept, the alert is delivered twice rather than never. */
  function told(kept: Awaited<ReturnType<Alerts["over"]>>): void {
    if (!kept.ok) log.error("what became of an alert cannot be kept", { ...kept.failure });
  }
}
