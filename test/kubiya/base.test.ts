import assert from "node:assert/strict";
import { test } from "node:test";
import { versionsOf } from "../../src/kubiya/base.ts";

for (const [written, root] of [
  ["https://api.kubiya.ai", "https://api.kubiya.ai"],
  ["https://api.kubiya.ai/", "https://api.kubiya.ai"],
  ["https://api.kubiya.ai/api", "https://api.kubiya.ai"],
  ["https://api.kubiya.ai/api/v1", "https://api.kubiya.ai"],
  ["https://api.kubiya.ai/api/v2/", "https://api.kubiya.ai"],
  ["https://gateway.example/kubiya/api/v1", "https://gateway.example/kubiya"],
] as const) {
  test(`all versions of the API stand beside one another at ${written}`, () => {
    assert.deepEqual(versionsOf(written), {
      v1: `${root}/api/v1`,
      v2: `${root}/api/v2`,
      v3: `${root}/api/v3`,
    });
  });
}
