import assert from "node:assert/strict";
import { mock, test, type TestContext } from "node:test";
import { createFlood, RECORDED_A_MINUTE } from "../../src/audit/flood.ts";
import type { Audit, AuditedAction, AuditedEnd, AuditedEvent } from "../../src/audit/types.ts";
import { done } from "../../src/lib/outcome.ts";
import { ALLOWED, CIRCUMSTANCES, deniedWith, NOON } from "../support/world.ts";

const MINUTE = 60_000;
const END: AuditedEnd = {
  ...{ result: "denied", errorCode: null, exitCode: null, durationMs: 1 },
  ...{ outputBytes: null, outputDigest: null },
};

/** A trail, and what was written to it. */
function flooding(context: TestContext) {
  mock.timers.enable({ apis: ["setTimeout"] });
  context.after(() => mock.timers.reset());
  const noted: AuditedAction[] = [];
  const events: AuditedEvent[] = [];
  const trail: Audit = {
    begin: async () =>
      done({ id: "1", end: async () => done(undefined), endUnheard: async () => done(undefined) }),
    note: async (action) => {
      noted.push(action);
      return done(undefined);
    },
    event: async (event) => {
      events.push(event);
      return done(undefined);
    },
    close: async () => {},
  };
  const { audit, throttled, end } = createFlood(trail, () => NOON);
  const fail = async (
    times: number,
    code: string,
    ip: string | null = "10.1.2.3",
  ): Promise<void> => {
    const circumstances = { ...CIRCUMSTANCES, client: { ...CIRCUMSTANCES.client, ip } };
    for (let at = 0; at < times; at += 1) {
      const noting = await audit.note(
        {
          ...{ circumstances, action: "tools/list", toolName: null, origin: null },
          ...{ step: null, parameters: null },
          decision: code === "" ? ALLOWED : deniedWith(code),
        },
        END,
      );
      assert.equal(noting.ok, true);
    }
  };
  return { audit, throttled, fail, end, noted, events };
}

test("a hundred failed authentications of a minute are recorded one by one, and the rest as one", async (context) => {
  const { fail, noted, events } = flooding(context);
  await fail(RECORDED_A_MINUTE, "credential.unknown");
  await fail(3, "credential.unknown", "10.9.9.9");
  await fail(2, "credential.missing");
  assert.equal(noted.length, RECORDED_A_MINUTE);
  assert.deepEqual(events, []);
  mock.timers.tick(MINUTE);
  assert.deepEqual(events, [
    {
      event: "authentication",
      result: "failure",
      facts: {
        from: "2026-11-23T12:00:00.000Z",
        ...{ unrecorded: 5, throttled: 0, sources: 2 },
        codes: { "credential.unknown": 3, "credential.missing": 2 },
      },
    },
  ]);
});

test("the next minute is another", async (context) => {
  const { fail, noted, events } = flooding(context);
  await fail(RECORDED_A_MINUTE + 1, "credential.unknown");
  mock.timers.tick(MINUTE);
  await fail(1, "credential.unknown");
  mock.timers.tick(MINUTE);
  assert.equal(noted.length, RECORDED_A_MINUTE + 1);
  assert.equal(events.length, 1);
});

test("requests of a source that was told to wait are one record a minute", async (context) => {
  const { throttled, events } = flooding(context);
  for (let at = 0; at < 1000; at += 1) throttled("10.1.2.3");
  mock.timers.tick(MINUTE);
  assert.deepEqual(
    events.map(({ facts }) => [facts["throttled"], facts["sources"], facts["unrecorded"]]),
    [[1000, 1, 0]],
  );
});

test("whatever else is denied or allowed is recorded one by one", async (context) => {
  const { fail, noted, events } = flooding(context);
  await fail(RECORDED_A_MINUTE + 5, "roles.tool_not_allowed");
  await fail(RECORDED_A_MINUTE + 5, "");
  mock.timers.tick(MINUTE);
  assert.equal(noted.length, 2 * RECORDED_A_MINUTE + 10);
  assert.deepEqual(events, []);
});

test("a flood of sources is told apart to a thousand of them", async (context) => {
  const { throttled, events } = flooding(context);
  for (let at = 0; at < 2000; at += 1) throttled(`10.0.${Math.floor(at / 250)}.${at % 250}`);
  mock.timers.tick(MINUTE);
  assert.deepEqual([events[0]?.facts["sources"], events[0]?.facts["throttled"]], [1000, 2000]);
});

test("what was counted is recorded before the server stops", async (context) => {
  const { end, throttled, events } = flooding(context);
  throttled("10.1.2.3");
  await end();
  await end();
  assert.equal(events.length, 1);
});

test("who proved possession of a secret is recorded each time, however many others fail", async (context) => {
  const { audit, noted } = flooding(context);
  const { caller } = CIRCUMSTANCES;
  const stranger = { ...CIRCUMSTANCES, client: { ...CIRCUMSTANCES.client, ip: "10.1.2.3" } };
  const credential = { ...caller.credential, status: "verified" } as const;
  const holder = { ...stranger, caller: { ...caller, credential } };
  const nothing = { toolName: null, origin: null, step: null, parameters: null };
  const tried = { action: "tools/call", ...nothing } as const;
  const many = Array.from({ length: 2 * RECORDED_A_MINUTE });
  for (const _ of many) {
    const decision = deniedWith("credential.unknown");
    await audit.note({ ...tried, circumstances: stranger, decision }, END);
  }
  await audit.note(
    { ...tried, circumstances: holder, decision: deniedWith("credential.revoked") },
    END,
  );
  assert.equal(noted.length, RECORDED_A_MINUTE + 1);
  assert.equal(noted.at(-1)?.decision?.reasons[0]?.code, "credential.revoked");
});

test("strangers that ask too fast fill no trail either", async (context) => {
  const { audit, noted, events } = flooding(context);
  const nothing = { toolName: null, origin: null, step: null, parameters: null };
  const tried = { action: "tools/list", ...nothing } as const;
  for (const _ of Array.from({ length: 2 * RECORDED_A_MINUTE })) {
    const action = { ...tried, circumstances: CIRCUMSTANCES, decision: null };
    await audit.note(action, { ...END, errorCode: "throttle.rate" });
  }
  assert.equal(noted.length, RECORDED_A_MINUTE);
  mock.timers.tick(MINUTE);
  assert.deepEqual(events[0]?.facts["codes"], { "throttle.rate": RECORDED_A_MINUTE });
});
