import assert from "node:assert/strict";
import { test } from "node:test";
import { createKeepAlive } from "../../src/credential/keep-alive.ts";
import type { KeepAlive } from "../../src/credential/types.ts";
import { done, failed } from "../../src/lib/outcome.ts";
import type { SessionRow } from "../../src/store/types.ts";
import { NOON } from "./world.ts";

const ROW: SessionRow = {
  id: "s1",
  credential: "k1",
  user: "ada",
  started_ms: NOON,
  used_ms: NOON,
  idle_ms: 100_000,
  absolute_ms: 1_000_000,
  mac: "",
};

/** A keep-alive, with what it writes. */
function keeping(works = true): {
  readonly keepAlive: KeepAlive;
  readonly written: (readonly [string, number])[];
  readonly lines: string[];
} {
  const written: (readonly [string, number])[] = [];
  const lines: string[] = [];
  const silent = () => {};
  const write = async (id: string, ms: number) => {
    written.push([id, ms]);
    return works
      ? done(undefined)
      : failed({ reason: "store_unavailable", detail: "away" } as const);
  };
  const log = {
    debug: silent,
    info: silent,
    warn: silent,
    error: (line: string) => lines.push(line),
  };
  return {
    keepAlive: createKeepAlive({ refreshSession: write, used: write }, log),
    written,
    lines,
  };
}

test("a session that nobody used here is as it is stored", () => {
  assert.equal(keeping().keepAlive.latest(ROW, NOON + 5), ROW);
});

test("an accepted request is known at once, and written at most every tenth of the idle limit", () => {
  const { keepAlive, written } = keeping();
  for (const at of [1, 2, 9_999, 10_000, 10_001, 20_002]) {
    keepAlive.accepted(ROW, NOON + at);
    assert.equal(keepAlive.latest(ROW, NOON + at).used_ms, NOON + at);
  }
  assert.deepEqual(written, [
    ["s1", NOON + 1],
    ["s1", NOON + 10_001],
    ["s1", NOON + 20_002],
  ]);
});

test("a long idle limit is written every 30 s", () => {
  const { keepAlive, written } = keeping();
  for (const at of [0, 29_999, 30_000])
    keepAlive.accepted({ ...ROW, idle_ms: 10_000_000 }, NOON + at);
  assert.equal(written.length, 2);
});

test("a time that goes back takes nothing back", () => {
  const { keepAlive } = keeping();
  keepAlive.accepted(ROW, NOON + 50);
  keepAlive.accepted(ROW, NOON + 20);
  assert.equal(keepAlive.latest(ROW, NOON + 60).used_ms, NOON + 50);
});

test("what another process wrote later counts", () => {
  const { keepAlive } = keeping();
  keepAlive.accepted(ROW, NOON + 50);
  assert.equal(keepAlive.latest({ ...ROW, used_ms: NOON + 70 }, NOON + 80).used_ms, NOON + 70);
});

test("a running tool holds its session open until its end, and others of the same session too", () => {
  const { keepAlive } = keeping();
  const [first, second] = [keepAlive.hold(ROW, NOON), keepAlive.hold(ROW, NOON)];
  assert.equal(keepAlive.latest(ROW, NOON + 500_000).used_ms, NOON + 500_000);
  first(NOON + 600_000);
  assert.equal(keepAlive.latest(ROW, NOON + 700_000).used_ms, NOON + 700_000);
  second(NOON + 800_000);
  assert.equal(keepAlive.latest(ROW, NOON + 900_000).used_ms, NOON + 800_000);
});

test("the use of a credential is written at most every 5 minutes", () => {
  const { keepAlive, written } = keeping();
  for (const at of [0, 299_999, 300_000]) keepAlive.used("k1", NOON + at);
  keepAlive.used("k2", NOON);
  assert.deepEqual(written, [
    ["k1", NOON],
    ["k1", NOON + 300_000],
    ["k2", NOON],
  ]);
});

test("a use that cannot be written is said, and goes on here", async () => {
  const { keepAlive, lines } = keeping(false);
  keepAlive.accepted(ROW, NOON + 1);
  await new Promise((next) => setImmediate(next));
  assert.equal(lines.length, 1);
  assert.equal(keepAlive.latest(ROW, NOON + 2).used_ms, NOON + 1);
});

test("a session that is over is forgotten within a minute, and one in which a tool runs is not", () => {
  const { keepAlive } = keeping();
  const held = { ...ROW, id: "s2" };
  keepAlive.accepted(ROW, NOON + 1);
  const release = keepAlive.hold(held, NOON + 1);
  keepAlive.accepted({ ...ROW, id: "s3" }, NOON + 100_001);
  assert.equal(keepAlive.latest(ROW, NOON + 100_001).used_ms, NOON + 1);
  keepAlive.accepted({ ...ROW, id: "s3" }, NOON + 160_001);
  assert.equal(keepAlive.latest(ROW, NOON + 160_001), ROW);
  assert.equal(keepAlive.latest(held, NOON + 160_001).used_ms, NOON + 160_001);
  release(NOON + 160_002);
  assert.equal(keepAlive.latest(held, NOON + 160_003).used_ms, NOON + 160_002);
});
