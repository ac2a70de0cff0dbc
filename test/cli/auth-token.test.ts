import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { homeFor, keyIn, stopTime } from "./auth-home.ts";

const HOUR = 3_600_000;

test("a token is made of the key in KUBIYA_API_KEY, and is all that stdout has", async (context) => {
  const home = await homeFor(context);
  const { id, key } = await keyIn(home, "--name ci --user ada");
  const ran = await home.kubiya("auth token generate --expires 1h", { KUBIYA_API_KEY: key });
  assert.equal(ran.code, 0);
  assert.match(ran.stdout, /^kbt_[0-9A-Za-z]{16}_[0-9A-Za-z]{49}\n$/);
  assert.match(ran.stderr, /store it now: it is shown once\n$/);
  const [token, ...others] = await home.json("auth token list");
  assert.deepEqual(
    [token.id, token.user, token.parent, token.permissions, token.status, others],
    [ran.stdout.slice(4, 20), "ada", id, null, "active", []],
  );
  assert.equal(Date.parse(token.expires_at) - Date.parse(token.created_at), HOUR);
  assert.equal((await home.json("auth key list")).length, 1);
});

test("a token is made of the `api_key` of the file, or of the key that is named", async (context) => {
  const home = await homeFor(context);
  const own = await keyIn(home);
  const named = await keyIn(home, "--name other");
  await writeFile(join(home.folder, "c.json"), JSON.stringify({ api_key: own.key }));
  const ofFile = await home.json("auth token generate --config c.json --permission tools:list");
  assert.deepEqual([ofFile.parent, ofFile.permissions], [own.id, ["tools:list"]]);
  const ofNamed = await home.json(`auth token generate --config c.json --key ${named.id}`);
  assert.deepEqual([ofNamed.parent, ofNamed.user], [named.id, "other"]);
  assert.match(ofNamed.token, /^kbt_/);
});

test("a token has the roles of its key", async (context) => {
  const home = await homeFor(context);
  const roles = { developer: { permissions: ["tools:list"] } };
  await writeFile(join(home.folder, "c.json"), JSON.stringify({ roles }));
  const { id } = await keyIn(home, "--name ci --role developer --config c.json");
  const token = await home.json(`auth token generate --key ${id} --config c.json`);
  assert.deepEqual([token.roles, token.permissions], [["developer"], null]);
});

test("without a key there is no token, and the mend is said", async (context) => {
  const { kubiya } = await homeFor(context);
  for (const line of ["auth token generate --expires 1h", "auth login"]) {
    const ran = await kubiya(line);
    assert.deepEqual([ran.code, ran.stdout], [2, ""]);
    assert.match(ran.stderr, /there is no key: set KUBIYA_API_KEY to a key of this server/);
  }
});

