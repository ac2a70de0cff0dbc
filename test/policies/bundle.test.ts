import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { appendFile, cp, readFile, symlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { ENTRYPOINTS, entriesOf, inFolder, open } from "./module.ts";

const run = promisify(execFile);

/** The bundle that `scripts/bundle.ts` makes of the policies in a folder. */
async function bundled(dir: string): Promise<Buffer> {
  const output = join(dir, "out", "kubiya.tar.gz");
  await run(process.execPath, [resolve("scripts/bundle.ts"), output], {
    cwd: dir,
    timeout: 60_000,
  });
  return readFile(output);
}

/** A copy of what the script reads, for it to run in. */
async function inCopy<T>(use: (dir: string) => Promise<T>): Promise<T> {
  return inFolder({}, async (dir) => {
    await cp("policies", join(dir, "policies"), { recursive: true });
    await symlink(resolve(".tools"), join(dir, ".tools"));
    return use(dir);
  });
}

async function revisionOf(bundle: Buffer): Promise<unknown> {
  const manifest = (await entriesOf(bundle)).get(".manifest");
  return Object(JSON.parse(String(manifest))).revision;
}

test("the bundle is byte-equal wherever and whenever it is built", async () => {
  const first = await inCopy(async (dir) => [await bundled(dir), await bundled(dir)] as const);
  const second = await inCopy(bundled);
  assert.ok(first[0].equals(first[1]));
  assert.ok(first[0].equals(second));
});

test("its revision changes with its sources, and not with their tests", async () => {
  await inCopy(async (dir) => {
    const before = await revisionOf(await bundled(dir));
    assert.match(String(before), /^[0-9a-f]{16,}$/);
    await appendFile(join(dir, "policies/kubiya/call/call_test.rego"), "\n# one more line\n");
    assert.equal(await revisionOf(await bundled(dir)), before);
    await appendFile(join(dir, "policies/kubiya/call/call.rego"), "\n# one more line\n");
    assert.notEqual(await revisionOf(await bundled(dir)), before);
  });
});

test("it has exactly the five entrypoints, no tests, and no path of the machine", async () => {
  const { bundle, dir } = await inCopy(async (dir) => ({ bundle: await bundled(dir), dir }));
  const entries = await entriesOf(bundle);
  assert.deepEqual((await open(entries)).entrypoints, ENTRYPOINTS);
  for (const [name, content] of entries) {
    assert.equal(name.endsWith("_test.rego"), false, name);
    assert.equal(content.includes("_test"), false, name);
    assert.equal(content.includes(dir), false, name);
  }
});
