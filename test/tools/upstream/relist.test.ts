import assert from "node:assert/strict";
import { test } from "node:test";
import { LIMITS } from "../../../src/tools/upstream/limits.ts";
import { createRelist } from "../../../src/tools/upstream/relist.ts";

const MINUTE = 60_000;

/** A relist by a clock that a test turns: `passes` lets time pass, and gives when something was read. */
function world(readMs = 0) {
  let nowMs = 0;
  let due: { readonly atMs: number; readonly run: () => void } | null = null;
  const readAt: number[] = [];
  const relist = createRelist({
    limits: LIMITS,
    stopwatch: () => nowMs,
    after: (ms, run) => {
      due = { atMs: nowMs + ms, run };
      return () => {
        due = null;
      };
    },
    read: async () => {
      readAt.push(nowMs);
      nowMs += readMs;
    },
  });
  async function passes(ms: number): Promise<readonly number[]> {
    const before = readAt.length;
    const untilMs = nowMs + ms;
    while (due !== null && due.atMs <= untilMs) {
      const { atMs, run } = due;
      due = null;
      nowMs = Math.max(nowMs, atMs);
      run();
      await new Promise((resolve) => setImmediate(resolve));
      announcing();
    }
    nowMs = Math.max(nowMs, untilMs);
    return readAt.slice(before);
  }
  let announcing = (): void => {};
  return {
    relist,
    passes,
    /** From now on it announces as soon as it was read. */
    announceAlways: () => {
      announcing = relist.soon;
      relist.soon();
    },
  };
}

test("what is announced several times before it is read is read once", async () => {
  const { relist, passes } = world();
  for (const _ of [1, 2, 3]) relist.soon();
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
  const { relist, passes } = world();
  for (const _ of [1, 2, 3, 4]) {
    relist.soon();
    await passes(5_000);
  }
  await passes(MINUTE);
  relist.soon();
  const [read] = await passes(MINUTE);
  assert.equal(read, 80_250);
});

test("what takes long to be read rests for as long", async () => {
  const { passes, announceAlways } = world(10_000);
  announceAlways();
  assert.deepEqual(await passes(25_000), [250, 20_250]);
});

test("nothing is read after it was stopped", async () => {
  const { relist, passes } = world();
  relist.soon();
  relist.stop();
  assert.deepEqual(await passes(MINUTE), []);
});
