import assert from "node:assert/strict";
import { test } from "node:test";
import { markedSecret } from "../../src/lib/marked.ts";

const secret = { type: "string", writeOnly: true };

const CASES = [
  ["an argument", { properties: { a: secret, b: {} } }, { a: "s", b: "x" }, ["/a"]],
  ["an argument that was not given", { properties: { a: secret } }, { b: 1 }, []],
  [
    "a member of an argument",
    { properties: { a: { properties: { "b/~": secret } } } },
    { a: { "b/~": "s" } },
    ["/a/b~1~0"],
  ],
  ["items", { properties: { a: { items: secret } } }, { a: ["s", "t"] }, ["/a/0", "/a/1"]],
  ["a part of a combination", { allOf: [{ properties: { a: secret } }] }, { a: "s" }, ["/a"]],
  ["all of it", secret, { a: "s" }, [""]],
  ["nothing", { properties: { a: { writeOnly: false } } }, { a: "s" }, []],
  ["nothing where the value is another", { properties: { a: { items: secret } } }, { a: 1 }, []],
] as const;

for (const [what, schema, value, pointers] of CASES) {
  test(`a schema that marks ${what} as secret points to it`, () => {
    assert.deepEqual(markedSecret(schema, value), pointers);
  });
}
