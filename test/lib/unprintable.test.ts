import assert from "node:assert/strict";
import { test } from "node:test";
import { escapeUnprintable, hasUnprintable } from "../../src/lib/unprintable.ts";

/** What forges: the character, and how it is written where it must be seen. */
const FORGING: readonly (readonly [what: string, character: string, written: string])[] = [
  ["a line feed", "\n", "\\u000a"],
  ["a carriage return", "\r", "\\u000d"],
  ["a terminal's escape", "\u001b", "\\u001b"],
  ["DEL", "\u007f", "\\u007f"],
  ["a C1 control", "\u009b", "\\u009b"],
  ["a line separator", "\u2028", "\\u2028"],
  ["an Arabic letter mark", "\u061c", "\\u061c"],
  ["a right-to-left override", "\u202e", "\\u202e"],
  ["an isolate", "\u2066", "\\u2066"],
  ["a space without width", "\u200b", "\\u200b"],
  ["a word joiner", "\u2060", "\\u2060"],
  ["a byte order mark", "\ufeff", "\\ufeff"],
  ["a letter that only programs read", "\u{e0041}", "\\udb40\\udc41"],
];

for (const [what, character, written] of FORGING) {
  test(`${what} is found, and escaped so that it can be seen`, () => {
    const text = `a${character}b${character}`;
    assert.equal(hasUnprintable(text), true);
    assert.equal(hasUnprintable(text), true, "asked a second time");
    assert.equal(escapeUnprintable(text), `a${written}b${written}`);
    assert.equal(JSON.parse(`"${escapeUnprintable(text)}"`), text);
  });
}

test("what people write in any language is printable", () => {
  const text = "Grüße, 你好, سلام, می‌خواهم, 👩‍👩‍👧 ❤️ — “x” \\u202e";
  assert.equal(hasUnprintable(text), false);
  assert.equal(escapeUnprintable(text), text);
});
