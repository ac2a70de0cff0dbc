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

const COLUMNS = `id, kind, name, "user", roles, permissions, allowed_ips, allow_stdio, created_ms, expires_ms,
  revoked_ms, replaced_by, revision, verifier, mac, last_used_ms`;

/** Plants a copy of all rows as children of a key, with another pepper or roles. */
const planted = (parent: string, pepper: string, roles: string): string =>
  `INSERT INTO kubiya_credential (${COLUMNS}, parent, pepper)
    SELECT ${COLUMNS.replace("id", "'planted'").replace("roles", roles)}, '${parent}', ${pepper}
    FROM kubiya_credential WHERE id = '${parent}'`;

const OBSTACLES: readonly (readonly [string, (id: string) => string])[] = [
  ["a child with a pepper that is not there", (id) => planted(id, "99", "roles")],
  ["a child that cannot be read", (id) => planted(id, "1", "'oops'")],
  ["a time of revocation", () => "UPDATE kubiya_credential SET revoked_ms = 1"],
  ["a pepper that is not there", () => "UPDATE kubiya_credential SET pepper = 99"],
  ["another kind", () => "UPDATE kubiya_credential SET kind = 'token'"],
  ["a successor that is not there", () => "UPDATE kubiya_credential SET replaced_by = 'nobody'"],
  ["a parent that is not there", () => "UPDATE kubiya_credential SET parent = 'nobody'"],
];

for (const [what, obstacle] of OBSTACLES) {
  test(`${what}, written by somebody else, does not keep a key from being revoked`, () =>
    withKeys(async ({ carryOut, sql, store }) => {
      const { id } = made(await carryOut({ do: "create", wanted: KEY })).row;
      const wanted = { ...KEY, kind: "token", parent: id } as const;
      const token = made(await carryOut({ do: "create", wanted })).row;
      sql(`${obstacle(id)}${obstacle(id).startsWith("UPDATE") ? ` WHERE id = '${id}'` : ""}`);
      const { credentials } = await carryOut({ do: "revoke", kind: "key", id }, NOON + 5);
      const [own] = credentials;
      assert.deepEqual([own?.row.id, own?.row.revoked_ms, own?.sealed], [id, NOON + 5, true]);
      const after = await carryOut({ do: "read", kind: "key" });
      const of = (wantedId: string): unknown => {
        const found = after.credentials.find(({ row }) => row.id === wantedId);
        return [found?.row.revoked_ms, found?.sealed];
      };
      assert.deepEqual(of(id), [NOON + 5, true]);
      assert.deepEqual(of(token.id), [NOON + 5, true]);
      assert.equal(must(await store.credential(token.id))?.row.revision, 2);
    }));
}

test("a key whose successor was taken away can still be revoked", () =>
  withKeys(async ({ carryOut, sql }) => {
    const { id } = made(await carryOut({ do: "create", wanted: KEY })).row;
    const next = made(await carryOut({ do: "rotate", id, graceMs: 60_000 })).row;
    sql(`DELETE FROM kubiya_credential WHERE id = '${next.id}'`);
    const [own] = (await carryOut({ do: "revoke", kind: "key", id }, NOON + 5)).credentials;
    assert.equal(own?.row.revoked_ms, NOON + 5);
  }));

test("a row that cannot be read makes no failure of what was done", () =>
  withKeys(async ({ carryOut, sql, verify }) => {
    const first = made(await carryOut({ do: "create", wanted: KEY })).row;
    sql(planted(first.id, "1", "'oops'"));
    const { row, secret } = made(await carryOut({ do: "create", wanted: KEY }));
    assert.equal((await verify(secret)).status, "verified");
    await carryOut({ do: "rotate", id: row.id, graceMs: 0 });
    const { credentials, unreadable } = await carryOut({ do: "read", kind: "key" });
    assert.deepEqual([credentials.length, unreadable], [3, 1]);
  }));
