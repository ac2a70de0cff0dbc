import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { mint, parse } from "../../src/credential/format.ts";

const KINDS = ["key", "token", "session"] as const;

for (const kind of KINDS) {
  test(`a ${kind} has its own beginning, 70 characters, and says its kind and id`, () => {
    const { id, secret } = mint(kind);
    const text = secret.reveal();
    assert.match(text, /^kb[kts]_[0-9A-Za-z]{16}_[0-9A-Za-z]{49}$/);
    assert.equal(text.length, 70);
    assert.equal(text.charAt(2), kind.charAt(0));
    assert.deepEqual(parse(text), { kind, id });
  });
}

test("a scanner of secrets finds one in any text", () => {
  const text = `KUBIYA_API_KEY="${mint("key").secret.reveal()}";`;
  assert.match(text, /\bkb[kts]_[0-9A-Za-z]{16}_[0-9A-Za-z]{49}\b/);
});

test("no two are alike, and no digit is favoured", () => {
  const made = Array.from({ length: 2_000 }, () => mint("key").secret.reveal());
  assert.equal(new Set(made).size, made.length);
  const counts = new Map<string, number>();
  for (const digit of made.flatMap((text) => text.slice(21, 64).split(""))) {
    counts.set(digit, (counts.get(digit) ?? 0) + 1);
  }
  const expected = (made.length * 43) / 62;
  assert.equal(counts.size, 62);
  for (const [digit, count] of counts) {
    assert.ok(Math.abs(count - expected) < expected / 4, `${digit}: ${count} of ${expected}`);
  }
});

test("a credential cannot be printed by accident", () => {
  const { secret } = mint("key");
  assert.equal(`${String(secret)} ${JSON.stringify({ secret })}`, '[hidden] {"secret":"[hidden]"}');
});

test("one typing error is found, wherever it is", () => {
  const text = mint("key").secret.reveal();
  for (let at = 0; at < text.length; at += 1) {
    const wrong = text.charAt(at) === "x" ? "y" : "x";
    assert.equal(parse(text.slice(0, at) + wrong + text.slice(at + 1)), null, `at ${at}`);
  }
});

test("nothing else is one", () => {
  const text = mint("key").secret.reveal();
  const others = [
    "",
    "kbk_",
    text.slice(0, -1),
    `${text}0`,
    ` ${text}`,
    `${text}\n`,
    text.replace("kbk", "kbx"),
  ];
  for (const other of others) assert.equal(parse(other), null, JSON.stringify(other));
  fc.assert(fc.property(fc.string(), (any) => assert.equal(parse(any), null)));
});
