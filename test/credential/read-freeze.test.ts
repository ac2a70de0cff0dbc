import assert from "node:assert/strict";
import { test } from "node:test";
import { createReadFreeze } from "../../src/credential/read-freeze.ts";
import type { ReadFreeze } from "../../src/credential/types.ts";
import { done, failed, type Outcome } from "../../src/lib/outcome.ts";
import type { Freeze, Store, StoreFailure } from "../../src/store/types.ts";
import { NOON } from "../support/world.ts";

const FREEZE: Freeze = { reason: "a stolen key", since_ms: NOON };
const GONE = failed({ reason: "store_unavailable", detail: "nobody answers" } as const);
const UNTOLD = { reason: null, since_ms: null };

type Answer<T> = Outcome<T, StoreFailure>;

let nowMs = 0;

/** A store that answers as its fields say at that moment. */
interface Stage {
  epoch: Answer<number>;
  freeze: Answer<Freeze | null>;
  reads: number;
  readonly lines: string[];
  readonly read: ReadFreeze;
}

function stage(): Stage {
  const lines: string[] = [];
  const store: Pick<Store, "epoch" | "freeze"> = {
    epoch: async () => one.epoch,
    freeze: async () => {
      one.reads += 1;
      return one.freeze;
    },
  };
  const silent = (): void => {};
  const log = {
    debug: silent,
    info: silent,
    warn: silent,
    error: (said: string) => lines.push(said),
  };
  const one: Stage = {
    ...{ epoch: done(1), freeze: done(null), reads: 0, lines },
    read: createReadFreeze({ store, stopwatch: () => nowMs, log }),
  };
  return one;
}

test("a freeze is known from the first request of the next epoch on, and so is its end", async () => {
  const one = stage();
  assert.equal(await one.read(), null);
  one.freeze = done(FREEZE);
  one.epoch = done(2);
  assert.deepEqual(await one.read(), FREEZE);
  one.freeze = done(null);
  one.epoch = done(3);
  assert.equal(await one.read(), null);
});

test("within an epoch the store is asked once a second", async () => {
  nowMs = 0;
  const one = stage();
  await one.read();
  await one.read();
  assert.equal(one.reads, 1);
  one.epoch = done(0);
  await one.read();
  assert.equal(one.reads, 2);
  nowMs = 999;
  await one.read();
  assert.equal(one.reads, 2);
  one.freeze = done(FREEZE);
  nowMs = 1000;
  assert.deepEqual(await one.read(), FREEZE);
});

test("what is read while the epoch moves is read again under the new one", async () => {
  const one = stage();
  const early = one.read();
  one.epoch = done(2);
  one.freeze = done(FREEZE);
  assert.deepEqual(await one.read(), FREEZE);
  await early;
  assert.deepEqual(await one.read(), FREEZE);
});

test("a store that cannot say is never one without a freeze", async () => {
  const one = stage();
  await one.read();
  one.epoch = GONE;
  assert.deepEqual(await one.read(), UNTOLD);
  one.epoch = done(2);
  one.freeze = GONE;
  assert.deepEqual(await one.read(), UNTOLD);
  assert.equal(one.lines.length, 2);
  one.freeze = done(null);
  assert.equal(await one.read(), null);
});
