import assert from "node:assert/strict";
import { test } from "node:test";
import { createTellAgain } from "../../src/alerts/again.ts";
import { createCount } from "../../src/alerts/count.ts";
import type { Told } from "../../src/alerts/tell.ts";
import { done, failed } from "../../src/lib/outcome.ts";
import { EMPTY_FACTS, NOON } from "../support/world.ts";

function toldOf(key: string): Told {
  return {
    alert: { code: "a.b", severity: "critical", message: "Look.", key },
    sighting: createCount()({ what: "failure" }, NOON, EMPTY_FACTS.defaults.alerts),
    nowMs: NOON,
    sent: { inMs: 0, repeatMs: 1000 },
  };
}

/** What tells again over a way that works or does not; time goes on when the test says so. */
function telling() {
  const tried: string[] = [];
  const logged: string[] = [];
  let works = false;
  let timers: (readonly [number, () => void])[] = [];
  const log = { debug: () => {}, info: () => {} };
  const say = (line: string): void => void logged.push(line);
  const again = createTellAgain({
    tell: async ({ alert }) => {
      tried.push(alert.key);
      return works ? done(null) : failed("the store is away");
    },
    log: { ...log, warn: say, error: say },
    after: (ms, then) => {
      const timer = [ms, then] as const;
      timers.push(timer);
      return () => {
        timers = timers.filter((one) => one !== timer);
      };
    },
  });
  return {
    ...{ ...again, tried, logged },
    mend: () => {
      works = true;
    },
    waits: () => timers.map(([ms]) => ms),
    /** The time that was waited for has come. */
    later: async () => {
      const [due] = timers.splice(0, 1);
      due?.[1]();
      await new Promise((settled) => setImmediate(settled));
    },
  };
}

test("an alert that did not get through is told again until it does, and the log says so", async () => {
  const { tell, tried, logged, mend, waits, later } = telling();
  for (const key of ["a", "b"]) assert.equal((await tell(toldOf(key))).ok, false);
  assert.deepEqual([tried, waits()], [["a", "b"], [60_000]]);
  assert.deepEqual(logged, Array(2).fill("an alert did not get through, and is told again later"));
  // One attempt in a minute, each time with another.
  await later();
  await later();
  assert.deepEqual([tried, waits()], [["a", "b", "a", "b"], [60_000]]);
  mend();
  await later();
  assert.deepEqual([tried.slice(4), waits()], [["a", "b"], []]);
});

test("what got through is told once", async () => {
  const { tell, tried, logged, mend, waits } = telling();
  mend();
  assert.equal((await tell(toldOf("a"))).ok, true);
  assert.deepEqual([tried, logged, waits()], [["a"], [], []]);
});

test("no more than a hundred wait, and the log alone tells of the rest", async () => {
  const { tell, tried, logged, mend, later } = telling();
  for (let at = 0; at < 102; at += 1) await tell(toldOf(String(at)));
  const given = logged.filter((line) => line.includes("too many wait"));
  assert.equal(given.length, 2);
  mend();
  await later();
  assert.equal(tried.length, 102 + 100);
});

test("after the end nothing is told again, and the log says how many were not told", async () => {
  const { tell, tried, logged, close, waits } = telling();
  await tell(toldOf("a"));
  close();
  assert.deepEqual([tried, waits()], [["a"], []]);
  assert.equal(logged.at(-1), "alerts were not told everywhere");
});
