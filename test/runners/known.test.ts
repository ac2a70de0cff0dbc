import assert from "node:assert/strict";
import { test } from "node:test";
import { createKnown, type Known } from "../../src/runners/known.ts";
import type { Kubiya, KubiyaFailure } from "../../src/kubiya/types.ts";
import { done, failed } from "../../src/lib/outcome.ts";
import { clientFor } from "../kubiya/world.ts";
import { json, withCloud } from "../support/cloud.ts";

const silent = (): void => {};
const QUIET = { debug: silent, info: silent, warn: silent, error: silent };
const AWAY: KubiyaFailure = {
  reason: "kubiya_unreachable",
  endpoint: "GET /runners",
  detail: "nothing listens",
};

type Health = Readonly<Record<string, boolean | null>>;

/** A cloud that says this of its runners, a clock, and rounds that begin when a test says so. */
function world(first: Health | null) {
  let health = first;
  let nowMs = 0;
  let next: (() => void) | null = null;
  let changes = 0;
  const warned: string[] = [];
  const kubiya: Pick<Kubiya, "runners" | "runnerHealth"> = {
    runners: async () =>
      health === null ? failed(AWAY) : done(Object.keys(health).map((name) => ({ name }))),
    runnerHealth: async (name) => {
      const healthy = health?.[name] ?? null;
      return healthy === null ? failed(AWAY) : done({ healthy, status: "", checks: [] });
    },
  };
  let begun = (): void => {};
  const known: Known = createKnown({
    kubiya,
    stopwatch: () => nowMs,
    after: (_ms, run) => {
      next = run;
      begun();
      return () => (next = null);
    },
    log: { ...QUIET, warn: (line) => warned.push(line), info: (line) => warned.push(line) },
    onChange: () => (changes += 1),
  });
  const round = (): Promise<void> => new Promise((over) => (begun = over));
  return {
    ...{ known, warned },
    changes: () => changes,
    waits: () => next !== null,
    /** The round that has begun is over. */
    round,
    /** Later, with the cloud like this, another round. */
    later: async (ms: number, now: Health | null) => {
      nowMs += ms;
      health = now;
      const over = round();
      next?.();
      await over;
    },
  };
}

test("nobody knows anything before the first round, and what it says is told once", async () => {
  const { known, round, later, changes } = world({ a: true, b: false, c: null });
  assert.deepEqual(known.runners(), []);
  await round();
  const said = [
    { name: "a", healthy: true },
    { name: "b", healthy: false },
    { name: "c", healthy: null },
  ];
  assert.deepEqual(known.runners(), said);
  assert.equal(changes(), 1);
  await later(30_000, { a: true, b: false, c: null });
  assert.equal(changes(), 1);
  await later(30_000, { a: false, b: false });
  assert.deepEqual(known.runners(), [
    { name: "a", healthy: false },
    { name: "b", healthy: false },
  ]);
  assert.equal(changes(), 2);
});

test("a cloud that is away for a moment changes nothing, and what is too old is unknown", async () => {
  const { known, round, later, changes, warned } = world({ a: true });
  await round();
  await later(45_000, null);
  assert.deepEqual(known.runners(), [{ name: "a", healthy: true }]);
  assert.equal(changes(), 1);
  await later(45_000, null);
  assert.deepEqual(known.runners(), [{ name: "a", healthy: null }]);
  assert.equal(changes(), 2);
  assert.equal(warned.length, 1);
  await later(30_000, { a: true });
  assert.deepEqual(known.runners(), [{ name: "a", healthy: true }]);
  assert.equal(changes(), 3);
  assert.equal(warned.length, 2);
});

test("the health of one runner that cannot be asked for grows old by itself", async () => {
  const { known, round, later } = world({ a: true, b: true });
  await round();
  await later(61_000, { a: null, b: true });
  assert.deepEqual(known.runners(), [
    { name: "a", healthy: null },
    { name: "b", healthy: true },
  ]);
});

test("a runner of the cloud cannot be called as this machine or as a choice is", async () => {
  const { known, round } = world({ local: true, auto: true, default: true, a: true });
  await round();
  assert.deepEqual(known.runners(), [{ name: "a", healthy: true }]);
});

test("when it is stopped nothing is asked any more", async () => {
  const { known, round, waits } = world({ a: true });
  await round();
  assert.equal(waits(), true);
  await known.stop();
  assert.equal(waits(), false);
});

test("a stop does not wait for a cloud that never answers", { timeout: 10_000 }, () =>
  withCloud(async (cloud) => {
    let heard = (): void => {};
    const asked = new Promise<void>((resolve) => (heard = resolve));
    cloud.always(() => heard());
    const known = createKnown({
      kubiya: clientFor(cloud).kubiya,
      stopwatch: () => 0,
      after: () => assert.fail("another round"),
      log: QUIET,
      onChange: () => assert.fail("a change"),
    });
    await asked;
    await known.stop();
    assert.deepEqual(known.runners(), []);
  }),
);

test("the cloud's own answers are read", () =>
  withCloud(async (cloud) => {
    cloud.misbehave((_request, response) =>
      json(response, 200, [{ name: "on-premises" }, { name: "other" }]),
    );
    await new Promise<void>((over) => {
      const known = createKnown({
        kubiya: clientFor(cloud).kubiya,
        stopwatch: () => 0,
        after: () => () => {},
        log: QUIET,
        onChange: () => {
          assert.deepEqual(known.runners(), [
            { name: "on-premises", healthy: true },
            { name: "other", healthy: null },
          ]);
          over();
        },
      });
    });
  }));
