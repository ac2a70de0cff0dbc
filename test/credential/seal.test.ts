import assert from "node:assert/strict";
import { createSecretKey } from "node:crypto";
import { test } from "node:test";
import { equal, isSealed, seal, verifierOf } from "../../src/credential/seal.ts";
import { ROW } from "./world.ts";

const PEPPER = createSecretKey(Buffer.alloc(32, 7));
const OTHER = createSecretKey(Buffer.alloc(32, 8));

test("a row that was sealed is known again", () => {
  assert.equal(isSealed(PEPPER, seal(PEPPER, ROW)), true);
  assert.equal(isSealed(OTHER, seal(PEPPER, ROW)), false);
});

test("whoever changes any member of a row breaks its seal", () => {
  const row = seal(PEPPER, ROW);
  const changes: readonly Partial<typeof row>[] = [
    { id: "x" },
    { kind: "token" },
    { name: "x" },
    { user: "root" },
    { roles: ["admin"] },
    { roles: [] },
    { permissions: ["*"] },
    { permissions: null },
    { allowed_ips: null },
    { allow_stdio: true },
    { parent: "x" },
    { created_ms: 1 },
    { expires_ms: ROW.expires_ms + 1 },
    { revoked_ms: 1 },
    { replaced_by: "x" },
    { revision: 2 },
    { pepper: 2 },
    { verifier: "00" },
    { mac: "" },
    { mac: row.mac.toUpperCase() },
  ];
  for (const change of changes) {
    assert.equal(isSealed(PEPPER, { ...row, ...change }), false, JSON.stringify(change));
  }
  assert.equal(
    new Set(changes.flatMap((change) => Object.keys(change))).size,
    Object.keys(row).length,
  );
});

test("what moves from one member to the next breaks the seal too", () => {
  const row = seal(PEPPER, { ...ROW, name: "ab", user: "c" });
  assert.equal(isSealed(PEPPER, { ...row, name: "a", user: "bc" }), false);
});

test("a verifier depends on the whole text and on the pepper", () => {
  assert.equal(verifierOf(PEPPER, "a"), verifierOf(PEPPER, "a"));
  assert.notEqual(verifierOf(PEPPER, "a"), verifierOf(PEPPER, "b"));
  assert.notEqual(verifierOf(PEPPER, "a"), verifierOf(OTHER, "a"));
});

test("digests are equal or not, whatever their lengths", () => {
  assert.equal(equal("ab", "ab"), true);
  assert.equal(equal("ab", "ac"), false);
  assert.equal(equal("ab", "abc"), false);
  assert.equal(equal("", ""), true);
});
