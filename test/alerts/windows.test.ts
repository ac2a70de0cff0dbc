import assert from "node:assert/strict";
import { test } from "node:test";
import { createWindows } from "../../src/alerts/windows.ts";
import { NOON } from "../support/world.ts";

const MINUTE = 60_000;

test("what is counted falls out of its window again", () => {
  const { add, count } = createWindows(10);
  assert.equal(add("a", NOON, MINUTE), 1);
  assert.equal(add("a", NOON + 30_000, MINUTE), 2);
  assert.equal(count("a", NOON + 54_999, MINUTE), 2);
  assert.equal(count("a", NOON + MINUTE, MINUTE), 1);
  assert.equal(add("a", NOON + MINUTE, MINUTE), 2);
  assert.equal(count("a", NOON + 10 * MINUTE, MINUTE), 0);
  assert.equal(count("b", NOON, MINUTE), 0);
});

test("a clock that was set back counts anew", () => {
  const { add } = createWindows(10);
  add("a", NOON, MINUTE);
  assert.equal(add("a", NOON - 10 * MINUTE, MINUTE), 1);
});

test("a flood of keys forgets those that were not counted for longest, and keeps the others", () => {
  const { add, count } = createWindows(3);
  for (const key of ["a", "b", "c", "a", "d"]) add(key, NOON, MINUTE);
  assert.deepEqual(
    ["a", "b", "c", "d"].map((key) => count(key, NOON, MINUTE)),
    [2, 0, 1, 1],
  );
});
