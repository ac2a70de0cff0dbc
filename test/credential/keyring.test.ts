import assert from "node:assert/strict";
import { test } from "node:test";
import { mint } from "../../src/credential/format.ts";
import { createPerform } from "../../src/credential/perform.ts";
import type { Wanted } from "../../src/credential/types.ts";
import { mintPermit } from "../../src/lib/permit.ts";
import type { Store } from "../../src/store/types.ts";
import { HOUR, KEY, made, must, withKeys } from "./keyring.ts";
import { NOON } from "./world.ts";

test("a key that was made is known by its secret, with what was asked for", () =>
  withKeys(async ({ carryOut, verify }) => {
    const { row, secret } = made(await carryOut({ do: "create", wanted: KEY }));
    const verified = await verify(secret);
    assert.deepEqual(verified, { status: "verified", row, parent: null });
    assert.deepEqual(
      [row.user, row.roles, row.permissions, row.created_ms, row.expires_ms],
      ["ada", ["developer"], ["tools:list"], NOON, NOON + HOUR],
    );
  }));

test("nothing of a secret is stored", () =>
  withKeys(async ({ carryOut, store }) => {
    const { secret } = made(await carryOut({ do: "create", wanted: KEY }));
    const stored = JSON.stringify(await store.credentials());
    assert.equal(stored.includes(secret.reveal().slice(21)), false);
    assert.equal(stored.includes(secret.reveal().slice(-20)), false);
  }));

test("what is malformed, unknown or has another secret is told apart by its form alone", () =>
  withKeys(async ({ carryOut, verify }) => {
    const { row } = made(await carryOut({ do: "create", wanted: KEY }));
    assert.deepEqual(await verify("hello"), { status: "malformed" });
    assert.deepEqual(await verify(mint("key").secret), { status: "unknown" });
    const wrong = mint("key", row.id).secret;
    assert.deepEqual(await verify(`${wrong.reveal().slice(0, -6)}000000`), { status: "malformed" });
    assert.deepEqual(await verify(wrong), { status: "unknown" });
    assert.deepEqual(await verify(mint("token", row.id).secret), { status: "unknown" });
  }));

test("a token has its key beside it, a session its record, and both die with it", () =>
  withKeys(async ({ carryOut, verify, store }) => {
    const key = made(await carryOut({ do: "create", wanted: KEY })).row;
    const child = { ...KEY, user: null, roles: [], permissions: null, parent: key.id } as const;
    const token = made(await carryOut({ do: "create", wanted: { ...child, kind: "token" } }));
    const session = made(
      await carryOut({ do: "create", wanted: { ...child, kind: "session", idle_ms: 1_000 } }),
    );
    assert.equal(token.row.user, "ada");
    const verified = await verify(token.secret);
    assert.ok(verified.status === "verified");
    assert.deepEqual(verified.parent, key);
    const record = must(await store.session(session.row.id));
    assert.deepEqual([record?.credential, record?.idle_ms], [key.id, 1_000]);
    assert.equal(must(await store.sessions({ credential: key.id, nowMs: NOON })).length, 1);

    await carryOut({ do: "revoke", kind: "key", id: key.id }, NOON + 5);
    for (const { secret } of [token, session]) {
      const over = await verify(secret);
      assert.ok(over.status === "verified");
      assert.deepEqual([over.row.revoked_ms, over.parent?.revoked_ms], [NOON + 5, NOON + 5]);
    }
    assert.deepEqual(must(await store.sessions({ nowMs: NOON })), []);
  }));

test("a session ends with its key at the latest; a token that asks for more is left to policy", () =>
  withKeys(async ({ carryOut, plan }) => {
    const key = made(await carryOut({ do: "create", wanted: KEY })).row;
    const child = { ...KEY, parent: key.id, lifetime_ms: 2 * HOUR } as const;
    const ends = async (kind: "token" | "session"): Promise<number | undefined> =>
      (await plan({ do: "create", wanted: { ...child, kind } }, NOON + 5)).requested?.expires_ms;
    assert.deepEqual(
      [await ends("session"), await ends("token")],
      [NOON + HOUR, NOON + 5 + 2 * HOUR],
    );
  }));

test("what is rotated is a key: the id of a token is none", () =>
  withKeys(async ({ carryOut, fault }) => {
    const key = made(await carryOut({ do: "create", wanted: KEY })).row;
    const wanted = { ...KEY, kind: "token", parent: key.id } as const;
    const { id } = made(await carryOut({ do: "create", wanted })).row;
    assert.deepEqual(await fault({ do: "rotate", id, graceMs: 0 }), { reason: "unknown_id", id });
  }));

test("a rotated key is the same key with another secret; the old one ends after its grace", () =>
  withKeys(async ({ carryOut, verify }) => {
    const old = made(await carryOut({ do: "create", wanted: KEY }));
    const done = await carryOut({ do: "rotate", id: old.row.id, graceMs: 60_000 }, NOON + 10);
    const { row, secret } = made(done);
    const { name, user, roles, permissions, allowed_ips, allow_stdio } = row;
    assert.deepEqual(
      { name, user, roles, permissions, allowed_ips, allow_stdio },
      {
        ...{ name: "ci", user: "ada", roles: ["developer"], permissions: ["tools:list"] },
        ...{ allowed_ips: null, allow_stdio: false },
      },
    );
    assert.equal(row.expires_ms, NOON + 10 + HOUR);
    const before = await verify(old.secret);
    assert.ok(before.status === "verified");
    assert.deepEqual([before.row.expires_ms, before.row.replaced_by], [NOON + 10 + 60_000, row.id]);
    assert.equal((await verify(secret)).status, "verified");
  }));

