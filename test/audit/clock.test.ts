// A chain is ordered by its numbers; times are only what a clock said.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { createDisk } from "../../src/audit/disk.ts";
import { filesIn } from "../../src/audit/files.ts";
import { openTrail } from "../../src/audit/read-trail.ts";
import { folderFor } from "../support/server.ts";
import { NOON } from "../support/world.ts";
import { ACTION, chainsIn, END, openIn, recordsIn, verdictOf } from "./trail.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

for (const [back, backMs] of [
  ["an hour", HOUR_MS],
  ["forty days", 40 * DAY_MS],
] as const) {
  test(`a clock that is set back by ${back} refuses nothing: the chain goes on in its order and verifies`, async (context) => {
    const dir = await folderFor(context);
    const at = { chain: "cli", fileBytes: 4_000, retentionDays: 30 } as const;
    let nowMs = NOON;
    const audit = await openIn(dir, { ...at, clock: () => nowMs });
    const times: number[] = [];
    const note = async (): Promise<void> => {
      times.push(nowMs);
      assert.equal((await audit.note(ACTION, END)).ok, true);
    };
    for (let count = 0; count < 6; count += 1) await note();
    nowMs -= backMs;
    for (let count = 0; count < 6; count += 1) await note();
    nowMs += backMs + 1;
    await note();
    await audit.close();
    const records = await recordsIn(dir);
    assert.deepEqual(
      records.map(({ timestamp }) => Date.parse(String(timestamp))),
      times,
    );
    const { fault, torn } = await verdictOf(dir);
    assert.deepEqual([fault, torn], [null, null]);
    const files = await filesIn(createDisk(), join(dir, "cli"));
    assert.ok(files.length > 2, "files are begun by their size as ever");
    assert.equal(files[0]?.number, 1, "nothing was taken away before its time");
  });
}

test("a start with a clock behind the last record goes on after it, and closes what a crash left open", async (context) => {
  const dir = await folderFor(context);
  const first = await openIn(dir);
  const intent = await first.begin(ACTION);
  await first.close();
  const second = await openIn(dir, { clock: () => NOON - 40 * DAY_MS });
  assert.equal((await second.note(ACTION, END)).ok, true);
  await second.close();
  const [begun, closed, noted] = await recordsIn(dir);
  assert.deepEqual(
    [begun?.id, closed?.id, closed?.result],
    [intent.ok && intent.value.id, intent.ok && intent.value.id, "unknown"],
  );
  assert.equal(noted?.["timestamp"], new Date(NOON - 40 * DAY_MS).toISOString());
  const [chain = ""] = [...(await chainsIn(dir)).keys()];
  assert.equal((await verdictOf(dir, chain)).fault, null);
});

test("what reads several chains keeps the order of each, whatever their clocks said", async (context) => {
  const dir = await folderFor(context);
  const clocks = [
    [NOON, NOON - HOUR_MS, NOON + 2],
    [NOON - 1, NOON + 1, NOON + 3],
  ];
  const trails = await Promise.all(
    clocks.map(async (times) => {
      let nowMs = 0;
      const audit = await openIn(dir, { clock: () => nowMs });
      for (const time of times) {
        nowMs = time;
        await audit.note(ACTION, END);
      }
      return audit;
    }),
  );
  const opened = await openTrail(dir);
  assert.ok(opened.ok);
  const read: number[] = [];
  for await (const entry of opened.value.read()) {
    if (entry.is === "record") read.push(Date.parse(entry.record.timestamp) - NOON);
  }
  for (const audit of trails) await audit.close();
  // The record of the clock that was set back comes after the one that it was written after.
  assert.deepEqual(read, [-1, 0, -HOUR_MS, 1, 2, 3]);
});
