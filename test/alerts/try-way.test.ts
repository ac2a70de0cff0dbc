import assert from "node:assert/strict";
import { test } from "node:test";
import { tryWay } from "../../src/alerts/try-way.ts";
import { done, failed } from "../../src/lib/outcome.ts";
import { createSecret } from "../../src/lib/secret.ts";
import { ALLOWED, decideWith, NOON, snapshotOf, toolboxOf } from "../support/world.ts";

test("a test alert that was delivered and stays in the outbox is said in the log", async () => {
  const logged: string[] = [];
  const silent = (): void => {};
  const alert = { code: "alerts.test", severity: "warning", message: "Test.", key: "k" } as const;
  const toolbox = toolboxOf([], async () => assert.fail("nothing runs"));
  const { world, ...rest } = snapshotOf(
    toolbox,
    decideWith(ALLOWED, { alerts: async () => [alert] }),
  );
  const secret = createSecret("canary");
  const config = { ...world.config, alerts: { webhook_url: secret, secret } };
  const kept = {
    ...{ id: "id1", code: alert.code, key: "k", body: "{}" },
    ...{ created_ms: NOON, quiet_ms: NOON, due_ms: NOON },
  };
  const delivered = { result: "delivered", host: "hooks.example", status: 200 } as const;
  const tested = await tryWay({
    snapshot: { ...rest, world: { ...world, config } },
    tell: async () => done(kept),
    audit: { event: async () => done(undefined) },
    outbox: { over: async () => failed({ reason: "store_unavailable", detail: "away" }) },
    send: async () => delivered,
    newId: () => "id1",
    clock: () => NOON,
    log: { debug: silent, info: silent, warn: silent, error: (line) => logged.push(line) },
  });
  assert.deepEqual(tested, delivered);
  assert.deepEqual(logged, ["a server may send the test alert once more"]);
});
