import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { homeFor, keyIn, stopTime } from "./auth-home.ts";

const KEY = /^kbk_[0-9A-Za-z]{16}_[0-9A-Za-z]{49}$/;
const NOW = Date.parse("2026-11-23T12:00:00Z");
const DAY = 86_400_000;

test("a key's secret is all that stdout has; what there is to know of it goes to stderr", async (context) => {
  const { kubiya } = await homeFor(context);
  const ran = await kubiya("auth key create --name ci --expires 30d");
  assert.equal(ran.code, 0);
  assert.match(ran.stdout, new RegExp(`${KEY.source.slice(0, -1)}\n$`));
  assert.equal(ran.stderr.includes(ran.stdout.trim()), false);
  assert.ok(ran.stderr.includes(ran.stdout.slice(4, 20)));
  assert.match(ran.stderr, /expires: {6}20.*Z\n/);
  assert.match(ran.stderr, /store it now: it is shown once\n$/);
});

test("a key has the rights that are named, its networks in their one form, and ends when it was told", async (context) => {
  const { kubiya, json } = await homeFor(context);
  stopTime(context, NOW);
  const made = await json(
    "auth key create --name ci --expires 30d --user ada --permission tools:list --permission runners:read --permission tools:list --allowed-ip 10.0.0.0/8 --allowed-ip ::ffff:192.168.0.0/112 --allow-stdio",
  );
  const { key, ...rest } = made;
  assert.match(key, KEY);
  assert.deepEqual(Object.keys(made).slice(0, 3), ["id", "key", "name"]);
  const shown = {
    id: key.slice(4, 20),
    name: "ci",
    user: "ada",
    roles: [],
    permissions: ["tools:list", "runners:read"],
    allowed_ips: ["10.0.0.0/8", "192.168.0.0/16"],
    parent: null,
    created_at: "2026-11-23T12:00:00.000Z",
    expires_at: "2026-12-23T12:00:00.000Z",
  };
  assert.deepEqual(rest, shown);
  const listed = { ...shown, status: "active", last_used_at: null };
  assert.deepEqual(await json("auth key list"), [listed]);
  assert.deepEqual(await json(`auth key show ${made.id}`), listed);
  const told = await kubiya(`auth key show ${made.id}`);
  assert.match(told.stdout, /^id {11}\S+\nname {9}ci\nuser {9}ada\n/);
  assert.equal((await kubiya("auth key list")).stdout.includes(key), false);
});

test("without a permission and a role a key has those of a new key, for 90 days; its user is its name", async (context) => {
  const { json } = await homeFor(context);
  const { user, permissions, created_at, expires_at } = await json("auth key create --name ci");
  assert.deepEqual([user, permissions], ["ci", ["tools:list", "tools:execute"]]);
  assert.equal(Date.parse(expires_at) - Date.parse(created_at), 90 * DAY);
});

test("a role sets no limit of the key's own; one that is not defined is refused, with its reason", async (context) => {
  const { folder, kubiya, json } = await homeFor(context);
  const roles = { developer: { permissions: ["tools:list"] } };
  await writeFile(join(folder, "c.json"), JSON.stringify({ roles }));
  const made = await json("auth key create --name ci --role developer --config c.json");
  assert.deepEqual([made.roles, made.permissions], [["developer"], null]);
  const refused = await kubiya("auth key create --name ci --role developer");
  assert.deepEqual([refused.code, refused.stdout], [1, ""]);
  assert.match(refused.stderr, /^roles\.unknown: The role developer is not defined/);
});

for (const [asked, code] of [
  ["--expires 400d", "keys.lifetime_too_long"],
  ["--role nope", "roles.unknown"],
]) {
  test(`a key that asks for too much (${asked}) is refused with its reasons, recorded, and not made`, async (context) => {
    const home = await homeFor(context);
    const ran = await home.kubiya(`auth key create --name ci ${asked}`);
    assert.deepEqual([ran.code, ran.stdout], [1, ""]);
    assert.match(ran.stderr, new RegExp(`^${code}: [A-Z].*\\.\n$`));
    assert.deepEqual(await home.json("auth key list"), []);
    const [denied] = await home.records();
    assert.deepEqual(
      [denied?.["action"], denied?.["result"], denied?.["error_code"]],
      ["keys/create", "denied", code],
    );
  });
}

test("every address needs --any to be allowed", async (context) => {
  const { json } = await homeFor(context);
  const made = await json("auth key create --name ci --allowed-ip 0.0.0.0/0 --any");
  assert.deepEqual(made.allowed_ips, ["0.0.0.0/0"]);
});

test("a list is a table, and an empty one says so beside stdout", async (context) => {
  const home = await homeFor(context);
  const none = await home.kubiya("auth key list");
  assert.deepEqual([none.code, none.stdout, none.stderr], [0, "", "there are no keys\n"]);
  await keyIn(home, "--name a");
  await keyIn(home, "--name longer");
  const { stdout } = await home.kubiya("auth key list");
  const [head = "", ...rows] = stdout.trimEnd().split("\n");
  assert.equal(rows.length, 2);
  const at = head.indexOf("user");
  assert.deepEqual(
    rows.map((row) => row.slice(at, at + 6)),
    ["a     ", "longer"],
  );
});

