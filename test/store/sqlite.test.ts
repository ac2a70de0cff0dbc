import assert from "node:assert/strict";
import { chmod, mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { folderFor } from "../support/server.ts";
import {
  changeOf,
  failureOf,
  KEY,
  type MakePlace,
  open,
  saidBy,
  startProcess,
  storeIn,
  valueOf,
} from "./place.ts";
import { alertSuite } from "./alerts.ts";
import { processSuite } from "./processes.ts";
import { storeSuite } from "./suite.ts";

const makePlace: MakePlace = async (context) => {
  const stateDir = join(await folderFor(context), "state", "mcp");
  return {
    ...{ postgres: null, stateDir },
    query: async (sql) => {
      const database = new DatabaseSync(join(stateDir, "store.sqlite"), { timeout: 1000 });
      try {
        return database
          .prepare(sql)
          .all()
          .map((row) => ({ ...row }));
      } finally {
        database.close();
      }
    },
  };
};

storeSuite("a store in SQLite", makePlace);
processSuite("a store in SQLite", makePlace);
alertSuite("the alerts of a store in SQLite", makePlace);

async function modesIn(folder: string): Promise<Readonly<Record<string, string>>> {
  const modes: Record<string, string> = {};
  for (const name of [".", ...(await readdir(folder))]) {
    modes[name] = ((await stat(join(folder, name))).mode & 0o777).toString(8);
  }
  return modes;
}

const PRIVATE = {
  ...{ ".": "700", "store.sqlite": "600", "store.sqlite-shm": "600", "store.sqlite-wal": "600" },
};

test("nobody else can read what is stored", async (context) => {
  const { stateDir } = await makePlace(context);
  const before = process.umask(0);
  context.after(() => process.umask(before));
  const store = await storeIn(context, { postgres: null, stateDir });
  valueOf(await store.change(changeOf(KEY)));
  assert.deepEqual(await modesIn(stateDir), PRIVATE);
});

test("files that others could read are made private, those beside it too", async (context) => {
  const place = await makePlace(context);
  await mkdir(place.stateDir, { recursive: true, mode: 0o700 });
  await writeFile(join(place.stateDir, "store.sqlite"), "", { mode: 0o644 });
  const holder = new DatabaseSync(join(place.stateDir, "store.sqlite"));
  context.after(() => holder.close());
  holder.exec("PRAGMA journal_mode = WAL; CREATE TABLE other (x)");
  assert.equal((await modesIn(place.stateDir))["store.sqlite-wal"], "644");
  await storeIn(context, place);
  assert.deepEqual(await modesIn(place.stateDir), PRIVATE);
});

test("what somebody wrote past the store is another epoch, at once", async (context) => {
  const place = await makePlace(context);
  const store = await storeIn(context, place);
  valueOf(await store.change(changeOf(KEY)));
  const epoch = valueOf(await store.epoch());
  await place.query("SELECT * FROM kubiya_credential");
  assert.equal(valueOf(await store.epoch()), epoch);
  await place.query("UPDATE kubiya_credential SET expires_ms = 0");
  assert.notEqual(valueOf(await store.epoch()), epoch);
});

test("who reads does not wait for who writes: the file is in WAL mode", async (context) => {
  const place = await makePlace(context);
  await storeIn(context, place);
  assert.deepEqual(await place.query("PRAGMA journal_mode"), [{ journal_mode: "wal" }]);
});

test("a folder that cannot be written is a failure that says what to do", async (context) => {
  const { stateDir } = await makePlace(context);
  await mkdir(stateDir, { recursive: true });
  await chmod(join(stateDir, "..", ".."), 0o755);
  await chmod(stateDir, 0o555);
  const uid = process.getuid?.() === 0 ? { uid: 65_534 } : {};
  const child = startProcess({ postgres: null, stateDir }, "say(failure.detail);", uid);
  assert.deepEqual(await saidBy(child), [
    `cannot open ${stateDir}/store.sqlite: EACCES; make it writable for the user that runs the server, ` +
      "or name another folder in state_dir",
  ]);
  assert.deepEqual(await readdir(stateDir), []);
});

test("a file where the folder should be, and a file that is no database, are failures", async (context) => {
  const { stateDir } = await makePlace(context);
  await mkdir(stateDir, { recursive: true });
  await writeFile(join(stateDir, "file"), "");
  const below = failureOf(
    await open({ postgres: null, stateDir: join(stateDir, "file", "below") }),
  );
  assert.match(below.detail, /ENOTDIR; a file stands where a folder is needed/);
  const path = join(stateDir, "store.sqlite");
  await writeFile(path, "no database, but long enough to be taken for one".repeat(100));
  const { detail } = failureOf(await open({ postgres: null, stateDir }));
  assert.equal(
    detail,
    `cannot open ${path}: file is not a database; restore it from a backup, or move it away to begin with an empty one`,
  );
});
