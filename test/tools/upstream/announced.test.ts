import assert from "node:assert/strict";
import { test } from "node:test";
import { done, failed, type Outcome } from "../../../src/lib/outcome.ts";
import { createAnnounced } from "../../../src/tools/upstream/connection/announced.ts";
import { LIMITS } from "../../../src/tools/upstream/limits.ts";

const MINUTE = 60_000;
/** For how long what was read may be relied on, where a test is not about that. */
const AGE = 24 * 60 * MINUTE;

/** An upstream that announces, by a clock that a test turns: `passes` lets time pass, and gives when it was read. */
function world(readMs = 0, ageMs = AGE) {
  let nowMs = 0;
  let due: { readonly atMs: number; readonly run: () => void } | null = null;
  const readAt: number[] = [];
  let announcing = (): void => {};
  const announced = createAnnounced({
    limits: LIMITS,
    stopwatch: () => nowMs,
    after: (ms, run) => {
      due = { atMs: nowMs + ms, run };
      return () => {
        due = null;
      };
    },
    onDue: () => void read(),
  });
  async function read(
    said: Outcome<number, string> = done(ageMs),
  ): Promise<Outcome<number, string>> {
    const outcome = await announced.read(async () => {
      readAt.push(nowMs);
      nowMs += readMs;
      return said;
    });
    announcing();
    return outcome;
  }
  async function passes(ms: number): Promise<readonly number[]> {
    const before = readAt.length;
    const untilMs = nowMs + ms;
    while (due !== null && due.atMs <= untilMs) {
      const { atMs, run } = due;
      due = null;
      nowMs = Math.max(nowMs, atMs);
      run();
      await new Promise((resolve) => setImmediate(resolve));
    }
    nowMs = Math.max(nowMs, untilMs);
    return readAt.slice(before);
  }
  return {
    ...{ announced, passes, read },
    /** How often it was read. */
    readings: () => readAt.length,
    /** From now on it announces as soon as it was read. */
    announceAlways: () => {
      announcing = announced.note;
      announced.note();
    },
  };
}

test("what is announced several times before it is read is read once", async () => {
  const { announced, passes } = world();
  for (const _ of [1, 2, 3]) announced.note();
  assert.deepEqual(await passes(MINUTE), [250]);
});

test("one that goes on to announce changes is read ever more rarely, and at last once a minute", async () => {
  const { passes, announceAlways } = world();
  announceAlways();
  const first = await passes(MINUTE);
  assert.deepEqual(first, [250, 750, 1_750, 3_750, 7_750, 15_750, 31_750]);
  assert.equal((await passes(60 * MINUTE)).length, 60);
});

test("one that was quiet for a while is read as soon as things have settled", async () => {
  const { announced, passes } = world();
  for (const _ of [1, 2, 3, 4]) {
    announced.note();
    await passes(5_000);
  }
  await passes(MINUTE);
  announced.note();
  const [read] = await passes(MINUTE);
  assert.equal(read, 80_250);
});

test("what takes long to be read rests for as long", async () => {
  const { passes, announceAlways } = world(10_000);
  announceAlways();
  assert.deepEqual(await passes(25_000), [250, 20_250]);
});

test("nothing is read after it was stopped", async () => {
  const { announced, passes } = world();
  announced.note();
  announced.stop();
  assert.deepEqual(await passes(MINUTE), []);
});

test("nothing is read after it was stopped in the midst of a reading", async () => {
  const { announced, passes } = world();
  const broken = Promise.withResolvers<Outcome<number, string>>();
  announced.note();
  const read = announced.read(() => broken.promise);
  announced.stop();
  broken.resolve(failed("it was closed"));
  await read;
  assert.deepEqual(await passes(MINUTE), []);
});

test("whoever calls has a change read at once, until it announces one after the other", async () => {
  const { announced, announceAlways, read } = world();
  announceAlways();
  const rests: number[] = [];
  for (const _ of [1, 2]) {
    rests.push(announced.restMs());
    await read();
  }
  assert.deepEqual([...rests, announced.restMs()], [0, 0, 1_000]);
  assert.equal(announced.isKnown(), false);
});

