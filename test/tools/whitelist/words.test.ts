import assert from "node:assert/strict";
import { test } from "node:test";
import { splitWords } from "../../../src/tools/whitelist/words.ts";

const SPLIT = [
  ["get pods", ["get", "pods"]],
  ["  a\t\r\nb  ", ["a", "b"]],
  ["", []],
  ["''", [""]],
  ["'a b' \"c d\"", ["a b", "c d"]],
  ["'a\\b'", ["a\\b"]],
  ['"a\\"b\\\\c\\d"', ['a"b\\c\\d']],
  ["a\\ b \\\\ \\'", ["a b", "\\", "'"]],
  ["--x='y z'", ["--x=y z"]],
  ["$HOME `id` ~ * ; | & < >", ["$HOME", "`id`", "~", "*", ";", "|", "&", "<", ">"]],
  ["a;rm -rf /", ["a;rm", "-rf", "/"]],
  ["a\u00a0b", ["a\u00a0b"]],
] as const;

for (const [command, words] of SPLIT) {
  test(`${JSON.stringify(command)} is ${JSON.stringify(words)}`, () => {
    assert.deepEqual(splitWords(command), { ok: true, value: words });
  });
}

for (const command of ["'a", '"a', "a\\", '"a\\"', "'a' 'b"]) {
  test(`${JSON.stringify(command)} has no end, and is an error`, () => {
    assert.equal(splitWords(command).ok, false);
  });
}
