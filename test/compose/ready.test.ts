import assert from "node:assert/strict";
import { test } from "node:test";
import type { Audit, AuditedAction } from "../../src/audit/types.ts";
import { createReady, watchAudit } from "../../src/compose/ready.ts";
import { done, failed } from "../../src/lib/outcome.ts";
import {
  ALLOWED,
  CIRCUMSTANCES,
  decideWith,
  deniedWith,
  snapshotOf,
  toolboxOf,
} from "../support/world.ts";

const TOOLBOX = toolboxOf([], async () => assert.fail("nothing runs"));
const ACTION: AuditedAction = {
  ...{ circumstances: CIRCUMSTANCES, action: "tools/list", toolName: null, origin: null },
  ...{ step: null, parameters: null, decision: ALLOWED },
};
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

test("each record that is not written is heard of", async () => {
  const written = done(undefined);
  let answer: Awaited<ReturnType<Audit["event"]>> = written;
  const end = { result: "success", errorCode: null, exitCode: null, durationMs: 1 } as const;
  let heard = 0;
  const audit = watchAudit(
    {
      begin: async () => done({ id: "1", end: async () => answer, endUnheard: async () => answer }),
      note: async () => answer,
      event: async () => answer,
      close: async () => {},
    },
    () => {
      heard += 1;
    },
  );
  const begun = await audit.begin(ACTION);
  assert.ok(begun.ok);
  assert.equal(heard, 0);
  answer = failed({ reason: "audit_unavailable", detail: "full" });
  await audit.event(EVENT);
  await begun.value.end({ ...end, outputBytes: null, outputDigest: null });
  await begun.value.endUnheard({ ...end, outputBytes: null, outputDigest: null });
  assert.equal(heard, 3);
  answer = written;
  await audit.event(EVENT);
  assert.equal(heard, 3);
});
