import assert from "node:assert/strict";
import { test } from "node:test";
import { hidePaths } from "../../src/enforcement/mask.ts";

const CASES = [
  ["a member", { a: "s", b: 1 }, ["/a"], { a: "[REDACTED]", b: 1 }],
  ["a nested member", { a: { b: "s", c: 1 } }, ["/a/b"], { a: { b: "[REDACTED]", c: 1 } }],
  ["an item of an array", { a: ["x", "s"] }, ["/a/1"], { a: ["x", "[REDACTED]"] }],
  ["a whole object", { a: { b: 1 } }, ["/a"], { a: "[REDACTED]" }],
  ["a name with a slash and a tilde", { "a/~": "s" }, ["/a~1~0"], { "a/~": "[REDACTED]" }],
  ["everything", { a: "s", b: { c: 1 } }, [""], { a: "[REDACTED]", b: "[REDACTED]" }],
  ["a path that is not there", { a: 1 }, ["/b", "/a/c"], { a: 1 }],
] as const;

for (const [what, object, pointers, expected] of CASES) {
  test(`masking hides ${what}`, () => {
    assert.deepEqual(hidePaths(object, pointers), expected);
  });
}
