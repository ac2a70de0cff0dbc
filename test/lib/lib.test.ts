import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { digestOf } from "../../src/lib/digest.ts";
import { asObject } from "../../src/lib/json.ts";
import { isMinted, mintPermit, type Permit } from "../../src/lib/permit.ts";
import { createSecret } from "../../src/lib/secret.ts";
import { cutText } from "../../src/lib/text.ts";

test("a secret cannot be printed by any way of turning it into text", () => {
  const secret = createSecret("hunter2");
  const texts = [String(secret), JSON.stringify({ secret }), inspect({ secret })];
  assert.equal(
    texts.some((text) => text.includes("hunter2")),
    false,
  );
  assert.equal(secret.reveal(), "hunter2");
});

test("equal values have equal digests, whatever the order of their members", () => {
  assert.equal(digestOf({ a: 1, b: [{ c: 2, d: 3 }] }), digestOf({ b: [{ d: 3, c: 2 }], a: 1 }));
  assert.notEqual(digestOf({ a: [1, 2] }), digestOf({ a: [2, 1] }));
});

test("text is cut at a character, never inside one", () => {
  assert.equal(cutText("aé€😀", 3), "aé");
  assert.equal(cutText("aé€😀", 5), "aé");
  assert.equal(cutText("aé€😀", 6), "aé€");
  assert.equal(cutText("aé€😀", 10), "aé€😀");
});

test("a permit is minted or it is none, whatever it looks like", () => {
  const permit = mintPermit("decision", { tool: "kubectl" });
  const read: Permit<unknown> = JSON.parse(JSON.stringify(permit));
  assert.equal(isMinted(permit), true);
  assert.equal(isMinted(read), false);
  assert.equal(isMinted({ ...permit }), false);
  assert.equal(isMinted({ ...permit, subject: { tool: "rm" } }), false);
});

test("what must be an object is one, or it is a bug that is thrown", () => {
  const object = { a: 1 };
  assert.equal(asObject(object), object);
  for (const other of [null, undefined, [], "{}", 1, true]) {
    assert.throws(() => asObject(other), TypeError);
  }
});
