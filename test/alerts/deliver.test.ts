import assert from "node:assert/strict";
import { mock, test, type TestContext } from "node:test";
import { createDelivery, type Delivery } from "../../src/alerts/deliver.ts";
import type { Sent } from "../../src/alerts/types.ts";
import type { AlertSetting } from "../../src/config/types.ts";
import { done } from "../../src/lib/outcome.ts";
import { createSecret } from "../../src/lib/secret.ts";
import { createRequests } from "../../src/observe/requests.ts";
import type { KeptAlert, Store } from "../../src/store/types.ts";
import { storeIn, valueOf } from "../store/place.ts";
import { folderFor, until } from "../support/server.ts";
import { NOON } from "../support/world.ts";

const ALERT: KeptAlert = {
  ...{ id: "a", code: "a.b", key: "k", body: "{}", created_ms: NOON },
  ...{ quiet_ms: NOON + 1000, due_ms: NOON },
};
const WEBHOOK: AlertSetting = { webhook_url: createSecret("x"), secret: createSecret("x") };
const DELIVERED: Sent = { result: "delivered", host: "h", status: 200 };
const REFUSED: Sent = { result: "refused", host: "h", status: 500 };
const GONE: Sent = { result: "unreachable", detail: "h cannot be reached: ECONNREFUSED" };
const DAY = 24 * 60 * 60_000;

/** A delivery over a store of its own, whose receiver answers in this order, and then with success. */
async function delivering(context: TestContext, answers: readonly Sent[] = []) {
  const stateDir = await folderFor(context);
  const store: Store = await storeIn(context, { postgres: null, stateDir });
  const left = [...answers];
  const at: number[] = [];
  const said: string[] = [];
  let nowMs = NOON;
  let webhook: AlertSetting | null = WEBHOOK;
  const say = (line: string): void => void said.push(line);
  valueOf(await store.alerts.keep(ALERT, 10));
  const start = (): Delivery => {
    const delivery = createDelivery({
      outbox: store.alerts,
      send: async () => {
        at.push(nowMs - NOON);
        return left.shift() ?? DELIVERED;
      },
      webhook: () => webhook,
      clock: () => nowMs,
      random: () => 1,
      log: { debug: say, info: say, warn: say, error: say },
    });
    context.after(delivery.close);
    return delivery;
  };
  return {
    ...{ store, at, said, start },
    move: (ms: number) => {
      nowMs += ms;
    },
    unset: () => {
      webhook = null;
    },
    over: async () =>
      valueOf(await store.alerts.take({ nowMs: NOON + 9 * DAY, untilMs: 1 })) === null,
  };
}

test("what waits is delivered when it starts, once", async (context) => {
  const { at, start, over, said } = await delivering(context);
  const delivery = start();
  await until(() => said.length === 1);
  delivery.ring();
  await delivery.close();
  assert.deepEqual([at, said], [[0], ["an alert was delivered"]]);
  assert.equal(await over(), true);
});

test("a delivery that a request rings for is not that request's", async () => {
  const requests = createRequests(() => "mine");
  const asked: (string | null)[] = [];
  const kept = async () => done(undefined);
  const delivery = createDelivery({
    outbox: { take: async () => done(null), again: kept, over: kept },
    send: async () => DELIVERED,
    webhook: () => {
      asked.push(requests.id());
      return null;
    },
    ...{ clock: () => NOON, random: () => 1 },
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  });
  await new Promise((resolve) => setImmediate(resolve));
  requests.begin(delivery.ring);
  await delivery.close();
  assert.deepEqual(asked, [null, null]);
});

test("what cannot be delivered is tried again, each time after twice as long", async (context) => {
  const { at, start, move, said, over } = await delivering(context, [REFUSED, GONE, REFUSED]);
  const delivery = start();
  for (const [attempt, ms] of [1000, 2000, 4000].entries()) {
    await until(() => said.length === attempt + 1);
    move(ms - 1);
    delivery.ring();
    move(1);
    delivery.ring();
  }
  await until(() => said.includes("an alert was delivered"));
  await delivery.close();
  assert.deepEqual(at, [0, 1000, 3000, 7000]);
  assert.equal(await over(), true);
});

test("it looks again by itself when the next attempt is due", async (context) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  context.after(() => mock.timers.reset());
  const { at, start, move, said } = await delivering(context, [REFUSED]);
  start();
  await turns(() => said.length === 1);
  move(1000);
  mock.timers.tick(1000);
  await turns(() => at.length === 2);
  assert.deepEqual(at, [0, 1000]);
});

test("an alert that waited for a day is given up and not sent, and that is said", async (context) => {
  const { at, start, move, said, over } = await delivering(context);
  move(DAY + 1);
  const delivery = start();
  await until(() => said.length === 1);
  await delivery.close();
  assert.deepEqual([at, said], [[], ["an alert is given up"]]);
  assert.equal(await over(), true);
});

test("without a webhook nothing is taken", async (context) => {
  const { at, start, unset, over } = await delivering(context);
  unset();
  await start().close();
  assert.deepEqual(at, []);
  assert.equal(await over(), false);
});

test("what is under way when it is closed is broken off, and waits", async (context) => {
  const { store, over } = await delivering(context);
  let sending = 0;
  const delivery = createDelivery({
    outbox: store.alerts,
    send: (_alert, _webhook, signal) => {
      sending += 1;
      return new Promise((sent) => {
        signal.addEventListener("abort", () => sent(GONE));
      });
    },
    ...{ webhook: () => WEBHOOK, clock: () => NOON, random: () => 1 },
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  });
  await until(() => sending === 1);
  await delivery.close();
  assert.equal(await over(), false);
});

test("a store that is away is said, and delivery goes on later", async (context) => {
  const { store, start, said } = await delivering(context);
  await store.close();
  const delivery = start();
  await until(() => said.length === 1);
  await delivery.close();
  assert.deepEqual(said, ["alerts cannot be taken from the outbox"]);
});

/** Lets what waits for no timer go on. */
async function turns(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1000 && !holds(); turn += 1) {
    await new Promise((next) => {
      setImmediate(next);
    });
  }
}
