import assert from "node:assert/strict";
import { test } from "node:test";
import { ROOM } from "../../src/credential/room.ts";
import { LIMITS } from "../../src/tools/upstream/limits.ts";

test("an upstream may rename all that it lists, once, each kept as approved and as presented", () => {
  assert.equal(ROOM.names, 2 * LIMITS.maxItems);
  assert.equal(ROOM.characters, 2 * (2 * LIMITS.maxListBytes));
});
