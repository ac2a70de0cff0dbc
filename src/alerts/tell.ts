import { isoOf } from "../lib/clock.ts";
import type { Audit } from "../audit/types.ts";
import type { Alert } from "../decision/types.ts";
import { asObject, type JsonObject } from "../lib/json.ts";
import type { Log } from "../lib/log.ts";
import type { Redactor } from "../lib/redact.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import type { Alerts, KeptAlert } from "../store/types.ts";
import { MAX_OF_A_CODE } from "./quiet.ts";
import type { Sighting } from "./types.ts";

/** What telling is made of. */
export interface TellParts {
  readonly audit: Pick<Audit, "event">;
  readonly outbox: Pick<Alerts, "keep">;
  /** An organisation's policies can write into a channel or a code what a caller sent. */
  readonly redact: Redactor["text"];
  readonly newId: () => string;
  readonly log: Log;
}

/** An alert, what it was judged by, and when. */
export interface Told {
  readonly alert: Alert;
  readonly sighting: Sighting;
  readonly nowMs: number;
  /** Where it is sent as well: in how many milliseconds at the earliest, and after how many it may be repeated. */
  readonly sent: { readonly inMs: number; readonly repeatMs: number } | null;
}

/** What was kept to be sent; null where nothing is. */
type Kept = Outcome<KeptAlert | null, string>;

/** Tells an alert: a line in the log, a record of the trail, and what is sent. The failure says what it did not reach. */
export type Tell = (told: Told) => Promise<Kept>;

const FULL = "as many with its code wait to be delivered, or were just now, as a person can read";

/** Tells by these parts. */
export function createTell({ audit, outbox, redact, newId, log }: TellParts): Tell {
  return async (seen) => {
    const told = redacted(seen, redact);
    const { alert, sighting } = told;
    const id = newId();
    const facts = { id, ...factsOf(alert, sighting) };
    const say = alert.severity === "critical" ? log.error : log.warn;
    say(`alert: ${alert.message}`, facts);
    const kept = await keep(id, told);
    if (!kept.ok) log.error("an alert cannot be kept", { alert: id, detail: kept.failure });
    const recorded = await audit.event({ event: "alert", result: "success", facts });
    if (recorded.ok) return kept;
    log.error("an alert cannot be recorded", { alert: id, ...recorded.failure });
    return failed(recorded.failure.detail);
  };

  async function keep(id: string, { alert, sighting, nowMs, sent }: Told): Promise<Kept> {
    if (sent === null) return done(null);
    const message: KeptAlert = {
      id,
      code: alert.code,
      key: alert.key,
      body: bodyOf(alert, sighting, nowMs),
      created_ms: nowMs,
      quiet_ms: nowMs + sent.repeatMs,
      due_ms: nowMs + sent.inMs,
    };
    // One more: all that are too many are one.
    const kept = await outbox.keep(message, MAX_OF_A_CODE + 1);
    if (!kept.ok) return failed(kept.failure.detail);
    if (kept.value === "full") return failed(FULL);
    // Another process told it, too.
    return done(kept.value === "kept" ? message : null);
  }
}

function redacted({ alert, sighting, ...told }: Told, redact: Redactor["text"]): Told {
  const { message, key } = alert;
  return {
    ...told,
    alert: { ...alert, message: redact(message), key: redact(key) },
    sighting: { ...sighting, codes: sighting.codes.map(redact) },
  };
}

/** Standard Webhooks 1.0.0, "Payload structure". */
function bodyOf(alert: Alert, sighting: Sighting, nowMs: number): string {
  const timestamp = isoOf(nowMs);
  return JSON.stringify({ type: `alert.${alert.code}`, timestamp, data: factsOf(alert, sighting) });
}

function factsOf({ code, severity, message, key }: Alert, sighting: Sighting): JsonObject {
  const { id, action, tool, source, credential, codes, failures } = sighting;
  return asObject({
    ...{ code, severity, message, key },
    ...{ decision_id: id, action, tool, source, credential_id: credential.id, codes, failures },
  });
}
