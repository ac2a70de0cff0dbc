// What somebody achieves who can write the store and has not the pepper.

import assert from "node:assert/strict";
import { test } from "node:test";
import { KEY, made, must, withKeys } from "./keyring.ts";
import { NOON } from "./world.ts";

const WIDENED = [
  `permissions = '["*"]'`,
  `roles = '["admin"]'`,
  `"user" = 'root'`,
  `expires_ms = expires_ms * 2`,
  `allowed_ips = NULL, allow_stdio = 1`,
  `mac = '${"0".repeat(64)}'`,
  `pepper = 99`,
];

for (const widened of WIDENED) {
  test(`a key that was widened in the store (${widened}) is never sealed anew, nor the measure of a child`, () =>
    withKeys(async ({ carryOut, fault, sql, store, verify }) => {
      const { row, secret } = made(
        await carryOut({ do: "create", wanted: { ...KEY, allowed_ips: ["10.0.0.0/8"] } }),
      );
      const { id } = row;
      sql(`UPDATE kubiya_credential SET ${widened}`);
      const failure = { reason: "changed_outside", id };
      assert.deepEqual(await fault({ do: "rotate", id, graceMs: 60_000 }), failure);
      for (const kind of ["token", "session"] as const) {
        const wanted = { ...KEY, kind, parent: id, idle_ms: kind === "session" ? 1_000 : null };
        assert.deepEqual(await fault({ do: "create", wanted }), failure);
      }
      assert.deepEqual(await verify(secret), { status: "unknown" });
      assert.equal(must(await store.credential(id))?.row.revision, 1);
    }));
}

test("a list says which rows this server did not write", () =>
  withKeys(async ({ carryOut, sql }) => {
    const forged = made(await carryOut({ do: "create", wanted: KEY })).row.id;
    const own = made(await carryOut({ do: "create", wanted: KEY }, NOON + 1)).row.id;
    sql(`UPDATE kubiya_credential SET "user" = 'root' WHERE id = '${forged}'`);
    const { credentials } = await carryOut({ do: "read", kind: "key" });
    assert.deepEqual(
      credentials.map(({ row, sealed }) => [row.id, sealed]),
      [
        [forged, false],
        [own, true],
      ],
    );
  }));
