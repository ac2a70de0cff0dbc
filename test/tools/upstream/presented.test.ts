import assert from "node:assert/strict";
import { test } from "node:test";
import { nameTools } from "../../../src/tools/upstream/presented.ts";

test("tools are known by the name of their source and their own", () => {
  const definition = { name: "read.file", description: "Reads:\n\ta file — ünïcode 👩‍👩‍👧." };
  const { tools, refused } = nameTools("fs", [definition]);
  assert.deepEqual([...tools], [["fs_read.file", { own: "read.file", definition }]]);
  assert.deepEqual(refused, []);
});

for (const [what, definition, why] of [
  ["that has no name", {}, /has no name/],
  ["whose name is no text", { name: 7 }, /has no name/],
  ["whose name has a space", { name: "read file" }, /at most 64/],
  ["whose name is empty but for its source's and has a slash", { name: "a/b" }, /at most 64/],
  ["whose name is too long", { name: "x".repeat(62) }, /at most 64/],
  [
    "whose description turns the text round",
    { name: "x", description: "\u202Eevil" },
    /cannot see/,
  ],
  [
    "whose description has tags that only programs read",
    { name: "x", description: "\u{e0041}" },
    /cannot see/,
  ],
  [
    "that runs as a task alone",
    { name: "x", execution: { taskSupport: "required" } },
    /runs as a task/,
  ],
  ["whose title rings the bell", { name: "x", title: "\u0007" }, /cannot see/],
  [
    "whose schema hides a word in a name",
    { name: "x", inputSchema: { type: "object", properties: { "a\u200b": {} } } },
    /cannot see/,
  ],
] as const) {
  test(`a tool ${what} is left out, and it is said why`, () => {
    const { tools, refused } = nameTools("fs", [definition]);
    assert.equal(tools.size, 0);
    assert.match(refused[0]?.why ?? "", why);
  });
}

test("a tool that may run as a task and need not is known", () => {
  const definition = { name: "x", execution: { taskSupport: "optional" } };
  assert.deepEqual([...nameTools("fs", [definition]).tools.keys()], ["fs_x"]);
});

test("of two tools of one name the first is known, whatever the second says", () => {
  const { tools, refused } = nameTools("fs", [{ name: "x" }, { name: "x", title: "other" }]);
  assert.deepEqual(tools.get("fs_x")?.definition, { name: "x" });
  assert.deepEqual(refused, [{ name: "fs_x", why: "two tools have this name" }]);
});
