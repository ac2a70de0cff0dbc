import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, chown, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { promisify } from "node:util";
import { createDisk, type AppendFile, type Disk } from "../../src/audit/disk.ts";
import { openAudit } from "../../src/audit/open.ts";
import { folderFor } from "../support/server.ts";
import { ACTION, END, openIn, partsIn, recordsIn, saidBy, startWriter } from "./trail.ts";

const run = promisify(execFile);

/** A disk on which the nth call to the system fails, and how many calls there were. */
function failingAt(
  nth: number,
  code: string,
): { readonly disk: Disk; readonly calls: () => number } {
  const real = createDisk();
  let calls = 0;
  const step = (): void => {
    calls += 1;
    if (calls === nth) throw Object.assign(new Error(`${code}: injected`), { code });
  };
  const failing =
    <A extends readonly unknown[], T>(call: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      step();
      return call(...args);
    };
  const fileOf = (file: AppendFile): AppendFile => ({
    write: failing(file.write),
    sync: failing(file.sync),
    // A real descriptor is given back, whatever is said about it.
    close: async () => {
      await file.close();
      step();
    },
  });
  const disk: Disk = {
    makeFolder: failing(real.makeFolder),
    names: failing(real.names),
    read: async function* read(path) {
      step();
      yield* real.read(path);
    },
    append: failing(async (path: string) => fileOf(await real.append(path))),
    truncate: failing(real.truncate),
    syncFolder: failing(real.syncFolder),
  };
  return { disk, calls: () => calls };
}

/** A chain that a crash left with an open intent and a torn line. */
async function crashed(context: TestContext): Promise<string> {
  const dir = await folderFor(context);
  const audit = await openIn(dir, { chain: "cli" });
  await audit.begin(ACTION);
  await audit.close();
  const file = join(dir, "cli", "000001.jsonl");
  await writeFile(file, `${await readFile(file, "utf8")}{"torn`);
  return dir;
}

/** Two actions on a trail; gives the ids that were allowed to run and those whose result may leave. */
async function use(dir: string, disk: Disk): Promise<{ begun: string[]; ended: string[] }> {
  const begun: string[] = [];
  const ended: string[] = [];
  const opened = await openAudit(partsIn(dir, { chain: "cli", disk }));
  if (!opened.ok) {
    assert.match(opened.failure.detail, /: .+; .+/);
    return { begun, ended };
  }
  for (let at = 0; at < 2; at += 1) {
    const intent = await opened.value.begin(ACTION);
    if (!intent.ok) continue;
    begun.push(intent.value.id);
    if ((await intent.value.end(END)).ok) ended.push(intent.value.id);
  }
  await opened.value.close();
  return { begun, ended };
}

for (const code of ["EIO", "ENOSPC"]) {
  test(`each call to the system failed once with ${code}: nothing runs without its record`, async (context) => {
    const whole = failingAt(Infinity, code);
    await use(await crashed(context), whole.disk);
    assert.ok(whole.calls() > 12);
    for (let nth = 1; nth <= whole.calls(); nth += 1) {
      const dir = await crashed(context);
      const { disk, calls } = failingAt(nth, code);
      const { begun, ended } = await use(dir, disk);
      assert.ok(calls() >= nth, "the failure was injected");
      await (await openIn(dir, { chain: "cli" })).close();
      const records = await recordsIn(dir);
      const has = (id: string, result: string): boolean =>
        records.some((record) => record.id === id && record.result === result);
      assert.ok(
        begun.every((id) => has(id, "pending")),
        `intents, call ${nth}`,
      );
      assert.ok(
        ended.every((id) => has(id, "success")),
        `outcomes, call ${nth}`,
      );
      const torn = (await readdir(join(dir, "cli"))).filter((name) => name.includes(".torn-"));
      assert.ok(torn.length > 0, `the torn line is kept, call ${nth}`);
    }
  });
}

test("a trail that broke refuses every call, and the next start goes on after what was written", async (context) => {
  const dir = await folderFor(context);
  const calls = failingAt(Infinity, "EIO");
  const opened = await openIn(dir, { disk: calls.disk });
  await opened.close();
  const broken = await openIn(dir, { disk: failingAt(calls.calls(), "ENOSPC").disk });
  const results = [await broken.begin(ACTION), await broken.begin(ACTION)];
  assert.ok(results.some(({ ok }) => !ok));
  assert.equal((await broken.note(ACTION, END)).ok, false);
  await broken.close();
  const next = await openIn(dir);
  assert.equal((await next.note(ACTION, END)).ok, true);
  await next.close();
});

test("a folder that nobody may write refuses the start with its path and the mend", async (context) => {
  const nobody = 65_534;
  const dir = join(await folderFor(context), "audit");
  await mkdir(dir);
  await chmod(dir, 0o555);
  await chmod(join(dir, ".."), 0o755);
  const root = process.getuid?.() === 0;
  if (root) await chown(dir, nobody, nobody);
  const said = await saidBy(
    startWriter(dir, `say(failure ? failure.detail : "opened")`, root ? { uid: nobody } : {}),
  );
  assert.match(said.join("\n"), /^cannot .*\/audit.*: EACCES; make it writable/);
  assert.deepEqual(await readdir(dir), []);
  await chmod(dir, 0o700);
});

test("on a full disk calls are refused, and after space is made the next start records again", async (context) => {
  const dir = await folderFor(context);
  try {
    await run("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", dir]);
  } catch {
    context.skip("a tmpfs cannot be mounted here (it takes CAP_SYS_ADMIN)");
    return;
  }
  try {
    const audit = await openIn(dir);
    const begun: string[] = [];
    let detail = "";
    while (detail === "") {
      const intent = await audit.begin({ ...ACTION, parameters: { text: "x".repeat(5000) } });
      if (intent.ok) begun.push(intent.value.id);
      else detail = intent.failure.detail;
    }
    assert.match(detail, /ENOSPC; free some space/);
    assert.equal((await audit.note(ACTION, END)).ok, false);
    await audit.close();
    await run("mount", ["-o", "remount,size=1m", dir]);
    await (await openIn(dir)).close();
    const records = await recordsIn(dir);
    assert.ok(begun.length > 3);
    assert.ok(begun.every((id) => records.some((record) => record.id === id)));
  } finally {
    await run("umount", [dir]);
  }
});
