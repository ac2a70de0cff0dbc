import assert from "node:assert/strict";
import { test } from "node:test";
import type { Told } from "../../src/alerts/tell.ts";
import type { Seen } from "../../src/alerts/types.ts";
import { createWatch } from "../../src/alerts/watch.ts";
import type { Alert, Decide } from "../../src/decision/types.ts";
import type { JsonObject } from "../../src/lib/json.ts";
import { createSecret } from "../../src/lib/secret.ts";
import { ALLOWED, decideWith, NOON, snapshotOf, toolboxOf } from "../support/world.ts";

const RULES = {
  failures: { codes: { "a.failure": true }, window_ms: 60_000, many: 3, many_before_success: 2 },
  denials: { window_ms: 60_000, many: 3 },
  repeat_ms: 60_000,
} as const;
const ALERT: Alert = { code: "a.b", severity: "warning", message: "Look.", key: "k" };
const SOURCE = "10.1.2.3";
const FAILED: Seen = { what: "decision", allow: false, codes: ["a.failure"], source: SOURCE };
const ACCEPTED: Seen = { what: "decision", allow: true, source: SOURCE };

/** A watch on these answers, what it asked, and what it told. */
function watching(answer: Decide["alerts"] = async () => []) {
  const asked: JsonObject[] = [];
  const told: Told[] = [];
  const errors: string[] = [];
  let nowMs = NOON;
  const toolbox = toolboxOf([], async () => assert.fail("nothing runs"));
  const { world, ...rest } = snapshotOf(
    toolbox,
    decideWith(ALLOWED, {
      alerts: (sighting) => {
        asked.push(sighting);
        return answer(sighting);
      },
    }),
  );
  const facts = { ...world.facts, defaults: { ...world.facts.defaults, alerts: RULES } };
  const secret = createSecret("canary");
  let config = world.config;
  const watch = createWatch({
    current: () => ({ ...rest, world: { ...world, config, facts } }),
    tell: async (one) => told.push(one),
    clock: () => nowMs,
    log: {
      ...{ debug: () => {}, info: () => {}, warn: () => {} },
      error: (said) => errors.push(said),
    },
  });
  const see = async (...seen: readonly Seen[]): Promise<void> => {
    for (const one of seen) watch.see(one);
    await watch.settled();
  };
  return {
    ...{ see, asked, told, errors },
    later: (ms: number) => {
      nowMs += ms;
    },
    send: () => {
      config = { ...config, alerts: { webhook_url: secret, secret } };
    },
  };
}

test("failures are counted by source, and denials by code", async () => {
  const { see, asked } = watching();
  await see(
    FAILED,
    FAILED,
    { ...FAILED, source: "10.9.9.9" },
    { what: "throttled", source: SOURCE },
  );
  assert.deepEqual(
    asked.map(({ failures, denials }) => [failures, denials]),
    [
      [1, { "a.failure": 1 }],
      [2, { "a.failure": 2 }],
      [1, { "a.failure": 3 }],
      [3, {}],
    ],
  );
});

test("a denial for another reason is no failure, and what has no source has none", async () => {
  const { see, asked } = watching();
  await see({ ...FAILED, codes: ["a.b"] }, { ...FAILED, source: null }, FAILED);
  assert.deepEqual(
    asked.map(({ failures }) => failures),
    [0, 0, 1],
  );
});

test("an accepted request is judged where its source has failed before, or somebody is to be notified", async () => {
  const { see, asked, later } = watching();
  await see(ACCEPTED, { ...ACCEPTED, notify: ["ops"] }, FAILED, ACCEPTED);
  later(61_000);
  await see(ACCEPTED);
  assert.deepEqual(
    asked.map(({ allow, failures }) => [allow, failures]),
    [
      [true, 0],
      [false, 1],
      [true, 1],
    ],
  );
});

test("policies are asked with every field, and what does not apply is null", async () => {
  const { see, asked } = watching();
  await see({ what: "failure", part: "audit" });
  assert.deepEqual(asked, [
    {
      ...{
        what: "failure",
        id: null,
        action: null,
        tool: null,
        allow: null,
        codes: [],
        notify: [],
        part: "audit",
      },
      ...{ source: null, credential: { status: null, id: null }, failures: 0, denials: {} },
    },
  ]);
});

test("of one code and key one alert is told for a while", async () => {
  const { see, told, later } = watching(async () => [ALERT]);
  await see(FAILED, FAILED);
  later(59_999);
  await see(FAILED);
  assert.equal(told.length, 1);
  later(1);
  await see(FAILED);
  assert.equal(told.length, 2);
});

test("of one code a hundred are told one by one, and the rest as one", async () => {
  const { see, told } = watching(async ({ id }) => [{ ...ALERT, key: String(id) }]);
  for (let at = 0; at < 150; at += 1) await see({ ...FAILED, id: String(at) });
  assert.equal(told.length, 101);
  assert.equal(told.at(-1)?.alert.key, "*");
  assert.match(
    told.at(-1)?.alert.message ?? "",
    /^There are more of them than are told one by one/,
  );
});

test("an alert is sent only where there is a webhook at that moment", async () => {
  const { see, told, send } = watching(async ({ id }) => [{ ...ALERT, key: String(id) }]);
  await see({ ...FAILED, id: "1" });
  send();
  await see({ ...FAILED, id: "2" });
  assert.deepEqual(
    told.map(({ sent }) => sent),
    [null, { inMs: 0, repeatMs: 60_000 }],
  );
});

test("policies that cannot say are an alert by themselves", async () => {
  const { see, told } = watching(async () => null);
  await see(FAILED, FAILED);
  assert.deepEqual(
    told.map(({ alert }) => [alert.code, alert.severity, alert.key]),
    [["policies.failed", "critical", "alerts"]],
  );
});

test("a fault of the way is logged, and throws at nobody", async () => {
  const { see, errors } = watching(() => {
    throw new Error("boom");
  });
  await see(FAILED);
  assert.deepEqual(errors, ["an alert broke off"]);
});