test("a pause is over for whoever calls when it is over", async () => {
  const { announced, announceAlways, passes, read, readings } = world();
  announceAlways();
  await passes(3_750);
  assert.deepEqual([announced.restMs(), readings()], [4_000, 4]);
  await passes(3_999);
  assert.equal(announced.restMs(), 1);
  await passes(1);
  assert.deepEqual([announced.restMs(), readings()], [8_000, 5]);
  await read();
});

test("one reading is under way at a time, and what was announced meanwhile is read after it", async () => {
  const { announced, passes, readings } = world();
  const first = Promise.withResolvers<Outcome<number, string>>();
  announced.note();
  const both = [announced.read(() => first.promise), announced.read(() => first.promise)];
  announced.note();
  assert.equal(both[0], both[1]);
  first.resolve(done(AGE));
  await Promise.all(both);
  assert.deepEqual([announced.isKnown(), readings()], [false, 0]);
  await passes(MINUTE);
  assert.deepEqual([announced.isKnown(), readings()], [true, 1]);
});

test("the first reading over a new connection waits for the one over the old one", async () => {
  const { announced } = world();
  const order: string[] = [];
  const old = Promise.withResolvers<null>();
  announced.note();
  const again = announced.read(async () => {
    await old.promise;
    order.push("old");
    return failed("it ended");
  });
  const first = announced.first(async () => {
    order.push("new");
    return AGE;
  });
  old.resolve(null);
  assert.deepEqual(await again, failed("it ended"));
  await first;
  assert.deepEqual([order, announced.isKnown()], [["old", "new"], true]);
});

test("what could not be read is not known, and is read again", async () => {
  const { announced, passes, read } = world();
  announced.note();
  const notNow = failed("not now");
  assert.deepEqual(await read(notNow), notNow);
  assert.equal(announced.isKnown(), false);
  await passes(MINUTE);
  assert.equal(announced.isKnown(), true);
});

test("what was read is known until it is stale, and nothing is read while nobody asks", async () => {
  const { announced, passes, read } = world(0, 10_000);
  assert.equal(announced.isKnown(), true);
  await announced.first(async () => 10_000);
  assert.deepEqual([await passes(9_999), announced.isKnown()], [[], true]);
  assert.deepEqual([await passes(1), announced.isKnown(), announced.restMs()], [[], false, 0]);
  await read();
  assert.equal(announced.isKnown(), true);
  assert.deepEqual(await passes(60 * MINUTE), []);
  assert.equal(announced.isKnown(), false);
});

test("a pause after changes that were announced does not bind whoever finds what was read stale", async () => {
  const { announced, passes, read } = world(0, 1_000);
  for (const _ of [1, 2, 3, 4]) {
    announced.note();
    await read();
  }
  assert.equal(announced.isKnown(), true);
  await passes(1_000);
  assert.deepEqual([announced.isKnown(), announced.restMs()], [false, 0]);
});

test("what was read for its age alone says nothing of how often changes are announced", async () => {
  const { announced, passes, read } = world(0, 1_000);
  for (const _ of [1, 2, 3, 4]) {
    announced.note();
    await read();
  }
  for (let seconds = 0; seconds < 40; seconds += 1) {
    await passes(1_000);
    await read();
  }
  announced.note();
  const [readMs] = await passes(MINUTE);
  assert.equal(readMs, 40_250);
});

test("what is stale and cannot be read is read ever more rarely, and only where somebody asks", async () => {
  const { announced, passes, read, readings } = world(0, 10_000);
  await announced.first(async () => 10_000);
  await passes(10_000);
  const rests: number[] = [];
  for (const _ of [1, 2, 3, 4]) {
    await read(failed("not now"));
    rests.push(announced.restMs());
    await passes(announced.restMs());
  }
  assert.deepEqual(rests, [0, 0, 1_000, 2_000]);
  await passes(60 * MINUTE);
  assert.deepEqual([readings(), announced.isKnown()], [4, false]);
  await read();
  assert.deepEqual([announced.isKnown(), announced.restMs()], [true, 0]);
  await passes(10_000);
  await read(failed("not now"));
  assert.equal(announced.restMs(), 0);
});
