import assert from "node:assert/strict";
import { test } from "node:test";
import type { Audit } from "../../src/audit/types.ts";
import { createReady, watchAudit } from "../../src/compose/ready.ts";
import { done, failed } from "../../src/lib/outcome.ts";
import { ALLOWED, decideWith, deniedWith, snapshotOf, toolboxOf } from "../support/world.ts";

const TOOLBOX = toolboxOf([], async () => assert.fail("nothing runs"));
const EVENT = { event: "server_start", result: "success", facts: {} } as const;

const CASES = [
  ["everything works", ALLOWED, true, true, []],
  ["a caller would be denied: policies work", deniedWith("credential.missing"), true, true, []],
  ["policies fail", deniedWith("policy.error"), true, true, ["policies"]],
  ["the store is away", ALLOWED, false, true, ["store"]],
  ["the trail is broken", ALLOWED, true, false, ["audit"]],
  ["nothing works", deniedWith("policy.error"), false, false, ["policies", "store", "audit"]],
] as const;

for (const [what, decision, store, audit, failing] of CASES) {
  test(`readiness: ${what}`, async () => {
    const ready = createReady({
      current: () => snapshotOf(TOOLBOX, decideWith(decision)),
      keyring: { works: async () => store },
      auditWorks: () => audit,
    });
    assert.deepEqual(await ready(), failing);
  });
}

test("a trail works as long as what is written to it is written", async () => {
  const written = done(undefined);
  let answer: Awaited<ReturnType<Audit["event"]>> = written;
  const { audit, works } = watchAudit({
    begin: async () => assert.fail("not asked"),
    note: async () => answer,
    event: async () => answer,
    close: async () => {},
  });
  assert.equal(works(), true);
  answer = failed({ reason: "audit_unavailable", detail: "full" });
  await audit.event(EVENT);
  assert.equal(works(), false);
  answer = written;
  await audit.event(EVENT);
  assert.equal(works(), true);
});
