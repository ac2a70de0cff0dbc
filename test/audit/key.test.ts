import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { chmod, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { openCheckpointKey, publicKeyIn } from "../../src/audit/key.ts";
import { checkWith, publicKeysIn } from "../../src/audit/public-keys.ts";
import { folderFor } from "../support/server.ts";

test("a key is made once, for nobody else's eyes, with its public half beside it for all", async (context) => {
  const stateDir = join(await folderFor(context), "state");
  const opened = await Promise.all(
    Array.from({ length: 5 }, () => openCheckpointKey({ stateDir, path: null })),
  );
  const ids = new Set(opened.map((key) => (key.ok ? key.value.id : key.failure.detail)));
  assert.equal(ids.size, 1);
  assert.deepEqual((await readdir(stateDir)).toSorted(), ["checkpoint.pem", "checkpoint.pub.pem"]);
  assert.equal((await stat(join(stateDir, "checkpoint.pem"))).mode & 0o777, 0o600);
  const keys = publicKeysIn(await readFile(publicKeyIn(stateDir), "utf8"));
  const [key] = opened;
  assert.ok(key?.ok);
  const check = checkWith(keys);
  assert.equal(check(key.value.id, "text", key.value.sign("text")), "valid");
  assert.equal(check(key.value.id, "other", key.value.sign("text")), "invalid");
  assert.equal(checkWith([])(key.value.id, "text", key.value.sign("text")), "unknown_key");
});

test("a key that is named is used, and nothing is written beside it", async (context) => {
  const stateDir = await folderFor(context);
  const path = join(stateDir, "own.pem");
  const { privateKey } = generateKeyPairSync("ed25519");
  await writeFile(path, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o640 });
  const opened = await openCheckpointKey({ stateDir, path });
  assert.ok(opened.ok);
  assert.deepEqual(await readdir(stateDir), ["own.pem"]);
});

const RSA = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
const UNUSABLE: readonly (readonly [string, (path: string) => Promise<void>, RegExp])[] = [
  ["is not there", async () => {}, /key\.pem cannot be used: ENOENT/],
  ["is a folder", (path) => mkdir(path).then(() => {}), /key\.pem is not a file/],
  ["is no key", (path) => writeFile(path, "s3cret", { mode: 0o600 }), /is no private Ed25519 key/],
  [
    "is of another kind",
    (path) => writeFile(path, RSA.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 }),
    /is no private Ed25519 key/,
  ],
  [
    "can be read by everybody",
    async (path) => {
      await writeFile(path, "s3cret");
      await chmod(path, 0o604);
    },
    /everybody can read .*key\.pem; run: chmod o=/,
  ],
];

for (const [what, make, told] of UNUSABLE) {
  test(`a named key that ${what} is refused, and nothing of it is said`, async (context) => {
    const stateDir = await folderFor(context);
    const path = join(stateDir, "key.pem");
    await make(path);
    const opened = await openCheckpointKey({ stateDir, path });
    const detail = opened.ok ? "" : opened.failure.detail;
    assert.match(detail, told);
    assert.match(detail, /audit\.checkpoint_key/);
    assert.doesNotMatch(detail, /s3cret|BEGIN/);
  });
}
