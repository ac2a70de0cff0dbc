import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { buildInput } from "../../src/input/build.ts";
import { createCheckInput } from "../../src/input/check.ts";
import { CIRCUMSTANCES, stepOf } from "../support/world.ts";

const check = createCheckInput(JSON.parse(await readFile("policies/schemas/input.json", "utf8")));
const CALL = buildInput(CIRCUMSTANCES, {
  action: "tools/call",
  step: stepOf("kubectl", { command: "get pods" }),
});

test("a document that the server built is an input", () => {
  assert.deepEqual(check(CALL), { ok: true, value: CALL });
});

/** What is said of a document that is none. */
const UNFIT: readonly (readonly [string, unknown, RegExp])[] = [
  ["a text", "{}", /^input must be object$/],
  ["an empty one", {}, /input must have required property 'v'.*'action'/],
  ["one of another version", { ...CALL, v: 2 }, /^input\/v must be equal to constant$/],
  ["one with a field of its own", { ...CALL, mine: 1 }, /^input must NOT have additional prop/],
];

for (const [what, document, failure] of UNFIT) {
  test(`${what} is no input, and it is said why`, () => {
    const checked = check(document);
    assert.match(checked.ok ? "it is one" : checked.failure, failure);
  });
}
