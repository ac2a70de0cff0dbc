import assert from "node:assert/strict";
import { appendFile, mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { merge } from "../../src/audit/merge.ts";
import { openTrail } from "../../src/audit/read-trail.ts";
import type { TrailReader } from "../../src/audit/types.ts";
import { folderFor } from "../support/server.ts";
import { ACTION, END, openIn } from "./trail.ts";

const named = (toolName: string): typeof ACTION => ({ ...ACTION, toolName });

async function readerOf(path: string): Promise<TrailReader> {
  const opened = await openTrail(path);
  assert.ok(opened.ok, JSON.stringify(opened));
  return opened.value;
}

/** The tools of the records of a reading, and what is no record as it is. */
async function read(trail: TrailReader): Promise<readonly string[]> {
  const said: string[] = [];
  for await (const entry of trail.read()) {
    if (entry.is !== "record") said.push(`${entry.is} at ${entry.line}`);
    else if (entry.record.phase !== "event") said.push(String(entry.record.whole["tool_name"]));
  }
  return said;
}

test("each reading goes on where the one before it ended, also one that was left in the middle", async (context) => {
  const dir = join(await folderFor(context), "trail");
  const audit = await openIn(dir);
  const trail = await readerOf(dir);
  for (const tool of ["a", "b", "c"]) await audit.note(named(tool), END);
  for await (const entry of trail.read()) {
    assert.equal(entry.is, "record");
    break;
  }
  const rest = await read(trail);
  assert.equal(rest.at(-1), "c");
  assert.deepEqual(await read(trail), []);
  await audit.note(named("d"), END);
  await audit.close();
  assert.deepEqual(await read(trail), ["d"]);
});

test("an intent without an outcome is open, however many files ago it was written", async (context) => {
  const dir = join(await folderFor(context), "trail");
  const audit = await openIn(dir, { fileBytes: 1 });
  const slow = await audit.begin(named("slow"));
  assert.ok(slow.ok);
  for (let at = 0; at < 5; at += 1) {
    const quick = await audit.begin(ACTION);
    assert.ok(quick.ok);
    await quick.value.end(END);
  }
  const trail = await readerOf(dir);
  assert.deepEqual([...(await trail.open())], [slow.value.id]);
  await slow.value.end(END);
  assert.deepEqual([...(await trail.open())], []);
  await audit.close();
});

test("a file that cannot be read is told of, and the chains beside it are read", async (context) => {
  const dir = join(await folderFor(context), "trail");
  const audit = await openIn(dir, { chain: "cli" });
  await audit.note(named("a"), END);
  await audit.close();
  await mkdir(join(dir, "other", "000001.jsonl"), { recursive: true });
  const trail = await readerOf(dir);
  assert.deepEqual((await read(trail)).toSorted(), ["a", "damage at null"]);
  assert.deepEqual([...(await trail.open())], []);
});

test("a line longer than any record is told of once, and nothing of its file after it is read", async (context) => {
  const dir = join(await folderFor(context), "trail");
  const audit = await openIn(dir, { chain: "cli" });
  await audit.note(named("a"), END);
  await audit.close();
  const file = join(dir, "cli", "000001.jsonl");
  const text = await readFile(file, "utf8");
  await appendFile(file, "x".repeat(400_000));
  const trail = await readerOf(dir);
  assert.deepEqual(await read(trail), ["a", "damage at 3"]);
  await appendFile(file, `\n${text}`);
  assert.deepEqual(await read(trail), []);
});

test("a file that retention took away between two readings is not missed", async (context) => {
  const dir = join(await folderFor(context), "trail");
  const audit = await openIn(dir, { chain: "cli", fileBytes: 1 });
  await audit.note(named("a"), END);
  const trail = await readerOf(dir);
  await read(trail);
  for (const tool of ["b", "c"]) await audit.note(named(tool), END);
  await audit.close();
  await rm(join(dir, "cli", "000001.jsonl"));
  assert.deepEqual((await read(trail)).slice(-1), ["c"]);
});

test("sources are merged by time, each in its own order, and closed by who stops early", async () => {
  const closed: string[] = [];
  async function* source(name: string, times: readonly string[]): AsyncGenerator<string> {
    try {
      yield* times;
    } finally {
      closed.push(name);
    }
  }
  const sources = (): AsyncGenerator<string>[] => [
    source("x", ["1", "4", "2"]),
    source("y", ["3", "3", "5"]),
    source("z", []),
  ];
  const all: string[] = [];
  for await (const one of merge(sources(), (time) => time)) all.push(one);
  assert.deepEqual(all, ["1", "3", "3", "4", "2", "5"]);
  closed.length = 0;
  for await (const one of merge(sources(), (time) => time)) if (one === "3") break;
  assert.deepEqual(closed.toSorted(), ["x", "y", "z"]);
});
