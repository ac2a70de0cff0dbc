import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { withRedaction } from "../../src/audit/redacted.ts";
import type { AuditedAction } from "../../src/audit/types.ts";
import { digestOf } from "../../src/lib/digest.ts";
import type { Redactor } from "../../src/lib/redact.ts";
import { mark, redactorOf } from "../support/observed.ts";
import { folderFor } from "../support/server.ts";
import type { Read } from "../support/records.ts";
import { ACTION, END, openIn, recordsIn } from "./trail.ts";

const SECRET = "hunter2-hunter2";
const USE = `use ${SECRET}`;

/** An action in which every text that somebody else chose has a secret; its parameters come without. */
function telling(): AuditedAction {
  const { circumstances, step, decision } = ACTION;
  assert.ok(step !== null && decision !== null);
  const { caller } = circumstances;
  return {
    ...ACTION,
    action: USE,
    toolName: USE,
    step: { ...step, runner: { ...step.runner, requested: USE, name: USE } },
    decision: { ...decision, reasons: [{ code: USE, message: USE }] },
    circumstances: {
      ...circumstances,
      client: { ...circumstances.client, name: USE, version: USE },
      caller: {
        ...caller,
        principal: { ...caller.principal, id: USE, roles: [USE] },
        credential: { ...caller.credential, id: USE },
        session: {
          ...{ id: USE, credential: USE, started_ms: 0, used_ms: 0 },
          ...{ idle_ms: 1, absolute_ms: 1 },
        },
      },
    },
  };
}

async function recorded(
  context: TestContext,
  redactor: Redactor,
  record: (audit: ReturnType<typeof withRedaction>) => Promise<{ readonly ok: boolean }>,
): Promise<{ readonly ok: boolean; readonly records: readonly Read[] }> {
  const dir = await folderFor(context);
  const audit = await openIn(dir);
  const { ok } = await record(withRedaction(audit, redactor));
  await audit.close();
  return { ok, records: await recordsIn(dir) };
}

test("no text that somebody else chose brings a secret into a record", async (context) => {
  const { records } = await recorded(context, redactorOf(SECRET), async (audit) => {
    const intent = await audit.begin(telling());
    assert.ok(intent.ok);
    await intent.value.end(END);
    await intent.value.endUnheard(END);
    return audit.note(telling(), END);
  });
  assert.equal(records.length, 4);
  const hidden = `use ${mark(SECRET)}`;
  for (const record of records) {
    assert.doesNotMatch(JSON.stringify(record), /hunter2/);
    assert.equal(record["user_id"], hidden);
    assert.deepEqual(record["roles"], [hidden]);
    assert.equal(record["action"], record.phase === "event" ? "unheard_end" : hidden);
  }
});

test("an event is recorded without secrets, and so is the digest of its facts", async (context) => {
  const facts = { faults: [USE], token: "other" };
  const { records } = await recorded(context, redactorOf(SECRET), (audit) =>
    audit.event({ event: "config_reload", result: "failure", facts }),
  );
  const redacted = { faults: [`use ${mark(SECRET)}`], token: mark("other") };
  assert.deepEqual(records[0]?.["parameters"], redacted);
  assert.equal(records[0]?.["parameters_digest"], digestOf(redacted));
});

test("what cannot be redacted is refused, and nothing of it is written", async (context) => {
  const throws = (): never => {
    throw new Error("no memory");
  };
  for (const record of ["begin", "note", "event"] as const) {
    const { ok, records } = await recorded(context, { text: throws, object: throws }, (audit) => {
      if (record === "begin") return audit.begin(ACTION);
      if (record === "note") return audit.note(ACTION, END);
      return audit.event({ event: "server_start", result: "success", facts: {} });
    });
    assert.deepEqual({ ok, records }, { ok: false, records: [] }, record);
  }
});
