import assert from "node:assert/strict";
import { test } from "node:test";
import type { See } from "../../src/alerts/types.ts";
import type { AuditFailure, Trail } from "../../src/audit/types.ts";
import { createAlerts } from "../../src/compose/alerts.ts";
import { watchAudit } from "../../src/compose/ready.ts";
import { buildInput } from "../../src/input/build.ts";
import type { JsonObject } from "../../src/lib/json.ts";
import { done, failed, type Outcome } from "../../src/lib/outcome.ts";
import { redactorOf } from "../support/observed.ts";
import {
  ALLOWED,
  CIRCUMSTANCES,
  decideWith,
  deniedWith,
  NOON,
  snapshotOf,
  stepOf,
  toolboxOf,
} from "../support/world.ts";

const EVENT = { event: "server_start", result: "success", facts: {} } as const;
const FULL: Outcome<never, AuditFailure> = failed({
  ...{ reason: "audit_unavailable", detail: "full" },
});

/** Alerts of a server whose trail fails, each of them told; and what policies were asked. */
function standing() {
  const asked: JsonObject[] = [];
  const logged: string[] = [];
  const toolbox = toolboxOf([], async () => assert.fail("nothing runs"));
  const decide = decideWith(ALLOWED, {
    alerts: async (sighting) => {
      asked.push(sighting);
      return [{ code: "a.b", severity: "critical", message: "Look.", key: "k" }];
    },
  });
  const broken: Omit<Trail, "broken"> = {
    ...{ begin: async () => FULL, note: async () => FULL, event: async () => FULL },
    close: async () => {},
    works: () => false,
  };
  let see: See = () => {};
  const audit = watchAudit(broken, () => see({ what: "failure", part: "audit" }));
  const outbox = {
    keep: async () => done("kept" as const),
    take: async () => done(null),
    again: async () => done(undefined),
    over: async () => done(undefined),
  };
  const log = { debug: () => {}, info: () => {}, warn: () => {} };
  const alerts = createAlerts(
    {
      current: () => snapshotOf(toolbox, decide),
      keyring: { outbox, clock: () => NOON },
      log: { ...log, error: (line) => logged.push(line) },
      ...{ audit, newId: () => "id", redactor: redactorOf() },
    },
    (tell) => tell,
  );
  see = alerts.see;
  return { audit, alerts, asked, logged };
}

test("a trail that cannot be written is told once, though the alert cannot be recorded either", async () => {
  const { audit, alerts, asked, logged } = standing();
  await audit.event(EVENT);
  await audit.event(EVENT);
  await alerts.settled();
  assert.ok(asked.every(({ part }) => part === "audit"));
  assert.deepEqual(logged, ["alert: Look.", "an alert cannot be recorded"]);
});

test("what is heard of a decision is who, from where, and why", async () => {
  const { alerts, asked } = standing();
  const client = { ...CIRCUMSTANCES.client, ip: null, peer_ip: "2001:db8::1:2:3:4" };
  const notify = { kind: "notify", channel: "ops" } as const;
  const decision = { ...deniedWith("a.b", "c.d"), obligations: [notify] };
  const step = stepOf("kubectl");
  const input = buildInput({ ...CIRCUMSTANCES, client }, { action: "tools/call", step });
  alerts.heard({ input, decision });
  await alerts.settled();
  const { id } = decision;
  assert.deepEqual(asked[0], {
    ...{
      what: "decision",
      id,
      action: "tools/call",
      tool: "kubectl",
      allow: false,
      codes: ["a.b", "c.d"],
      notify: ["ops"],
      part: null,
    },
    ...{ source: "2001:db8::", credential: { status: "absent", id: null } },
    ...{ failures: 0, denials: { "a.b": 1, "c.d": 1 } },
  });
});

test("policies that could not say what to mask are heard of as a failure", async () => {
  const { alerts, asked } = standing();
  alerts.heard(null);
  await alerts.settled();
  assert.deepEqual([asked[0]?.["what"], asked[0]?.["part"]], ["failure", "policies"]);
});
