import assert from "node:assert/strict";
import { test } from "node:test";
import { mint } from "../../src/credential/format.ts";
import { rememberVerified } from "../../src/credential/remember.ts";
import { seal } from "../../src/credential/seal.ts";
import type { Verification, Verify } from "../../src/credential/types.ts";
import { done, failed, type Outcome } from "../../src/lib/outcome.ts";
import { createSecret } from "../../src/lib/secret.ts";
import type { CredentialRow, StoreFailure } from "../../src/store/types.ts";
import { saidBy, startProcess } from "../store/place.ts";
import { KEY, type Keys, made, must, withKeys } from "./keyring.ts";
import { NOON, ROW } from "./world.ts";

const FOUND: Verification = { status: "verified", row: { ...ROW, mac: "" }, parent: null };
const AWAY = failed({ reason: "store_unavailable", detail: "away" } as const);

interface World {
  epoch: Outcome<number, StoreFailure>;
  ms: number;
  proofs: number;
}

/** A memory over a store and a clock that the test sets, and how often it had something proven. */
function remembering(answer: Verification = FOUND) {
  const world: World = { epoch: done(1), ms: 0, proofs: 0 };
  const prove: Verify = async () => {
    world.proofs += 1;
    return done(answer);
  };
  const verify = rememberVerified(prove, {
    store: { epoch: async () => world.epoch },
    stopwatch: () => world.ms,
  });
  return { world, present: (text: string) => verify(createSecret(text)) };
}

test("while nothing has changed what was proven is not proven anew, each for itself", async () => {
  const { world, present } = remembering();
  for (const text of ["a", "b", "a", "b", "a"]) {
    assert.deepEqual(await present(text), done(FOUND));
  }
  assert.equal(world.proofs, 2);
});

test("after a change of anything it is proven anew", async () => {
  const { world, present } = remembering();
  await present("a");
  world.epoch = done(0);
  await present("a");
  assert.equal(world.proofs, 2);
});

for (const [ms, proofs] of [
  [999, 1],
  [1_000, 2],
] as const) {
  test(`after ${ms} ms it has been proven ${proofs} times`, async () => {
    const { world, present } = remembering();
    await present("a");
    world.ms = ms;
    await present("a");
    assert.equal(world.proofs, proofs);
  });
}

for (const status of ["malformed", "unknown"] as const) {
  test(`what is ${status} is not remembered`, async () => {
    const { world, present } = remembering({ status });
    await present("a");
    assert.deepEqual(await present("a"), done({ status }));
    assert.equal(world.proofs, 2);
  });
}

test("where the store cannot say whether anything has changed, nothing counts that is remembered", async () => {
  const { world, present } = remembering();
  await present("a");
  world.epoch = AWAY;
  assert.deepEqual(await present("a"), AWAY);
});

test("what changes while it is proven is proven anew with the next request", async () => {
  let epoch = 1;
  let proofs = 0;
  const prove: Verify = async () => {
    proofs += 1;
    epoch += proofs === 1 ? 1 : 0;
    return done(FOUND);
  };
  const store = { epoch: async () => done(epoch) };
  const verify = rememberVerified(prove, { store, stopwatch: () => 0 });
  for (let at = 0; at < 3; at += 1) await verify(createSecret("a"));
  assert.equal(proofs, 2);
});

test("of more than 4,096 the one that was proven first is forgotten", async () => {
  const { world, present } = remembering();
  for (let at = 0; at <= 4_096; at += 1) await present(String(at));
  await present("1");
  assert.equal(world.proofs, 4_097);
  await present("0");
  assert.equal(world.proofs, 4_098);
});

/** What ends a key, and what is then known of it: none of it may be answered from memory. */
const ENDS: readonly (readonly [
  string,
  (keys: Keys, row: CredentialRow) => Promise<unknown>,
  "unknown" | "revoked",
])[] = [
  ["is revoked", ({ carryOut }, { id }) => carryOut({ do: "revoke", kind: "key", id }), "revoked"],
  [
    "is revoked by another process",
    ({ dir, peppers }, row) => {
      const pepper = peppers.version(row.pepper) ?? assert.fail("no pepper");
      const { mac: _, ...rest } = row;
      const revoked = seal(pepper, { ...rest, revoked_ms: NOON, revision: 2 });
      const where = { postgres: null, stateDir: dir };
      return saidBy(
        startProcess(where, `await store.change(changeOf(${JSON.stringify(revoked)}));`),
      );
    },
    "revoked",
  ],
  [
    "is changed past the store",
    async ({ sql }) => sql("UPDATE kubiya_credential SET expires_ms = expires_ms + 1"),
    "unknown",
  ],
  ["is deleted past the store", async ({ sql }) => sql("DELETE FROM kubiya_credential"), "unknown"],
];

for (const [what, end, known] of ENDS) {
  test(`a key that ${what} is known as that with the next request`, () =>
    withKeys(async (keys) => {
      const { row, secret } = made(await keys.carryOut({ do: "create", wanted: KEY }));
      for (let at = 0; at < 2; at += 1) {
        assert.equal((await keys.verify(secret)).status, "verified");
      }
      await end(keys, row);
      const verified = await keys.verify(secret);
      const revoked = verified.status === "verified" && verified.row.revoked_ms !== null;
      assert.equal(revoked ? "revoked" : verified.status, known);
    }));
}

test("a token is not remembered beyond a change of its key", () =>
  withKeys(async ({ carryOut, verify, sql }) => {
    const { id } = made(await carryOut({ do: "create", wanted: KEY })).row;
    const wanted = { ...KEY, kind: "token", parent: id } as const;
    const { secret } = made(await carryOut({ do: "create", wanted }));
    assert.equal((await verify(secret)).status, "verified");
    sql(`UPDATE kubiya_credential SET roles = '["admin"]' WHERE id = '${id}'`);
    assert.deepEqual(await verify(secret), { status: "unknown" });
  }));

test("a wrong secret beside a remembered one is unknown", () =>
  withKeys(async ({ carryOut, verify, store }) => {
    const { row, secret } = made(await carryOut({ do: "create", wanted: KEY }));
    await verify(secret);
    assert.deepEqual(await verify(mint("key", row.id).secret), { status: "unknown" });
    assert.equal(must(await store.credential(row.id))?.row.revision, 1);
  }));