test("a key of somebody else's makes nothing: authentication failed, with what to check", async (context) => {
  const { kubiya, json } = await homeFor(context);
  const other = await keyIn(await homeFor(context));
  for (const key of ["a-key-of-the-cloud", other.key]) {
    for (const line of ["auth token generate", "auth login"]) {
      const ran = await kubiya(line, { KUBIYA_API_KEY: key });
      assert.deepEqual([ran.code, ran.stdout], [1, ""]);
      assert.match(ran.stderr, /^Authentication failed: .*none of this server's keys; check /);
      assert.equal(ran.stderr.includes(key), false);
    }
  }
  assert.deepEqual(await json("auth token list"), []);
});

const TOO_MUCH = [
  ["--expires 2h", "keys.lifetime_too_long"],
  ["--expires 59s", "keys.lifetime_too_long"],
  ["--permission agents:manage", "keys.exceeds_creator"],
  ["--permission *", "keys.exceeds_creator"],
] as const;

test("a token never has more than its key, nor outlives it", async (context) => {
  const home = await homeFor(context);
  const { key } = await keyIn(home, "--name ci --expires 1h");
  for (const [asked, code] of TOO_MUCH) {
    const ran = await home.kubiya(`auth token generate ${asked}`, { KUBIYA_API_KEY: key });
    assert.deepEqual([ran.code, ran.stdout], [1, ""]);
    assert.match(ran.stderr, new RegExp(`^${code}: `));
  }
  assert.deepEqual(await home.json("auth token list"), []);
});

test("a token makes no token, whichever way it is named", async (context) => {
  const home = await homeFor(context);
  const { id } = await keyIn(home);
  const token = await home.json(`auth token generate --key ${id}`);
  const named = await home.kubiya(`auth token generate --key ${token.id}`);
  const held = await home.kubiya("auth token generate", { KUBIYA_API_KEY: token.token });
  for (const ran of [named, held]) {
    assert.deepEqual([ran.code, ran.stdout], [1, ""]);
    assert.match(ran.stderr, /Only a key can .* name a key\./);
  }
});

test("a token is revoked by itself, and with its key; each by its own command", async (context) => {
  const home = await homeFor(context);
  const { id } = await keyIn(home);
  const [one, two] = [
    await home.json(`auth token generate --key ${id}`),
    await home.json(`auth token generate --key ${id}`),
  ];
  const statuses = async (): Promise<unknown> =>
    (await home.json("auth token list")).map(({ status }: { status: string }) => status);
  assert.equal((await home.kubiya(`auth key revoke ${one.id}`)).code, 1);
  assert.equal((await home.kubiya(`auth token revoke ${id}`)).code, 1);
  assert.deepEqual(await statuses(), ["active", "active"]);
  const ran = await home.kubiya(`auth token revoke ${one.id}`);
  assert.deepEqual([ran.code, ran.stdout], [0, ""]);
  assert.deepEqual(await statuses(), ["revoked", "active"]);
  await home.kubiya(`auth key revoke ${id}`);
  assert.deepEqual(await statuses(), ["revoked", "revoked"]);
  assert.ok(two.id !== one.id);
});

test("a login is a session of the key, as long as the configuration has it idle", async (context) => {
  const home = await homeFor(context);
  stopTime(context, Date.parse("2026-11-23T12:00:00Z"));
  const { id, key } = await keyIn(home, "--name ci --user ada");
  await writeFile(join(home.folder, "c.json"), JSON.stringify({ session_timeout: 60 }));
  const ran = await home.kubiya("auth login --config c.json", { KUBIYA_API_KEY: key });
  assert.equal(ran.code, 0);
  assert.match(ran.stdout, /^kbs_[0-9A-Za-z]{16}_[0-9A-Za-z]{49}\n$/);
  const session = ran.stdout.slice(4, 20);
  assert.deepEqual(await home.json("auth session list"), [
    {
      id: session,
      credential: id,
      user: "ada",
      started_at: "2026-11-23T12:00:00.000Z",
      used_at: "2026-11-23T12:00:00.000Z",
      expires_at: "2026-11-23T12:01:00.000Z",
      status: "open",
    },
  ]);
  assert.match((await home.kubiya("auth session list")).stdout, /^id +credential +user +started/);
  const ended = await home.kubiya(`auth session end ${session}`);
  assert.deepEqual([ended.code, ended.stdout], [0, ""]);
  const none = await home.kubiya("auth session list");
  assert.deepEqual([none.code, none.stdout, none.stderr], [0, "", "there are no sessions\n"]);
});

test("a login of a key that ends soon ends with it, and one key has ten sessions at most", async (context) => {
  const home = await homeFor(context);
  const { key } = await keyIn(home, "--name ci --expires 1h");
  const environment = { KUBIYA_API_KEY: key };
  const first = await home.json("auth login", environment);
  const [listed] = await home.json("auth key list");
  assert.deepEqual([first.expires_at, first.parent], [listed.expires_at, listed.id]);
  for (let more = 1; more < 10; more += 1) {
    assert.equal((await home.kubiya("auth login", environment)).code, 0);
  }
  const over = await home.kubiya("auth login", environment);
  assert.deepEqual([over.code, over.stdout], [1, ""]);
  assert.match(over.stderr, /^session\.too_many: /);
});
