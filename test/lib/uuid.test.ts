import assert from "node:assert/strict";
import { test } from "node:test";
import { createUuid } from "../../src/lib/uuid.ts";

const NOON = 1_795_435_200_000;

test("ids are UUIDs of version 7, ordered by their millisecond", () => {
  let now = NOON;
  const newId = createUuid(() => (now += 1));
  const ids = Array.from({ length: 100 }, () => newId());
  for (const id of ids) {
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  }
  assert.deepEqual(ids.toSorted(), ids);
  assert.equal(Number.parseInt((ids[0] ?? "").replace("-", "").slice(0, 12), 16), NOON + 1);
});

test("ids of one millisecond differ", () => {
  const newId = createUuid(() => NOON);
  assert.equal(new Set(Array.from({ length: 1_000 }, () => newId())).size, 1_000);
});
