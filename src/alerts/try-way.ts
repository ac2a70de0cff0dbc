import type { AlertSetting } from "../config/types.ts";
import type { Audit } from "../audit/types.ts";
import type { Snapshot } from "../decision/types.ts";
import type { Clock } from "../lib/clock.ts";
import { asObject } from "../lib/json.ts";
import type { Log } from "../lib/log.ts";
import type { Alerts } from "../store/types.ts";
import { createCount } from "./count.ts";
import type { Send } from "./send.ts";
import type { Tell } from "./tell.ts";
import type { Sent, Tested } from "./types.ts";

/** What the way is tried with. */
export interface TryParts {
  readonly snapshot: Snapshot;
  readonly tell: Tell;
  readonly audit: Pick<Audit, "event">;
  readonly outbox: Pick<Alerts, "over">;
  readonly send: Send;
  readonly newId: () => string;
  readonly clock: Clock;
  readonly log: Log;
}

/** Nobody else delivers it meanwhile. */
const HELD_MS = 60_000;

/** Sends a test alert the whole way of an alert, and records what became of it. */
export async function tryWay(parts: TryParts): Promise<Tested> {
  const { snapshot, tell, audit, newId, clock, log } = parts;
  const { config, facts } = snapshot.world;
  const rules = facts.defaults.alerts;
  const nowMs = clock();
  const sighting = createCount()({ what: "test", id: newId() }, nowMs, rules);
  const [alert] = (await snapshot.decide.alerts(asObject(sighting))) ?? [];
  if (alert === undefined) return stopped("the policies did not make an alert of it");
  const webhook = config.alerts;
  const sent = webhook === null ? null : { inMs: HELD_MS, repeatMs: rules.repeat_ms };
  const told = await tell({ alert, sighting, nowMs, sent });
  if (!told.ok) return stopped(told.failure);
  if (webhook === null) return { result: "no_webhook" };
  if (told.value === null) return stopped("a test alert was told just now; wait a while");
  const tested = await deliver(told.value.id, told.value.body, webhook);
  const recorded = await audit.event({
    event: "alert",
    result: tested.result === "delivered" ? "success" : "failure",
    facts: asObject({ id: told.value.id, code: alert.code, ...tested }),
  });
  return recorded.ok ? tested : stopped(recorded.failure.detail);

  /** Once: somebody waits for the answer. */
  async function deliver(id: string, body: string, to: AlertSetting): Promise<Sent> {
    const became = await parts.send({ id, body }, to, new AbortController().signal);
    const over = await parts.outbox.over({ id, body, created_ms: nowMs, attempts: 0 }, clock());
    if (!over.ok) log.error("a server may send the test alert once more", { id, ...over.failure });
    return became;
  }
}

function stopped(detail: string): Tested {
  return { result: "stopped", detail };
}
