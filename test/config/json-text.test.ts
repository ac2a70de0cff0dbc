import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { lineAndColumn, scanJson } from "../../src/config/json-text.ts";

const BROKEN: readonly (readonly [string, number])[] = [
  ["", 0],
  ["{x}", 1],
  ['{"a":1,}', 7],
  ['{"a":', 5],
  ['{"a" 1}', 5],
  ["[1,\n 2,\n x]", 9],
  ["[1,]", 3],
  ["[,1]", 1],
  ['{"a":"b\nc"}', 5],
  ["{} x", 3],
  ["nul", 0],
  ["[01]", 2],
  ["{1: 2}", 1],
  ["]", 0],
  ["[}", 1],
  ["{]", 1],
  ['{"a":1]', 6],
  ['"\\x"', 0],
  ["True", 0],
];

for (const [text, at] of BROKEN) {
  test(`${JSON.stringify(text)} stops being JSON at ${at}`, () => {
    assert.equal(scanJson(text).breaksAt, at);
    assert.throws(() => JSON.parse(text));
  });
}

test("a text is JSON here exactly when it is for JSON.parse", () => {
  const parses = (text: string): boolean => {
    try {
      JSON.parse(text);
      return true;
    } catch {
      return false;
    }
  };
  const pieces = fc.constantFrom(
    ...'{}[]:,"a1-.e \n\\tn'.split(""),
    '"a"',
    "true",
    "null",
    "12",
    '"\\u00e9"',
  );
  const texts = fc.oneof(
    fc.json(),
    fc.array(pieces, { maxLength: 12 }).map((some) => some.join("")),
  );
  fc.assert(
    fc.property(texts, (text) => (scanJson(text).breaksAt === null) === parses(text)),
    { numRuns: 3_000 },
  );
});

test("names that an object has twice are found wherever they are, however they are escaped", () => {
  const text = '{"a":1,"b":{"c":[{"d":1,"\\u0064":2}]},"a":2}';
  const { twice } = scanJson(text);
  assert.deepEqual(
    twice.map(({ field }) => field),
    ["b.c[0].d", "a"],
  );
});

test("the same name in two objects is not there twice", () => {
  assert.deepEqual(scanJson('[{"a":1},{"a":1},{"b":{"a":1}}]').twice, []);
});

test("a hundred thousand levels of nesting and a long string end nothing", () => {
  const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
  assert.equal(scanJson(deep).breaksAt, null);
  assert.equal(scanJson(`"${"x".repeat(4_000_000)}"`).breaksAt, null);
});

test("lines and columns are counted from 1, whatever ends a line", () => {
  assert.deepEqual(lineAndColumn("a\r\nb\nc\rde", 8), { line: 4, column: 2 });
  assert.deepEqual(lineAndColumn("", 0), { line: 1, column: 1 });
});
