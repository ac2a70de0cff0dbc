import assert from "node:assert/strict";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { createDisk } from "../../src/audit/disk.ts";
import { createRetention } from "../../src/audit/retention.ts";
import { sha256 } from "../../src/lib/digest.ts";
import type { LogFacts } from "../../src/lib/log.ts";
import { done } from "../../src/lib/outcome.ts";
import { chainsIn as allIn } from "../support/records.ts";
import { folderFor } from "../support/server.ts";
import { NOON } from "../support/world.ts";
import { ACTION, END, KEY, openIn, QUIET, recordsIn, verdictOf } from "./trail.ts";

const DAY_MS = 86_400_000;

async function filesOf(dir: string): Promise<readonly string[]> {
  return (await readdir(join(dir, "cli"))).filter((name) => name.endsWith(".jsonl")).toSorted();
}

/** The records of a file. */
async function fileOf(dir: string, name: string): Promise<readonly Record<string, unknown>[]> {
  const text = await readFile(join(dir, "cli", name), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

for (const bytes of [1, 900, 5_000]) {
  test(`a file is ended at ${bytes} bytes, and nothing is lost between two`, async (context) => {
    const dir = await folderFor(context);
    const audit = await openIn(dir, { chain: "cli", fileBytes: bytes });
    await Promise.all(Array.from({ length: 40 }, () => audit.note(ACTION, END)));
    await audit.close();
    assert.ok((await filesOf(dir)).length > 40_000 / (bytes + 4_000));
    assert.equal((await recordsIn(dir)).length, 40);
    assert.deepEqual((await verdictOf(dir)).fault, null);
  });
}

test("a file ends with a checkpoint, and the next begins with what it was: name, bytes, last record", async (context) => {
  const dir = await folderFor(context);
  const audit = await openIn(dir, { chain: "cli", fileBytes: 1_500 });
  for (let at = 0; at < 3; at += 1) await audit.note(ACTION, END);
  await audit.close();
  const before = await fileOf(dir, "000001.jsonl");
  const text = await readFile(join(dir, "cli", "000001.jsonl"), "utf8");
  const last = before.at(-1);
  assert.equal(last?.["action"], "checkpoint");
  const [link] = await fileOf(dir, "000002.jsonl");
  assert.deepEqual([link?.["action"], link?.["phase"]], ["rotation", "event"]);
  const hash = sha256(text.trimEnd().split("\n").at(-1) ?? "");
  assert.deepEqual(link?.["parameters"], {
    file: "000002.jsonl",
    previous: { file: "000001.jsonl", bytes: text.length, seq: last?.["seq"], hash },
    open_since: null,
  });
});

test("a new day in UTC begins a file, an earlier day does not", async (context) => {
  const dir = await folderFor(context);
  let nowMs = NOON;
  const audit = await openIn(dir, { chain: "cli", clock: () => nowMs });
  await audit.note(ACTION, END);
  nowMs = NOON - DAY_MS;
  await audit.note(ACTION, END);
  assert.deepEqual(await filesOf(dir), ["000001.jsonl"]);
  nowMs = NOON + DAY_MS;
  await audit.note(ACTION, END);
  nowMs += 1;
  await audit.note(ACTION, END);
  await audit.close();
  assert.deepEqual(await filesOf(dir), ["000001.jsonl", "000002.jsonl"]);
});

test("a start of another day goes on in a new file", async (context) => {
  const dir = await folderFor(context);
  for (const day of [0, 0, 1]) {
    const audit = await openIn(dir, { chain: "cli", clock: () => NOON + day * DAY_MS });
    await audit.note(ACTION, END);
    await audit.close();
  }
  assert.deepEqual(await filesOf(dir), ["000001.jsonl", "000002.jsonl"]);
  assert.equal((await verdictOf(dir)).fault, null);
});

test("an action that a crash left open in an older file is found and closed", async (context) => {
  const dir = await folderFor(context);
  const audit = await openIn(dir, { chain: "cli", fileBytes: 2_000 });
  const ended = await audit.begin(ACTION);
  for (let at = 0; at < 4; at += 1) await audit.note(ACTION, END);
  const open = await audit.begin(ACTION);
  for (let at = 0; at < 8; at += 1) await audit.note(ACTION, END);
  assert.ok(ended.ok && open.ok);
  await ended.value.end(END);
  for (let at = 0; at < 4; at += 1) await audit.note(ACTION, END);
  await audit.close();
  assert.ok((await filesOf(dir)).length > 5);
  for (let start = 0; start < 2; start += 1) await (await openIn(dir, { chain: "cli" })).close();
  const unknown = (await recordsIn(dir)).filter(({ result }) => result === "unknown");
  assert.deepEqual(
    unknown.map(({ id }) => id),
    [open.value.id],
  );
});

test("files without open actions are not read again at a start", async (context) => {
  const dir = await folderFor(context);
  const audit = await openIn(dir, { chain: "cli", fileBytes: 2_000 });
  for (let at = 0; at < 6; at += 1) await audit.note(ACTION, END);
  await audit.close();
  await rm(join(dir, "cli", "000001.jsonl"));
  await (await openIn(dir, { chain: "cli" })).close();
  assert.equal((await verdictOf(dir)).fault?.kind, "delete");
});

test("a chain is signed again and again, also when nothing happens, and the log says where it stands", async (context) => {
  const dir = await folderFor(context);
  const told: LogFacts[] = [];
  const info = (message: string, facts: LogFacts = {}): void => {
    if (message === "audit checkpoint") told.push(facts);
  };
  const limits = { checkpointMs: 5 };
  const audit = await openIn(dir, { chain: "cli", log: { ...QUIET, info }, limits });
  while (told.length < 3) await delay(5);
  await audit.close();
  const verdict = await verdictOf(dir);
  assert.equal(verdict.fault, null);
  assert.deepEqual(verdict.head, told.at(-1));
  assert.deepEqual([verdict.checkpoints.valid, verdict.after_checkpoint], [told.length, 0]);
});

test("a checkpoint names its key, and signs its own line without the signature", async (context) => {
  const dir = await folderFor(context);
  const audit = await openIn(dir, { chain: "cli" });
  await audit.note(ACTION, END);
  await audit.close();
  const checkpoint = [...(await allIn(dir)).values()].flat().at(-1);
  const { key, signature } = Object(checkpoint?.["parameters"]);
  const [, line = ""] = (await readFile(join(dir, "cli", "000001.jsonl"), "utf8")).split("\n");
  assert.equal(key, KEY.id);
  assert.equal(signature, KEY.sign(`kubiya audit checkpoint v1\n${line.replace(signature, "")}`));
});

test("files that have outlived their days are taken away, recorded before, and the rest still verifies", async (context) => {
  const dir = await folderFor(context);
  let nowMs = NOON;
  const clock = (): number => nowMs;
  const first = await openIn(dir, { chain: "cli", clock });
  for (let day = 0; day < 6; day += 1) {
    nowMs = NOON + day * DAY_MS;
    await first.note(ACTION, END);
  }
  await first.close();
  assert.equal((await filesOf(dir)).length, 6);
  // The third file ended, with the fourth's beginning, a day before the fifth began, the newest that is closed.
  await (await openIn(dir, { chain: "cli", clock, retentionDays: 0.9 })).close();
  assert.deepEqual(await filesOf(dir), ["000004.jsonl", "000005.jsonl", "000006.jsonl"]);
  const { fault, first_seq: from } = await verdictOf(dir);
  assert.equal(fault, null);
  const told = [...(await allIn(dir)).values()].flat().find(({ action }) => action === "retention");
  const [link] = await fileOf(dir, "000004.jsonl");
  assert.equal(link?.["seq"], from);
  assert.deepEqual(told?.["parameters"], {
    files: ["000001.jsonl", "000002.jsonl", "000003.jsonl"],
    last: { seq: Number(from) - 1, hash: link?.["prev"] },
  });
  await rm(join(dir, "cli", "000004.jsonl"));
  const { fault: removed } = await verdictOf(dir);
  assert.deepEqual([removed?.kind, removed?.file], ["delete", join(dir, "cli", "000004.jsonl")]);
});

test("a clock that is far ahead takes nothing away until a whole file was written by it", async (context) => {
  const dir = await folderFor(context);
  let nowMs = NOON;
  const parts = { chain: "cli", clock: () => nowMs, retentionDays: 30 } as const;
  const first = await openIn(dir, parts);
  for (let day = 0; day < 3; day += 1) {
    nowMs = NOON + day * DAY_MS;
    await first.note(ACTION, END);
  }
  const all = ["000001.jsonl", "000002.jsonl", "000003.jsonl"];
  nowMs = NOON + 3_650 * DAY_MS;
  await first.note(ACTION, END);
  await first.close();
  assert.deepEqual(await filesOf(dir), [...all, "000004.jsonl"]);
  await (await openIn(dir, parts)).close();
  assert.deepEqual(await filesOf(dir), [...all, "000004.jsonl"]);
  nowMs += DAY_MS;
  const later = await openIn(dir, parts);
  // By the second the first one's file is begun.
  for (let at = 0; at < 2; at += 1) await later.note(ACTION, END);
  await later.close();
  // The file in which the clock changed stays too.
  assert.deepEqual(await filesOf(dir), ["000003.jsonl", "000004.jsonl", "000005.jsonl"]);
  assert.equal((await verdictOf(dir)).fault, null);
});

for (const [what, damaged] of Object.entries({ "a file": 1, "the newest closed file": 2 })) {
  test(`nothing is taken away by a time that is none, in ${what}`, async (context) => {
    const dir = await folderFor(context);
    let nowMs = NOON;
    const first = await openIn(dir, { chain: "cli", clock: () => nowMs });
    for (let day = 0; day < 4; day += 1) {
      nowMs = NOON + day * DAY_MS;
      await first.note(ACTION, END);
    }
    await first.close();
    const path = join(dir, "cli", `00000${damaged + 1}.jsonl`);
    const text = await readFile(path, "utf8");
    await writeFile(path, text.replace(/"timestamp":"[^"]*"/, '"timestamp":"some day"'));
    const removed: string[] = [];
    const disk = createDisk();
    const retention = createRetention({
      disk: { ...disk, remove: async (gone) => void removed.push(gone) },
      folder: join(dir, "cli"),
      clock: () => nowMs,
      keptMs: 0,
      from: () => "000004.jsonl",
      record: async () => done(undefined),
      log: QUIET,
    });
    retention.apply();
    await retention.settled();
    assert.deepEqual(removed, []);
  });
}

test("retention never takes the file that is written to, nor one with an open action", async (context) => {
  const dir = await folderFor(context);
  let nowMs = NOON;
  const audit = await openIn(dir, { chain: "cli", clock: () => nowMs, retentionDays: 1 });
  await audit.note(ACTION, END);
  nowMs += DAY_MS;
  const open = await audit.begin(ACTION);
  for (const days of [10, 20]) {
    nowMs = NOON + days * DAY_MS;
    for (let at = 0; at < 2; at += 1) await audit.note(ACTION, END);
  }
  await audit.close();
  assert.ok(open.ok);
  assert.deepEqual(await filesOf(dir), ["000002.jsonl", "000003.jsonl", "000004.jsonl"]);
  await (await openIn(dir, { chain: "cli", clock: () => nowMs, retentionDays: 1 })).close();
  assert.deepEqual((await recordsIn(dir)).at(-1)?.id, open.value.id);
});
