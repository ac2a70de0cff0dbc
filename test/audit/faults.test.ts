import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { appendFile, chmod, chown, cp, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { createDisk, type AppendFile, type Disk } from "../../src/audit/disk.ts";
import { filesIn } from "../../src/audit/files.ts";
import { openAudit } from "../../src/audit/open.ts";
import { folderFor } from "../support/server.ts";
import { NOON } from "../support/world.ts";
import {
  ACTION,
  END,
  openIn,
  partsIn,
  recordsIn,
  saidBy,
  startWriter,
  verdictOf,
} from "./trail.ts";

const run = promisify(execFile);

/** What goes wrong at one call to the system: it fails, it writes less than it was given, or it is the last. */
const MISHAPS = ["fails", "short", "killed"] as const;
type Mishap = (typeof MISHAPS)[number];

/** `make proofs` takes each of them at each call, `make test` one of them. */
const CODES = ["EIO", "ENOSPC", "EDQUOT"] as const;
const ROUNDS = process.env["PROOFS"] === "all" ? CODES.length : 1;

/** A disk on which something goes wrong at the nth call to the system, and how many calls there were. */
function failingAt(
  nth: number,
  mishap: Mishap,
  code: string = CODES[nth % CODES.length] ?? "EIO",
): { readonly disk: Disk; readonly calls: () => number } {
  const real = createDisk();
  let calls = 0;
  const step = (): void => {
    calls += 1;
    const fails = calls === nth && mishap !== "short";
    const isDead = calls >= nth && mishap === "killed";
    if (fails || isDead) throw Object.assign(new Error(`${code}: injected`), { code });
  };
  const failing =
    <A extends readonly unknown[], T>(call: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      step();
      return call(...args);
    };
  const fileOf = (file: AppendFile): AppendFile => ({
    write: async (bytes) => {
      const isHere = calls + 1 === nth;
      // A write that fails, or is cut by a kill, may have left a part of it.
      if (isHere) await file.write(bytes.subarray(0, Math.ceil(bytes.length / 2)));
      step();
      return isHere ? Math.ceil(bytes.length / 2) : file.write(bytes);
    },
    sync: failing(file.sync),
    cut: failing(file.cut),
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
    remove: failing(real.remove),
    syncFolder: failing(real.syncFolder),
  };
  return { disk, calls: () => calls };
}

const DAY_MS = 86_400_000;
const SMALL = { chain: "cli", fileBytes: 2_500, retentionDays: 30 } as const;

/** A chain of several old files that a crash left with an open intent in one of them and a torn line. */
async function crashed(context: TestContext): Promise<string> {
  const dir = await folderFor(context);
  const audit = await openIn(dir, { ...SMALL, clock: () => NOON - 40 * DAY_MS });
  await audit.note(ACTION, END);
  await audit.begin(ACTION);
  for (let at = 0; at < 4; at += 1) await audit.note(ACTION, END);
  await audit.close();
  const last = (await filesIn(createDisk(), join(dir, "cli"))).at(-1);
  await appendFile(join(dir, "cli", last?.name ?? ""), '{"torn');
  return dir;
}

/** Some actions on a trail; gives the ids that were allowed to run and those whose result may leave. */
async function use(dir: string, disk: Disk): Promise<{ begun: string[]; ended: string[] }> {
  const begun: string[] = [];
  const ended: string[] = [];
  const opened = await openAudit(partsIn(dir, { ...SMALL, disk, limits: { mendMs: 1 } }));
  if (!opened.ok) {
    assert.match(opened.failure.detail, /: .+; .+/);
    return { begun, ended };
  }
  for (let at = 0; at < 4; at += 1) {
    const intent = await opened.value.begin(ACTION);
    if (intent.ok) begun.push(intent.value.id);
    if (intent.ok && (await intent.value.end(END)).ok) ended.push(intent.value.id);
    // What can be mended is mended meanwhile.
    if (!intent.ok) await delay(5);
  }
  await opened.value.close();
  return { begun, ended };
}

for (const mishap of MISHAPS) {
  test(`${mishap} at each call to the system, in recovery, rotation, checkpoint and retention: nothing runs without its record`, async (context) => {
    const whole = failingAt(Infinity, mishap);
    const before = await crashed(context);
    const dir = await folderFor(context);
    await cp(before, dir, { recursive: true });
    assert.deepEqual((await use(dir, whole.disk)).ended.length, 4);
    const files = await filesIn(createDisk(), join(dir, "cli"));
    assert.ok((files[0]?.number ?? 0) > 2, "retention took files away");
    assert.ok(files.length > 2, "files were begun");
    const rounds = mishap === "fails" ? ROUNDS : 1;
    for (let each = rounds; each < rounds * (whole.calls() + 1); each += 1) {
      const nth = Math.floor(each / rounds);
      const dir = await folderFor(context);
      await cp(before, dir, { recursive: true });
      const { disk, calls } = failingAt(nth, mishap, CODES[each % CODES.length]);
      const { begun, ended } = await use(dir, disk);
      // Whether outcomes are synced alone is a matter of milliseconds.
      assert.ok(calls() >= nth || nth > whole.calls() - 8, "it went wrong");
      await (await openIn(dir, SMALL)).close();
      const { fault, torn } = await verdictOf(dir);
      assert.deepEqual([fault, torn], [null, null], `call ${nth}`);
      const records = await recordsIn(dir);
      const has = (id: string, result: string): boolean =>
        records.some((record) => record.id === id && record.result === result);
      assert.deepEqual(
        begun.filter((id) => !has(id, "pending")),
        [],
        `intents, call ${nth}`,
      );
      assert.deepEqual(
        ended.filter((id) => !has(id, "success")),
        [],
        `outcomes, call ${nth}`,
      );
      const open = new Set(records.filter(({ phase }) => phase === "intent").map(({ id }) => id));
      for (const { id, phase } of records) if (phase === "outcome") open.delete(id);
      assert.deepEqual([...open], [], `every intent has an outcome, call ${nth}`);
      const rests = (await readdir(join(dir, "cli"))).filter((name) => name.includes(".torn-"));
      assert.ok(rests.length > 0, `the torn line is kept, call ${nth}`);
    }
  });
}

test("a trail that could not be written goes on by itself when its disk takes records again", async (context) => {
  const dir = await folderFor(context);
  const real = createDisk();
  let isFull = true;
  const append: Disk["append"] = async (path) => {
    const file = await real.append(path);
    return {
      ...file,
      write: async (bytes) => {
        if (!isFull) return file.write(bytes);
        await file.write(bytes.subarray(0, 9));
        throw Object.assign(new Error("full"), { code: "ENOSPC" });
      },
    };
  };
  const audit = await openIn(dir, {
    ...SMALL,
    disk: { ...real, append },
    limits: { mendMs: 2 },
  });
  const refused = await audit.begin(ACTION);
  assert.match(refused.ok ? "" : refused.failure.detail, /ENOSPC; free some space/);
  assert.equal(audit.works(), false);
  await delay(10);
  assert.equal((await audit.note(ACTION, END)).ok, false);
  isFull = false;
  while (!audit.works()) await delay(2);
  assert.equal((await audit.note(ACTION, END)).ok, true);
  await audit.close();
  assert.equal((await recordsIn(dir)).length, 1);
  assert.equal((await verdictOf(dir)).fault, null);
});

test("a sync that failed is never tried again: the chain is closed, and its process is told to end", async (context) => {
  const dir = await folderFor(context);
  const real = createDisk();
  let syncs = 0;
  const append: Disk["append"] = async (path) => ({
    ...(await real.append(path)),
    sync: async () => {
      syncs += 1;
      throw Object.assign(new Error("i/o"), { code: "EIO" });
    },
  });
  const audit = await openIn(dir, { ...SMALL, disk: { ...real, append }, limits: { mendMs: 1 } });
  const all = await Promise.all([audit.begin(ACTION), audit.begin(ACTION), audit.begin(ACTION)]);
  assert.ok(all.every(({ ok }) => !ok));
  assert.match((await audit.broken).detail, /EIO/);
  await delay(10);
  assert.deepEqual([syncs, audit.works()], [1, false]);
  await audit.close();
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

test("on a full disk calls are refused, and when there is space again the trail goes on by itself", async (context) => {
  const dir = await folderFor(context);
  const mayMount = await run("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", dir]).then(
    () => true,
    () => false,
  );
  if (!mayMount) {
    const must = process.env["CI"] === "true" && process.getuid?.() === 0;
    assert.equal(must, false, "root can mount a tmpfs where this runs for everybody");
    context.skip("a tmpfs cannot be mounted here (it takes CAP_SYS_ADMIN)");
    return;
  }
  try {
    const audit = await openIn(dir, { chain: "cli", limits: { mendMs: 20 } });
    const begun: string[] = [];
    const large = { ...ACTION, parameters: { text: "x".repeat(5000) } };
    let detail = "";
    while (detail === "") {
      const intent = await audit.begin(large);
      if (intent.ok) begun.push(intent.value.id);
      else detail = intent.failure.detail;
    }
    assert.match(detail, /ENOSPC; free some space/);
    await run("mount", ["-o", "remount,size=1m", dir]);
    while (!audit.works()) await delay(5);
    const after = await audit.begin(large);
    assert.ok(after.ok);
    await audit.close();
    await (await openIn(dir, { chain: "cli" })).close();
    const records = await recordsIn(dir);
    assert.ok(begun.length > 3);
    const ids = new Set(records.map(({ id }) => id));
    assert.deepEqual(
      [...begun, after.value.id].filter((id) => !ids.has(id)),
      [],
    );
    assert.equal((await verdictOf(dir)).fault, null);
  } finally {
    await run("umount", [dir]);
  }
});
