// Keys are rotated and revoked while they are in use, over the real front, policies and store.

import assert from "node:assert/strict";
import { Agent } from "node:http";
import { test, type TestContext } from "node:test";
import type { Secret } from "../../src/lib/secret.ts";
import { NOON } from "../support/world.ts";
import { type Answer, INITIALIZE, LIST, modern, send, type Sent } from "./http-world.ts";
import { ROLES, type Whole, wholeServer } from "./whole-world.ts";

const GRACE_MS = 2_000;
const CALLERS = 8;
const CALLS_EACH = 60;
/** Fewer than a source may have in a minute before it must wait. */
const REFUSED_CALLS = 8;

type Call = (secret: Secret, sent?: Sent) => Promise<Answer>;

const TOOL = ROLES.developer;
const CALL = modern("tools/call", { name: TOOL });
const ANSWERED = { status: 200, code: undefined };
const EXPIRED = { status: 401, code: "credential.expired" };
const REVOKED = { status: 401, code: "credential.revoked" };

test("a key is rotated under load: neither fails in the grace, and at its end the old one is over", async (context) => {
  const whole = await wholeServer(context);
  const call = callerOf(context, whole);
  const old = await whole.keyOf("ada", "developer");
  const { promise: half, resolve: isHalf } = Promise.withResolvers<void>();
  const under = load(call, old.secret, (calls) => calls === (CALLERS * CALLS_EACH) / 2 && isHalf());
  await half;
  const { made } = await whole.order({ do: "rotate", id: old.id, graceMs: GRACE_MS });
  const fresh = made?.secret ?? assert.fail("nothing was made");
  const during = [...(await under), ...(await load(call, fresh))];

  whole.setTime(NOON + GRACE_MS - 1);
  const both = await Promise.all([load(call, old.secret), load(call, fresh)]);
  assert.deepEqual(
    [...during, ...both.flat()].filter(({ status }) => status !== 200),
    [],
  );

  whole.setTime(NOON + GRACE_MS);
  const [refused, answered] = await Promise.all([
    Promise.all(Array.from({ length: REFUSED_CALLS }, () => call(old.secret, CALL))),
    load(call, fresh),
  ]);
  assert.deepEqual(
    refused.map(outcomeOf),
    refused.map(() => EXPIRED),
  );
  assert.deepEqual(
    answered.filter(({ status }) => status !== 200),
    [],
  );
});

test("a session of a key that is rotated goes on in the grace, and ends with it", async (context) => {
  const whole = await wholeServer(context);
  const call = callerOf(context, whole);
  const old = await whole.keyOf("ada", "developer");
  const opened = await call(old.secret, { body: INITIALIZE });
  const headers = { "mcp-session-id": opened.headers["mcp-session-id"]?.toString() ?? "" };
  const list = { headers, body: LIST };
  const { made } = await whole.order({ do: "rotate", id: old.id, graceMs: GRACE_MS });
  whole.setTime(NOON + GRACE_MS - 1);
  assert.deepEqual(outcomeOf(await call(old.secret, list)), ANSWERED);
  const fresh = made?.secret ?? assert.fail("nothing was made");
  assert.equal((await call(fresh, list)).status, 404);
  whole.setTime(NOON + GRACE_MS);
  assert.deepEqual(outcomeOf(await call(old.secret, list)), EXPIRED);
});

for (const [what, order] of [
  ["revoked", (id: string) => ({ do: "revoke", kind: "key", id }) as const],
  ["rotated without a grace", (id: string) => ({ do: "rotate", id, graceMs: 0 }) as const],
] as const) {
  test(`a key is ${what} under load: the next request with it is refused, and no other`, async (context) => {
    const whole = await wholeServer(context);
    const call = callerOf(context, whole);
    const [key, other] = [
      await whole.keyOf("ada", "developer"),
      await whole.keyOf("eve", "developer"),
    ];
    let over = false;
    const answers: { readonly sentAfter: boolean; readonly answer: Answer }[] = [];
    const use = async (): Promise<void> => {
      let after = 0;
      while (after === 0) {
        const sentAfter = over;
        answers.push({ sentAfter, answer: await call(key.secret, CALL) });
        after += Number(sentAfter);
      }
    };
    const users = Array.from({ length: CALLERS }, use);
    const untouched = load(call, other.secret, async (calls) => {
      if (calls !== CALLERS * 5) return;
      await whole.order(order(key.id));
      over = true;
    });
    await Promise.all(users);
    assert.deepEqual(
      (await untouched).filter(({ status }) => status !== 200),
      [],
    );
    const expected = what === "revoked" ? REVOKED : EXPIRED;
    const after = answers.filter(({ sentAfter }) => sentAfter);
    assert.deepEqual(
      after.map(({ answer }) => outcomeOf(answer)),
      users.map(() => expected),
    );
    const before = answers.filter(({ sentAfter }) => !sentAfter);
    assert.ok(before.length > CALLERS);
    for (const { answer } of before) {
      assert.ok(answer.status === 200 || outcomeOf(answer).code === expected.code, answer.text);
    }
  });
}

function callerOf(context: TestContext, whole: Whole): Call {
  const agent = new Agent({ keepAlive: true });
  context.after(() => agent.destroy());
  return (secret, sent = CALL) => {
    const headers = { ...sent.headers, authorization: `Bearer ${secret.reveal()}` };
    return send(whole, { ...sent, agent, headers });
  };
}

/** Several callers with one key, each of them again and again; hears how many calls were answered. */
async function load(
  call: Call,
  secret: Secret,
  heard: (calls: number) => unknown = () => {},
): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  const one = async (): Promise<void> => {
    for (let at = 0; at < CALLS_EACH; at += 1) {
      answers.push(await call(secret));
      await heard(answers.length);
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, one));
  return answers;
}

function outcomeOf({ status, body }: Answer): { status: number; code: string | undefined } {
  const error: Partial<Answer["body"]["error"]> = body.error ?? {};
  return { status, code: error.data?.code };
}
