import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { createCount } from "../../src/alerts/count.ts";
import { createTell, type Told } from "../../src/alerts/tell.ts";
import type { Seen } from "../../src/alerts/types.ts";
import type { AuditedEvent } from "../../src/audit/types.ts";
import type { Alert } from "../../src/decision/types.ts";
import { done, failed } from "../../src/lib/outcome.ts";
import type { Store } from "../../src/store/types.ts";
import { storeIn, valueOf } from "../store/place.ts";
import { folderFor } from "../support/server.ts";
import { EMPTY_FACTS, NOON } from "../support/world.ts";

const ALERT: Alert = { code: "a.b", severity: "critical", message: "Look.", key: "k" };
const SEEN: Seen = {
  what: "decision",
  ...{
    id: "d1",
    action: "tools/call",
    tool: "kubectl",
    allow: false,
    codes: ["c.d"],
    source: "10.1.2.3",
  },
  credential: { status: "verified", id: "k1" },
};
const TOLD: Told = {
  alert: ALERT,
  sighting: createCount()(SEEN, NOON, EMPTY_FACTS.defaults.alerts),
  nowMs: NOON,
  sent: { inMs: 0, repeatMs: 1000 },
};
const FACTS = {
  ...{
    ...ALERT,
    decision_id: "d1",
    action: "tools/call",
    tool: "kubectl",
    source: "10.1.2.3",
    credential_id: "k1",
  },
  ...{ codes: ["c.d"], failures: 0 },
};
const BROKEN = failed({ reason: "audit_unavailable", detail: "the disk is full" } as const);

/** A way over a store of its own, and what was said on it. */
async function telling(context: TestContext, { auditBroken = false } = {}) {
  const stateDir = await folderFor(context);
  const store: Store = await storeIn(context, { postgres: null, stateDir });
  const said: (readonly [string, string])[] = [];
  const events: AuditedEvent[] = [];
  const say = (level: string) => (line: string) => void said.push([level, line]);
  let ids = 0;
  const tell = createTell({
    audit: {
      event: async (event) => {
        events.push(event);
        return auditBroken ? BROKEN : done(undefined);
      },
    },
    outbox: store.alerts,
    redact: (text) => text.replaceAll("canary", "[REDACTED]"),
    newId: () => `id${(ids += 1)}`,
    log: { debug: say("debug"), info: say("info"), warn: say("warn"), error: say("error") },
  });
  const waiting = async () => valueOf(await store.alerts.take({ nowMs: NOON, untilMs: NOON + 1 }));
  return { store, tell, said, events, waiting };
}

test("an alert is a line in the log, a record of the trail, and a message that waits", async (context) => {
  const { tell, said, events, waiting } = await telling(context);
  assert.equal((await tell(TOLD)).ok, true);
  assert.deepEqual(said, [["error", "alert: Look."]]);
  const facts = { id: "id1", ...FACTS };
  assert.deepEqual(events, [{ event: "alert", result: "success", facts }]);
  const kept = await waiting();
  assert.equal(kept?.id, "id1");
  assert.deepEqual(JSON.parse(kept?.body ?? ""), {
    ...{ type: "alert.a.b", timestamp: "2026-11-23T12:00:00.000Z", data: FACTS },
  });
});

test("a secret that policies took over from a caller is neither logged nor recorded nor sent", async (context) => {
  const { store, tell, said, events } = await telling(context);
  await tell({
    ...TOLD,
    alert: { ...ALERT, message: "Notify canary.", key: "canary k1" },
    sighting: { ...TOLD.sighting, codes: ["organisation.canary"] },
  });
  const kept = valueOf(await store.alerts.take({ nowMs: NOON, untilMs: NOON + 1 }));
  const written = JSON.stringify([said, events, kept]);
  assert.match(written, /Notify \[REDACTED\]\./);
  assert.doesNotMatch(written, /canary/);
});

test("a warning is one in the log too", async (context) => {
  const { tell, said } = await telling(context);
  await tell({ ...TOLD, alert: { ...ALERT, severity: "warning" } });
  assert.deepEqual(said, [["warn", "alert: Look."]]);
});

test("without a webhook nothing waits", async (context) => {
  const { tell, events, waiting } = await telling(context);
  assert.deepEqual(await tell({ ...TOLD, sent: null }), done(null));
  assert.equal(events.length, 1);
  assert.equal(await waiting(), null);
});

test("what another process told lately waits once", async (context) => {
  const { tell, events, waiting } = await telling(context);
  await tell(TOLD);
  assert.deepEqual(await tell(TOLD), done(null));
  assert.equal(events.length, 2);
  assert.equal((await waiting())?.id, "id1");
  assert.equal(await waiting(), null);
});

test("where the trail cannot be written, the alert waits all the same", async (context) => {
  const { tell, said, waiting } = await telling(context, { auditBroken: true });
  assert.deepEqual(await tell(TOLD), failed("the disk is full"));
  assert.deepEqual(said, [
    ["error", "alert: Look."],
    ["error", "an alert cannot be recorded"],
  ]);
  assert.equal((await waiting())?.id, "id1");
});

test("where the store is away, the alert is logged and recorded all the same", async (context) => {
  const { store, tell, said, events } = await telling(context);
  await store.close();
  assert.equal((await tell(TOLD)).ok, false);
  assert.deepEqual(said, [
    ["error", "alert: Look."],
    ["error", "an alert cannot be kept"],
  ]);
  assert.equal(events.length, 1);
});

test("an alert that finds the outbox full is not told", async (context) => {
  const { store, tell, said } = await telling(context);
  for (let at = 0; at <= 100; at += 1) {
    await tell({ ...TOLD, alert: { ...ALERT, key: `k${at}` } });
  }
  said.length = 0;
  assert.equal((await tell({ ...TOLD, alert: { ...ALERT, key: "one more" } })).ok, false);
  assert.deepEqual(said, [
    ["error", "alert: Look."],
    ["error", "an alert cannot be kept"],
  ]);
  // What waits is delivered, and is quiet no more.
  for (let at = 0; at <= 100; at += 1) {
    const taken = valueOf(await store.alerts.take({ nowMs: NOON, untilMs: NOON + 60_000 }));
    await store.alerts.over(taken ?? assert.fail(), NOON);
  }
  const later = { ...TOLD, nowMs: NOON + 1001, alert: { ...ALERT, key: "one more" } };
  assert.equal((await tell(later)).ok, true);
});
