// What commands say of a store that somebody else wrote to.

import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { type Home, homeFor, keyIn, stopTime } from "./auth-home.ts";

const NOW = Date.parse("2026-11-23T12:00:00Z");

function sql({ folder }: Home, text: string): void {
  const path = join(folder, ".kubiya", "mcp", "store.sqlite");
  const database = new DatabaseSync(path, { enableForeignKeyConstraints: false });
  database.exec(text);
  database.close();
}

test("a key that somebody else changed is shown as that, not rotated, and can be revoked", async (context) => {
  const home = await homeFor(context);
  const { id } = await keyIn(home);
  sql(home, `UPDATE kubiya_credential SET permissions = '["*"]'`);
  assert.equal((await home.json(`auth key show ${id}`)).status, "changed outside");
  assert.match((await home.kubiya("auth key list")).stdout, /changed outside\n$/);
  for (const line of [`auth key rotate ${id}`, `auth token generate --key ${id}`]) {
    const ran = await home.kubiya(line);
    assert.deepEqual([ran.code, ran.stdout], [4, ""], line);
    assert.match(ran.stderr, new RegExp(`^somebody else changed ${id} in the store`));
  }
  const revoked = await home.kubiya(`auth key revoke ${id}`);
  assert.deepEqual([revoked.code, revoked.stderr], [0, `the key ${id} is revoked\n`]);
  assert.equal((await home.json(`auth key show ${id}`)).status, "revoked");
});

test("a row that cannot be read is counted, and the others are shown, made and revoked", async (context) => {
  const home = await homeFor(context);
  const [spoilt, other] = [await keyIn(home), await keyIn(home)];
  sql(home, `UPDATE kubiya_credential SET roles = 'oops' WHERE id = '${spoilt.id}'`);
  const { stdout, stderr } = await home.kubiya("auth key list");
  assert.equal(stdout.trimEnd().split("\n").length, 2);
  assert.match(stderr, /^left out: 1 /);
  assert.equal((await home.kubiya("auth key create --name more")).code, 0);
  assert.equal((await home.kubiya(`auth key revoke ${other.id}`)).code, 0);
});

test("a token is shown as ended, or as changed, where its key is", async (context) => {
  const home = await homeFor(context);
  stopTime(context, NOW);
  const { id } = await keyIn(home);
  await home.json(`auth token generate --key ${id} --expires 1h`);
  const status = async (): Promise<unknown> => (await home.json("auth token list"))[0].status;
  await home.kubiya(`auth key rotate ${id} --grace 1m`);
  assert.equal(await status(), "active");
  context.mock.timers.setTime(NOW + 60_000);
  assert.equal(await status(), "expired");
  sql(home, `UPDATE kubiya_credential SET expires_ms = expires_ms * 2 WHERE id = '${id}'`);
  assert.equal(await status(), "changed outside");
});

test("a session that somebody else changed is shown as that, and can be ended", async (context) => {
  const home = await homeFor(context);
  const { key } = await keyIn(home);
  for (let at = 0; at < 2; at += 1) await home.kubiya("auth login", { KUBIYA_API_KEY: key });
  const [spoilt] = await home.json("auth session list");
  assert.equal(spoilt.status, "open");
  sql(home, `UPDATE kubiya_session SET idle_ms = idle_ms + 1 WHERE id = '${spoilt.id}'`);
  const listed = await home.json("auth session list");
  const statuses = listed.map(({ id, status }: Record<string, string>) => [
    id === spoilt.id,
    status,
  ]);
  assert.deepEqual(statuses.toSorted(), [
    [false, "open"],
    [true, "changed outside"],
  ]);
  assert.match((await home.kubiya("auth session list")).stdout, / changed outside\n/);
  assert.equal((await home.kubiya(`auth session end ${spoilt.id}`)).code, 0);
  assert.equal((await home.json("auth session list")).length, 1);
});
