import assert from "node:assert/strict";
import { test } from "node:test";
import { openSteadyClock } from "../../src/credential/steady-clock.ts";
import { done, failed } from "../../src/lib/outcome.ts";
import { NOON } from "./world.ts";

const DAY = 86_400_000;
const silent = () => {};

/** A machine whose clock can be set while time goes on, over a store that remembers the highest time. */
function machine(start: number, seen: number) {
  let [clock, passed, mark] = [start, 0, seen];
  const warnings: string[] = [];
  const log = {
    ...{ debug: silent, info: silent, error: silent },
    warn: (line: string) => warnings.push(line),
  };
  const highWater = async (told: number) => done((mark = Math.max(mark, told)));
  return {
    open: () =>
      openSteadyClock({ store: { highWater }, clock: () => clock, stopwatch: () => passed, log }),
    pass: (ms: number) => {
      clock += ms;
      passed += ms;
    },
    set: (to: number) => (clock = to),
    mark: () => mark,
    warnings,
  };
}

/** Opens the clock of a machine, which must work. */
async function clockOf({ open }: ReturnType<typeof machine>): Promise<() => number> {
  const opened = await open();
  const steady = opened.ok ? opened.value : assert.fail(opened.failure.detail);
  steady.close();
  return steady.now;
}

test("the time is that of the machine, and the store is told", async () => {
  const one = machine(NOON, 0);
  const now = await clockOf(one);
  assert.equal(now(), NOON);
  one.pass(5);
  assert.equal(now(), NOON + 5);
  assert.equal(one.mark(), NOON);
  assert.deepEqual(one.warnings, []);
});

test("a clock that is set back is not believed, and time goes on", async () => {
  const one = machine(NOON, 0);
  const now = await clockOf(one);
  one.pass(10);
  one.set(NOON - DAY);
  assert.equal(now(), NOON + 10);
  one.pass(1_000);
  assert.equal(now(), NOON + 1_010);
});

test("a clock that jumps forward is believed: it was corrected, or the machine slept", async () => {
  const one = machine(NOON, 0);
  const now = await clockOf(one);
  one.set(NOON + 3 * DAY);
  assert.equal(now(), NOON + 3 * DAY);
  one.set(NOON);
  one.pass(500);
  assert.equal(now(), NOON + 3 * DAY + 500);
});

test("a clock that was set back before the program started is not believed, and that is said", async () => {
  const one = machine(NOON, NOON + 3_600_000);
  const now = await clockOf(one);
  assert.equal(now(), NOON + 3_600_000);
  one.pass(7);
  assert.equal(now(), NOON + 3_600_007);
  assert.equal(one.warnings.length, 1);
});

test("a clock that is a little behind another machine's is no reason to speak", async () => {
  const one = machine(NOON, NOON + 5_000);
  assert.equal((await clockOf(one))(), NOON + 5_000);
  assert.deepEqual(one.warnings, []);
});

test("a store that was told a time far ahead is not used, and it is said what to do", async () => {
  for (const seen of [NOON + DAY + 1, Number.MAX_SAFE_INTEGER]) {
    const opened = await machine(NOON, seen).open();
    assert.match(opened.ok ? "opened" : opened.failure.detail, /days ahead.*docs\/operator\.md/);
  }
});

test("without the store there is no clock to end credentials by", async () => {
  const away = failed({ reason: "store_unavailable", detail: "away" } as const);
  const log = { debug: silent, info: silent, warn: silent, error: silent };
  const opened = await openSteadyClock({
    ...{ store: { highWater: async () => away }, clock: () => NOON, stopwatch: () => 0, log },
  });
  assert.equal(opened.ok, false);
});