test("a grace is never longer than the old key would have lived, and none ends it at once", () =>
  withKeys(async ({ carryOut, verify }) => {
    for (const [graceMs, ends] of [
      [10 * HOUR, NOON + HOUR],
      [0, NOON + 10],
    ] as const) {
      const old = made(await carryOut({ do: "create", wanted: KEY }));
      await carryOut({ do: "rotate", id: old.row.id, graceMs }, NOON + 10);
      const after = await verify(old.secret);
      assert.equal(after.status === "verified" && after.row.expires_ms, ends);
    }
  }));

test("what policies and the trail are told of an order has no secret", () =>
  withKeys(async ({ plan }) => {
    const deed = await plan({ do: "create", wanted: KEY });
    const told = JSON.stringify([deed.requested, deed.subject, deed.recorded]);
    const secret = deed.made?.secret.reveal() ?? "";
    assert.equal(told.includes(secret.slice(21)), false);
    assert.equal(told.includes(deed.made?.row.verifier ?? "x"), false);
    assert.equal(deed.recorded["id"], deed.made?.row.id);
    assert.equal(JSON.stringify(deed).includes(secret), false);
  }));

test("an id that is not there is told as that", () =>
  withKeys(async ({ fault }) => {
    for (const order of [
      { do: "rotate", id: "nope", graceMs: 0 },
      { do: "revoke", kind: "key", id: "nope" },
      { do: "create", wanted: { ...KEY, kind: "token", parent: "nope" } },
    ] as const) {
      assert.deepEqual(await fault(order), { reason: "unknown_id", id: "nope" });
    }
  }));

test("a permit that nobody minted does nothing", () =>
  withKeys(async ({ store, peppers, plan }) => {
    const deed = await plan({ do: "create", wanted: KEY });
    const forged = JSON.parse('{"decisionId":"d"}');
    await assert.rejects(
      createPerform(store, peppers)({ ...forged, subject: deed }, NOON),
      /minted/,
    );
    assert.deepEqual(must(await store.credentials()).rows, []);
  }));

test("a row that was changed in the store by somebody else is nobody's, and it is said", () =>
  withKeys(async ({ carryOut, verify, sql, lines }) => {
    const { secret } = made(await carryOut({ do: "create", wanted: KEY }));
    sql(`UPDATE kubiya_credential SET permissions = '["*"]'`);
    assert.deepEqual(await verify(secret), { status: "unknown" });
    assert.equal(lines.length, 1);
  }));

test("a session that its caller closes ends by itself alone, and the trail says which", async () => {
  await withKeys(async ({ plan }) => {
    const deed = await plan({ do: "close_session", id: "s1" });
    assert.deepEqual(
      [deed.action, deed.change.endSession, deed.recorded, deed.change.credentials],
      ["sessions/close", "s1", { session: "s1" }, []],
    );
  });
});

test("a session ends with the key that it comes from, if that is sooner", async () => {
  await withKeys(async ({ carryOut }) => {
    const { made } = await carryOut({ do: "create", wanted: KEY });
    const key = made?.row ?? assert.fail("nothing was made");
    const session: Wanted = {
      ...{ ...KEY, kind: "session", roles: [], permissions: null, user: null },
      ...{ parent: key.id, idle_ms: 1_000 },
    };
    const long = await carryOut({ do: "create", wanted: { ...session, lifetime_ms: 2 * HOUR } });
    assert.equal(long.made?.row.expires_ms, key.expires_ms);
    const short = await carryOut({ do: "create", wanted: { ...session, lifetime_ms: 1_000 } });
    assert.equal(short.made?.row.expires_ms, NOON + 1_000);
  });
});

test("a login is one change, and what is only read is none", () =>
  withKeys(async ({ plan, peppers, store, carryOut }) => {
    const { id } = made(await carryOut({ do: "create", wanted: KEY })).row;
    let changes = 0;
    const counting: Store = {
      ...store,
      change: (change) => {
        changes += 1;
        return store.change(change);
      },
    };
    const perform = createPerform(counting, peppers);
    const epoch = must(await store.epoch());
    must(await perform(mintPermit("d", await plan({ do: "read", kind: "key" })), NOON));
    assert.deepEqual([changes, must(await store.epoch())], [0, epoch]);
    const wanted = { ...KEY, kind: "session", parent: id, idle_ms: 1_000 } as const;
    const { row } = made(
      must(await perform(mintPermit("d", await plan({ do: "create", wanted })), NOON)),
    );
    assert.equal(changes, 1);
    assert.equal(must(await store.session(row.id))?.credential, id);
  }));

test("a session that has ended stays so, also where somebody puts its record back", () =>
  withKeys(async ({ carryOut, verify, sql }) => {
    const { id } = made(await carryOut({ do: "create", wanted: KEY })).row;
    const wanted = { ...KEY, kind: "session", parent: id, idle_ms: HOUR } as const;
    for (const order of ["end_session", "close_session"] as const) {
      const { row, secret } = made(await carryOut({ do: "create", wanted }));
      sql("CREATE TABLE copy AS SELECT * FROM kubiya_session");
      await carryOut({ do: order, id: row.id }, NOON + 5);
      sql("INSERT INTO kubiya_session SELECT * FROM copy; DROP TABLE copy");
      const verified = await verify(secret);
      assert.equal(verified.status === "verified" && verified.row.revoked_ms, NOON + 5);
      await carryOut({ do: order, id: row.id }, NOON + 6);
    }
  }));

test("a freeze is kept with its reason and its moment, and lifted again", () =>
  withKeys(async ({ carryOut, store }) => {
    await carryOut({ do: "freeze", reason: "a stolen key" });
    assert.deepEqual(must(await store.freeze()), { reason: "a stolen key", since_ms: NOON });
    await carryOut({ do: "unfreeze" });
    assert.equal(must(await store.freeze()), null);
  }));
