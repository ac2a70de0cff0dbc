import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { openPeppers } from "../../src/credential/pepper.ts";
import { done } from "../../src/lib/outcome.ts";

/** A store with nothing in it. */
const EMPTY = { credentials: async () => done({ rows: [], unreadable: 0 }) };

async function inFolder(work: (dir: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), "kubiya-pepper-"));
  try {
    await work(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** The current pepper, in hexadecimal; null where it cannot be used. */
async function current(dir: string): Promise<string | null> {
  const opened = await openPeppers(dir, EMPTY);
  if (!opened.ok) return null;
  const { current: version, version: pepperOf } = opened.value;
  return pepperOf(version)?.export().toString("hex") ?? "";
}

test("a pepper is made once, private, and found again", () =>
  inFolder(async (dir) => {
    const state = join(dir, "state");
    const first = await current(state);
    assert.equal(first?.length, 64);
    assert.equal(await current(state), first);
    assert.deepEqual(await readdir(state), ["pepper.json"]);
    assert.equal((await stat(state)).mode & 0o777, 0o700);
    assert.equal((await stat(join(state, "pepper.json"))).mode & 0o777, 0o600);
  }));

test("processes that start at once have one pepper", () =>
  inFolder(async (dir) => {
    const module = resolve("src/credential/pepper.ts");
    const script = `import(${JSON.stringify(module)}).then(async ({ openPeppers }) => {
      const empty = async () => ({ ok: true, value: { rows: [], unreadable: 0 } });
      const { value } = await openPeppers(process.argv[1], { credentials: empty });
      console.log(value.version(value.current).export().toString("hex"));
    })`;
    const run = promisify(execFile);
    const made = await Promise.all(
      Array.from({ length: 4 }, () =>
        run(process.execPath, ["-e", script, dir], { timeout: 30_000 }),
      ),
    );
    assert.equal(new Set(made.map(({ stdout }) => stdout)).size, 1);
  }));

test("a pepper that others can read is not used, and the failure says how to mend it", () =>
  inFolder(async (dir) => {
    await current(dir);
    const file = join(dir, "pepper.json");
    await chmod(file, 0o640);
    const opened = await openPeppers(dir, EMPTY);
    assert.ok(!opened.ok);
    assert.match(opened.failure.detail, /others can read .*chmod 600/);
    await chmod(file, 0o600);
    assert.notEqual(await current(dir), null);
  }));

test("a pepper that is not what was written is not used, and nothing of it is told", () =>
  inFolder(async (dir) => {
    const file = join(dir, "pepper.json");
    await current(dir);
    const good = await readFile(file, "utf8");
    const key = JSON.parse(good).peppers["1"];
    for (const text of [
      "",
      "{}",
      "hello",
      "[]",
      good.replace(key, "c2hvcnQ="),
      good.replace('"current":1', '"current":2'),
      good.slice(0, 30),
    ]) {
      await writeFile(file, text);
      const opened = await openPeppers(dir, EMPTY);
      assert.ok(!opened.ok, text);
      assert.equal(opened.failure.detail.includes(key.slice(0, 8)), false);
    }
  }));

test("an older pepper stays known beside the current one", () =>
  inFolder(async (dir) => {
    const [old, fresh] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
    const peppers = { 1: old.toString("base64"), 2: fresh.toString("base64") };
    await writeFile(join(dir, "pepper.json"), JSON.stringify({ current: 2, peppers }), {
      mode: 0o600,
    });
    const opened = await openPeppers(dir, EMPTY);
    assert.ok(opened.ok);
    assert.deepEqual(opened.value.version(1)?.export(), old);
    assert.deepEqual(opened.value.version(opened.value.current)?.export(), fresh);
    assert.equal(opened.value.version(3), null);
  }));

test("a pepper that is missing beside a store with credentials is not made anew", () =>
  inFolder(async (dir) => {
    const spoilt = { credentials: async () => done({ rows: [], unreadable: 1 }) };
    const opened = await openPeppers(dir, spoilt);
    assert.match(
      opened.ok ? "" : opened.failure.detail,
      /not there.*; put it back from a copy, or copy it from another server of the same store$/,
    );
    assert.deepEqual(await readdir(dir), []);
    await current(dir);
    assert.ok((await openPeppers(dir, spoilt)).ok);
  }));

test("a pipe in the place of the pepper is not waited for", () =>
  inFolder(async (dir) => {
    await promisify(execFile)("mkfifo", ["-m", "600", join(dir, "pepper.json")]);
    const opened = await openPeppers(dir, EMPTY);
    assert.match(opened.ok ? "" : opened.failure.detail, /is not a file; put it back/);
  }));

test("a folder that others can write to keeps no pepper, and the failure says how to mend it", () =>
  inFolder(async (dir) => {
    for (const mode of [0o720, 0o702]) {
      await chmod(dir, mode);
      const opened = await openPeppers(dir, EMPTY);
      const says = `others can write to ${dir}; run: chmod go-w ${dir}`;
      assert.equal(opened.ok ? "" : opened.failure.detail, says);
      assert.deepEqual(await readdir(dir), []);
    }
    await chmod(dir, 0o755);
    assert.notEqual(await current(dir), null);
  }));
