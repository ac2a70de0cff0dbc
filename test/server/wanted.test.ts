import assert from "node:assert/strict";
import { test } from "node:test";
import { readingIn } from "../../src/server/wanted.ts";

const BOTH = { name: "fs_help", uri: "file:///{a}" };

for (const [type, name] of [
  ["ref/prompt", BOTH.name],
  ["ref/resource", BOTH.uri],
  ["ref/tool", null],
  ["constructor", null],
  [undefined, null],
] as const) {
  test(`what is completed is named by the member that policies read: ${type}`, () => {
    const ref = { ...BOTH, "": "x", ...(type !== undefined && { type }) };
    const read = readingIn("completion/complete", { ref, argument: { name: "a", value: "" } });
    assert.equal(read.ok ? read.value.reading.name : null, name);
  });
}
