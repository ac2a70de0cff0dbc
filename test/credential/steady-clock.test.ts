import assert from "node:assert/strict";
import { test } from "node:test";
import { openSteadyClock } from "../../src/credential/steady-clock.ts";
import { done, failed } from "../../src/lib/outcome.ts";
import { NOON } from "./world.ts";

/** A clock that can be set, over a store that remembers the highest time. */
async function clockAt(start: number, seen: number) {
  let now = start;
  let mark = seen;
  const warnings: string[] = [];
  const silent = () => {};
  const log = {
    debug: silent,
    info: silent,
    error: silent,
    warn: (line: string) => warnings.push(line),
  };
  const highWater = async (told: number) => done((mark = Math.max(mark, told)));
  const opened = await openSteadyClock({ highWater }, () => now, log);
  const steady = opened.ok ? opened.value : assert.fail("it does not open");
  steady.close();
  return { now: steady.now, set: (to: number) => (now = to), mark: () => mark, warnings };
}

test("the time is that of the machine, and the store is told", async () => {
  const { now, set, mark, warnings } = await clockAt(NOON, 0);
  assert.equal(now(), NOON);
  set(NOON + 5);
  assert.equal(now(), NOON + 5);
  assert.equal(mark(), NOON);
  assert.deepEqual(warnings, []);
});

test("a clock that is set back while the program runs stands still until it has caught up", async () => {
  const { now, set } = await clockAt(NOON, 0);
  for (const [machine, told] of [
    [NOON + 10, NOON + 10],
    [NOON - 3_600_000, NOON + 10],
    [NOON + 9, NOON + 10],
    [NOON + 11, NOON + 11],
  ] as const) {
    set(machine);
    assert.equal(now(), told);
  }
});

test("a clock that was set back before the program started is not believed, and that is said", async () => {
  const { now, warnings } = await clockAt(NOON, NOON + 3_600_000);
  assert.equal(now(), NOON + 3_600_000);
  assert.equal(warnings.length, 1);
});

test("a clock that is a little behind another machine's is no reason to speak", async () => {
  const { now, warnings } = await clockAt(NOON, NOON + 5_000);
  assert.equal(now(), NOON + 5_000);
  assert.deepEqual(warnings, []);
});

test("without the store there is no clock to end credentials by", async () => {
  const away = failed({ reason: "store_unavailable", detail: "away" } as const);
  const silent = () => {};
  const log = { debug: silent, info: silent, warn: silent, error: silent };
  const opened = await openSteadyClock({ highWater: async () => away }, () => NOON, log);
  assert.equal(opened.ok, false);
});