test("a rotated key's new secret is the answer; the old one goes on for its grace, or ends at once", async (context) => {
  const home = await homeFor(context);
  stopTime(context, NOW);
  const old = await keyIn(home, "--name ci --permission tools:list");
  context.mock.timers.setTime(NOW + 1);
  const ran = await home.kubiya(`auth key rotate ${old.id}`);
  assert.match(ran.stdout, new RegExp(`${KEY.source.slice(0, -1)}\n$`));
  assert.match(ran.stderr, new RegExp(`the old one, ${old.id}, ends 2026-11-24T12:00:00.001Z\n$`));
  const [first, second] = await home.json("auth key list");
  assert.deepEqual([first.status, second.status], ["rotating", "active"]);
  assert.deepEqual(second.permissions, ["tools:list"]);
  const third = await home.json(`auth key rotate ${second.id} --grace 0`);
  assert.match(third.key, KEY);
  assert.equal((await home.json(`auth key show ${second.id}`)).status, "expired");
  context.mock.timers.setTime(NOW + 1 + DAY);
  assert.equal((await home.json(`auth key show ${old.id}`)).status, "expired");
  const over = await home.kubiya(`auth key rotate ${old.id}`);
  assert.deepEqual([over.code, over.stdout], [1, ""]);
  assert.match(over.stderr, /^credential\.expired: /);
});

test("a revoked key is shown as that, and cannot be rotated", async (context) => {
  const home = await homeFor(context);
  const { id } = await keyIn(home);
  const ran = await home.kubiya(`auth key revoke ${id}`);
  assert.deepEqual([ran.code, ran.stdout, ran.stderr], [0, "", `the key ${id} is revoked\n`]);
  assert.equal((await home.json(`auth key show ${id}`)).status, "revoked");
  assert.equal((await home.json(`auth key revoke ${id}`)).status, "revoked");
  const rotated = await home.kubiya(`auth key rotate ${id}`);
  assert.equal(rotated.code, 1);
  assert.match(rotated.stderr, /^credential\.revoked: /);
});

test("an id that nothing has is no, and names the lists", async (context) => {
  const { kubiya } = await homeFor(context);
  for (const line of [
    "auth key show nope",
    "auth key rotate nope",
    "auth key revoke nope",
    "auth token revoke nope",
    "auth token generate --key nope",
    "auth session end nope",
  ]) {
    const ran = await kubiya(line);
    assert.deepEqual([ran.code, ran.stdout], [1, ""], line);
    assert.match(ran.stderr, /none with the id nope; see kubiya auth key list/);
  }
});

test("an order that names nothing, or what was rotated before, leaves one record and changes nothing", async (context) => {
  const home = await homeFor(context);
  const { id } = await keyIn(home);
  await home.kubiya(`auth key rotate ${id}`);
  const before = await home.json("auth key list");
  const sofar = (await home.records()).length;
  for (const [line, action, parameters, code] of [
    ["auth key revoke nope", "keys/revoke", { id: "nope" }, "unknown_id"],
    ["auth token revoke nope", "tokens/revoke", { id: "nope" }, "unknown_id"],
    ["auth key rotate nope", "keys/rotate", { id: "nope" }, "unknown_id"],
    [`auth key rotate ${id}`, "keys/rotate", { id }, "already_rotated"],
  ] as const) {
    await home.kubiya(line);
    const last = (await home.records()).at(-1);
    const { phase, user_id, transport, result, error_code, decision } = last ?? {};
    assert.deepEqual(
      [phase, last?.["action"], last?.["parameters"], user_id, transport, result],
      ["outcome", action, parameters, "operator", "cli", "error"],
      line,
    );
    assert.deepEqual([error_code, decision], [code, null], line);
  }
  assert.equal((await home.records()).length, sofar + 4);
  assert.deepEqual(await home.json("auth key list"), before);
});

test("a whole credential that is typed for its id is not said again", async (context) => {
  const home = await homeFor(context);
  const { id, key } = await keyIn(home);
  const ran = await home.kubiya(`auth key revoke ${key}`);
  assert.deepEqual([ran.code, ran.stdout], [1, ""]);
  assert.match(ran.stderr, new RegExp(`by its id, which is ${id}\n$`));
  assert.equal(ran.stderr.includes(key.slice(21)), false);
});

test("what is done to keys is in the chain of the commands, with the id; no file has the secret", async (context) => {
  const home = await homeFor(context);
  const { id, key } = await keyIn(home);
  const rotated = await home.json(`auth key rotate ${id}`);
  const token = await home.json(`auth token generate --key ${id}`);
  await home.kubiya("auth key list");
  await home.kubiya(`auth key revoke ${id}`);
  const records = await home.records();
  const told = records.map(({ chain, user_id, action, result }) => [
    ...[chain, user_id, action, result],
  ]);
  const twice = (action: string): readonly unknown[] =>
    ["pending", "success"].map((result) => ["cli", "operator", action, result]);
  assert.deepEqual(told, [
    ...twice("keys/create"),
    ...twice("keys/rotate"),
    ...twice("tokens/create"),
    ...twice("keys/read"),
    ...twice("keys/revoke"),
  ]);
  const [created, , rotation] = records;
  assert.equal(Object(created?.["parameters"])["id"], id);
  assert.equal(Object(rotation?.["parameters"])["replaced_by"], rotated.id);
  const written = await home.written();
  assert.ok(written.includes(id));
  for (const secret of [key, rotated.key, token.token]) {
    assert.equal(written.includes(secret.slice(21)), false);
    assert.equal(written.includes(secret.slice(21, 64)), false);
  }
});
