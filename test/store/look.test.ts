import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test, type TestContext } from "node:test";
import { createSecret } from "../../src/lib/secret.ts";
import { lookAtStore } from "../../src/store/look.ts";
import { type Postgres, startPostgres, whyNoPostgres } from "../support/postgres.ts";
import { folderFor } from "../support/server.ts";
import { NOON } from "../support/world.ts";
import { open, valueOf, type Where } from "./place.ts";

const skip = whyNoPostgres();
let postgres: Postgres | null = null;
before(async () => {
  if (skip === false) postgres = await startPostgres();
});
after(() => postgres?.remove());

const KINDS: readonly (readonly [
  string,
  string | false,
  (context: TestContext) => Promise<Where>,
])[] = [
  ["SQLite", false, async (context) => ({ postgres: null, stateDir: await folderFor(context) })],
  [
    "PostgreSQL",
    skip,
    async () => ({ postgres: (await postgres?.database()) ?? "", stateDir: "/nowhere" }),
  ],
];

for (const [kind, skip, place] of KINDS) {
  test(`${kind}: looking makes nothing, and tells what is there`, { skip }, async (context) => {
    const where = await place(context);
    const secret = where.postgres === null ? null : createSecret(where.postgres);
    const look = () => lookAtStore({ ...where, postgres: secret });
    for (const _ of ["once", "again"]) {
      assert.deepEqual(valueOf(await look()), { schema: "none", highWaterMs: null });
    }
    assert.equal(existsSync(join(where.stateDir, "store.sqlite")), false);
    const store = valueOf(await open(where));
    await store.highWater(NOON);
    // Also beside a server that has it open.
    assert.deepEqual(valueOf(await look()), { schema: "current", highWaterMs: NOON });
    await store.close();
    assert.deepEqual(valueOf(await look()), { schema: "current", highWaterMs: NOON });
  });
}

test("a file that is no database is told with what to do", async (context) => {
  const stateDir = await folderFor(context);
  await writeFile(join(stateDir, "store.sqlite"), "this is no database, whatever its name says");
  const seen = await lookAtStore({ postgres: null, stateDir });
  assert.ok(!seen.ok);
  assert.match(seen.failure.detail, /^cannot read .*store\.sqlite: .*; restore it from a backup/);
});
