// What every store promises of the alerts that wait in it, as one suite.

import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { KeptAlert, Store, TakenAlert } from "../../src/store/types.ts";
import { NOON } from "../support/world.ts";
import { type MakePlace, failureOf, open, saidByFour, storeIn, valueOf } from "./place.ts";

const MAX = 3;
const ALERT: KeptAlert = {
  id: "0197a0b0-0000-7000-8000-00000000000a",
  code: "audit.failed",
  key: "audit",
  body: '{"type":"alert.audit.failed"} ü',
  created_ms: NOON,
  quiet_ms: NOON + 1000,
  due_ms: NOON,
};
const TAKEN: TakenAlert = { id: ALERT.id, body: ALERT.body, created_ms: NOON, attempts: 1 };

function take(store: Store, nowMs: number): Promise<TakenAlert | null> {
  return store.alerts.take({ nowMs, untilMs: nowMs + 100 }).then(valueOf);
}

async function keep(store: Store, alert: Partial<KeptAlert> = {}): Promise<string> {
  return valueOf(await store.alerts.keep({ ...ALERT, ...alert }, MAX));
}

/** Runs the suite on one implementation. */
export function alertSuite(name: string, makePlace: MakePlace, skip: string | false = false): void {
  suite(name, { skip }, () => {
    test("an alert is taken as it was kept, when it is due, and by one alone", async (context) => {
      const place = await makePlace(context);
      const [one, two] = [await storeIn(context, place), await storeIn(context, place)];
      assert.equal(await keep(one), "kept");
      assert.equal(await take(two, NOON - 1), null);
      assert.deepEqual(await take(two, NOON), TAKEN);
      assert.equal(await take(one, NOON + 99), null);
    });

    test("an alert whose taker is gone is taken again, and the one before has lost it", async (context) => {
      const store = await storeIn(context, await makePlace(context));
      await keep(store);
      const first = await take(store, NOON);
      const second = await take(store, NOON + 100);
      assert.ok(first !== null);
      assert.deepEqual(second, { ...TAKEN, attempts: 2 });
      valueOf(await store.alerts.over(first, NOON + 150));
      assert.deepEqual(await take(store, NOON + 200), { ...TAKEN, attempts: 3 });
    });

    test("an alert that is to be taken again is taken then, and one that is over never", async (context) => {
      const store = await storeIn(context, await makePlace(context));
      await keep(store);
      valueOf(await store.alerts.again(await some(take(store, NOON)), NOON + 5000));
      assert.equal(await take(store, NOON + 4999), null);
      valueOf(await store.alerts.over(await some(take(store, NOON + 5000)), NOON + 5001));
      assert.equal(await take(store, NOON + 1_000_000), null);
    });

    test("the one that has been due for longest comes first", async (context) => {
      const store = await storeIn(context, await makePlace(context));
      await keep(store, { id: "a", key: "a", due_ms: NOON + 2 });
      await keep(store, { id: "b", key: "b", due_ms: NOON + 1 });
      assert.equal((await take(store, NOON + 2))?.id, "b");
      assert.equal((await take(store, NOON + 2))?.id, "a");
    });

    test("of one code and key one is kept until it may be repeated, delivered or not", async (context) => {
      const store = await storeIn(context, await makePlace(context));
      const at = (ms: number): Partial<KeptAlert> => ({ id: `at ${ms}`, created_ms: NOON + ms });
      await keep(store);
      assert.equal(await keep(store, at(999)), "repeated");
      valueOf(await store.alerts.over(await some(take(store, NOON)), NOON));
      assert.equal(await keep(store, at(999)), "repeated");
      assert.equal(await keep(store, { ...at(999), key: "other" }), "kept");
      assert.equal(await keep(store, at(1000)), "kept");
    });

    test("of one code so many are kept, and of another as many", async (context) => {
      const place = await makePlace(context);
      const store = await storeIn(context, place);
      const of = (code: string, key: string): Promise<string> =>
        keep(store, { code, key, id: code + key });
      for (const key of ["1", "2", "3"]) assert.equal(await of("flood", key), "kept");
      assert.equal(await of("flood", "4"), "full");
      assert.equal(await of("audit.failed", "1"), "kept");
      for (let at = 0; at < 4; at += 1) {
        valueOf(await store.alerts.over(await some(take(store, NOON)), NOON));
      }
      assert.equal(await of("flood", "5"), "full");
      const later = { created_ms: NOON + 1000, quiet_ms: NOON + 2000 };
      assert.equal(await keep(store, { code: "flood", id: "later", ...later }), "kept");
      assert.equal((await place.query("SELECT id FROM kubiya_alert")).length, 1);
    });

    test("an alert outlives the process that kept it", async (context) => {
      const place = await makePlace(context);
      const before = valueOf(await open(place));
      await keep(before);
      await before.close();
      assert.deepEqual(await take(await storeIn(context, place), NOON), TAKEN);
    });

    test("four processes that take at once have each alert once", async (context) => {
      const place = await makePlace(context);
      const store = await storeIn(context, place);
      for (let at = 0; at < 20; at += 1) {
        const id = String(at).padStart(2, "0");
        valueOf(await store.alerts.keep({ ...ALERT, id, key: id }, 20));
      }
      const said = await saidByFour(
        place,
        `for (let at = 0; at < 20; at += 1) {
          const taken = await store.alerts.take({ nowMs: ${NOON}, untilMs: ${NOON + 100} });
          if (taken.value !== null) say(taken.value.id);
        }`,
      );
      const ids = said.flat().toSorted();
      assert.deepEqual(ids, [...new Set(ids)]);
      assert.equal(ids.length, 20);
    });

    test("an alert that this program did not write is a failure, and stands in no other's way", async (context) => {
      const place = await makePlace(context);
      const store = await storeIn(context, place);
      await keep(store);
      await keep(store, { id: "second", key: "second", due_ms: NOON + 1 });
      await place.query(
        `UPDATE kubiya_alert SET created_ms = 9007199254740993 WHERE due_ms = ${NOON}`,
      );
      const { detail } = failureOf(await store.alerts.take({ nowMs: NOON + 1, untilMs: NOON + 2 }));
      assert.match(detail, /^cannot read a kept alert/);
      assert.equal((await take(store, NOON + 1))?.id, "second");
    });

    test("a store of before the alerts is brought up to date, with all that is in it", async (context) => {
      const place = await makePlace(context);
      await valueOf(await open(place)).close();
      await place.query("DROP TABLE kubiya_alert");
      await place.query("DROP TABLE kubiya_freeze");
      await place.query("DROP TABLE kubiya_definition");
      await place.query("DELETE FROM kubiya_schema WHERE version > 2");
      await place.query("UPDATE kubiya_counter SET value = 7 WHERE name = 'high_water_ms'");
      const store = await storeIn(context, place);
      assert.equal(await keep(store), "kept");
      assert.equal(valueOf(await store.highWater(0)), 7);
    });
  });
}

async function some(taken: Promise<TakenAlert | null>): Promise<TakenAlert> {
  return (await taken) ?? assert.fail("nothing was due");
}
