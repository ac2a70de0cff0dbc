import assert from "node:assert/strict";
import { test } from "node:test";
import { createSeal } from "../../src/enforcement/seal.ts";
import { done, failed } from "../../src/lib/outcome.ts";
import { NOON } from "../support/world.ts";

const KEY = new Uint8Array(32).fill(7);
const STATE = { step: 2, name: "ada" };
const PURPOSE = { credential: "k1", action: "tools/call" };
const INVALID = failed("invalid_state");

test("what was sealed comes back as it was, for its own purpose alone", () => {
  const seal = createSeal(KEY, () => NOON);
  const sealed = seal.close(STATE, PURPOSE);
  assert.deepEqual(seal.open(sealed, PURPOSE), done(STATE));
  assert.deepEqual(seal.open(sealed, { ...PURPOSE, credential: "k2" }), INVALID);
  assert.deepEqual(seal.open(sealed, null), INVALID);
});

test("nobody can read it, and no two are the same", () => {
  const seal = createSeal(KEY, () => NOON);
  const sealed = seal.close(STATE, PURPOSE);
  assert.ok(!Buffer.from(sealed, "base64url").toString("latin1").includes("ada"));
  assert.notEqual(seal.close(STATE, PURPOSE), sealed);
});

test("with any character changed, cut or added it does not open", () => {
  const seal = createSeal(KEY, () => NOON);
  const sealed = seal.close(STATE, PURPOSE);
  for (let at = 0; at < sealed.length; at += 1) {
    const other = sealed[at] === "A" ? "B" : "A";
    const changed = sealed.slice(0, at) + other + sealed.slice(at + 1);
    assert.deepEqual(seal.open(changed, PURPOSE), INVALID, `changed at ${at}`);
    assert.deepEqual(seal.open(sealed.slice(0, at), PURPOSE), INVALID, `cut at ${at}`);
  }
  for (const added of ["-TAMPERED", "=", " ", "\n", "A"]) {
    assert.deepEqual(seal.open(sealed + added, PURPOSE), INVALID, JSON.stringify(added));
  }
});

test("another key does not open it, nor does its own after its time", () => {
  let nowMs = NOON;
  const seal = createSeal(KEY, () => nowMs);
  const sealed = seal.close(STATE, PURPOSE);
  assert.deepEqual(createSeal(new Uint8Array(32), () => nowMs).open(sealed, PURPOSE), INVALID);
  nowMs = NOON + 599_999;
  assert.deepEqual(seal.open(sealed, PURPOSE), done(STATE));
  nowMs += 1;
  assert.deepEqual(seal.open(sealed, PURPOSE), INVALID);
});
