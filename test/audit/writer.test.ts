import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { test } from "node:test";
import { createDisk, type AppendFile } from "../../src/audit/disk.ts";
import { createChainEnd } from "../../src/audit/end.ts";
import { chainFile } from "../../src/audit/files.ts";
import { createTail } from "../../src/audit/tail.ts";
import { createWriter, type Writer, type WriterLimits } from "../../src/audit/writer.ts";
import type { Stated } from "../../src/audit/record.ts";
import type { Log, LogFacts } from "../../src/lib/log.ts";
import { KEY, QUIET } from "./trail.ts";

const LIMITS = { queue: 1000, batch: 128, syncWithinMs: 10, mendMs: 60_000, stallMs: 5000 };

/** A file in memory that remembers what was asked of it. */
function memoryFile(other: Partial<AppendFile> = {}): AppendFile & { readonly calls: string[] } {
  const calls: string[] = [];
  return {
    calls,
    write: async (bytes) => {
      calls.push(`write ${Buffer.from(bytes).toString().split("\n").length - 1}`);
      return bytes.length;
    },
    sync: async () => {
      calls.push("sync");
    },
    cut: async (length) => {
      calls.push(`cut ${length}`);
    },
    close: async () => {
      calls.push("close");
    },
    ...other,
  };
}

function writerOf(
  opened: AppendFile,
  limits: Partial<WriterLimits & { readonly stallMs: number }> = {},
  log: Log = QUIET,
): Writer {
  const all = { ...LIMITS, ...limits };
  const at = { file: chainFile(1), bytes: 0, lines: 0, day: "" };
  const tail = createTail({
    ...{ disk: createDisk(), folder: "/audit/c", file: at.file, opened, bytes: 0 },
    ...{ stallMs: all.stallMs, log },
  });
  const end = createChainEnd({
    ...{ chain: "c", tail, key: KEY, fileBytes: Infinity },
    found: { head: { seq: 0, hash: null }, sealed: false, open: [], last: at, before: null },
    moment: () => ({ id: "i", timestamp: "2026-11-23T12:00:00.000Z" }),
    today: () => "2026-11-23",
  });
  return createWriter({ chain: "c", tail, end, log, limits: all, onFile: () => {} });
}

const some = (): Stated => ({ id: "a", phase: "event" });

test("what gathers in one turn goes in writes of at most 128, each with one sync", async () => {
  const file = memoryFile();
  const writer = writerOf(file);
  await Promise.all(Array.from({ length: 300 }, () => writer.append(some, "synced")));
  assert.deepEqual(file.calls, ["write 128", "sync", "write 128", "sync", "write 44", "sync"]);
});

test("what arrives while a sync runs goes in the next write together", async () => {
  const gate = Promise.withResolvers<void>();
  const synced = Promise.withResolvers<void>();
  const file = memoryFile({
    sync: () => {
      file.calls.push("sync");
      synced.resolve();
      return gate.promise;
    },
  });
  const writer = writerOf(file);
  const first = writer.append(some, "synced");
  await synced.promise;
  const rest = Array.from({ length: 5 }, () => writer.append(some, "synced"));
  gate.resolve();
  await Promise.all([first, ...rest]);
  assert.deepEqual(file.calls, ["write 1", "sync", "write 5", "sync"]);
});

test("an intent settles only when the sync has settled, an outcome of its batch before it", async () => {
  const gate = Promise.withResolvers<void>();
  const file = memoryFile({ sync: () => gate.promise });
  const writer = writerOf(file);
  const settled: string[] = [];
  const intent = writer.append(some, "synced").then(() => settled.push("intent"));
  await writer.append(some, "written").then(() => settled.push("outcome"));
  await delay(20);
  assert.deepEqual(settled, ["outcome"]);
  gate.resolve();
  await intent;
  assert.deepEqual(settled, ["outcome", "intent"]);
});

test("outcomes alone settle without a sync and are synced soon after, also under a steady load", async () => {
  const seen = Promise.withResolvers<void>();
  const file = memoryFile({ sync: async () => seen.resolve() });
  const writer = writerOf(file);
  let synced = false;
  void seen.promise.then(() => {
    synced = true;
  });
  const started = performance.now();
  assert.equal((await writer.append(some, "written")).ok, true);
  assert.equal(synced, false);
  while (!synced) {
    await writer.append(some, "written");
    await delay(1);
  }
  assert.ok(performance.now() - started < 500);
});

test("a sync that fails after an outcome was answered refuses everything from then on", async () => {
  const failing = Promise.withResolvers<void>();
  const told: LogFacts[] = [];
  const file = memoryFile({
    sync: async () => {
      throw Object.assign(new Error("i/o"), { code: "EIO" });
    },
  });
  const log: Log = {
    ...QUIET,
    error: (_message, facts = {}) => {
      told.push(facts);
      failing.resolve();
    },
  };
  const writer = writerOf(file, {}, log);
  assert.equal((await writer.append(some, "written")).ok, true);
  await failing.promise;
  const refused = await writer.append(some, "written");
  assert.equal(refused.ok, false);
  assert.equal(file.calls.filter((call) => call.startsWith("write")).length, 1);
  assert.match(String(told[0]?.["detail"]), /\/audit\/c\/000001.jsonl: EIO/);
});

test("one failed write refuses all that wait, and nothing is written again", async () => {
  let writes = 0;
  const file = memoryFile({
    write: async () => {
      writes += 1;
      throw Object.assign(new Error("full"), { code: "ENOSPC" });
    },
  });
  const writer = writerOf(file);
  const all = await Promise.all(Array.from({ length: 300 }, () => writer.append(some, "synced")));
  assert.deepEqual(new Set(all.map(({ ok }) => ok)), new Set([false]));
  assert.equal((await writer.append(some, "written")).ok, false);
  assert.equal(writes, 1);
  assert.equal(await writer.close(), true);
});

test("a write that takes nothing is a failure, not a loop", async () => {
  const writer = writerOf(memoryFile({ write: async () => 0 }));
  assert.equal((await writer.append(some, "written")).ok, false);
});

for (const call of ["write", "sync"] as const) {
  test(`a ${call} that never comes back refuses what waits, and the chain stays held`, async () => {
    const never = new Promise<never>(() => {});
    const writer = writerOf(memoryFile({ [call]: () => never }), { stallMs: 30 });
    const waiting = writer.append(some, "synced");
    const refused = await waiting;
    assert.match(refused.ok ? "" : refused.failure.detail, /no progress for 30 ms/);
    assert.equal((await writer.append(some, "written")).ok, false);
    assert.equal(await writer.close(), false);
  });
}

test("a full queue refuses one more and goes on when it has drained", async () => {
  const gate = Promise.withResolvers<void>();
  const synced = Promise.withResolvers<void>();
  const file = memoryFile({
    sync: () => {
      synced.resolve();
      return gate.promise;
    },
  });
  const writer = writerOf(file, { queue: 2 });
  const first = writer.append(some, "synced");
  await synced.promise;
  const waiting = [writer.append(some, "synced"), writer.append(some, "synced")];
  const refused = await writer.append(some, "synced");
  assert.match(refused.ok ? "" : refused.failure.detail, /2 audit records wait/);
  assert.equal(writer.works(), false);
  gate.resolve();
  const settled = await Promise.all([first, ...waiting]);
  assert.ok(settled.every(({ ok }) => ok));
  assert.equal((await writer.append(some, "synced")).ok, true);
  assert.equal(writer.works(), true);
});

test("a record that cannot be made refuses its own action alone, and leaves no gap", async () => {
  const written: Buffer[] = [];
  const file = memoryFile({
    write: async (bytes) => {
      written.push(Buffer.from(bytes));
      return bytes.length;
    },
  });
  const writer = writerOf(file);
  await writer.append(some, "synced");
  const refused = await writer.append(() => {
    throw new RangeError("too deep");
  }, "synced");
  assert.match(refused.ok ? "" : refused.failure.detail, /cannot be made: too deep/);
  assert.equal(writer.works(), false);
  assert.equal((await writer.append(some, "synced")).ok, true);
  const [one = "", two = ""] = Buffer.concat(written).toString().split("\n");
  const prev = createHash("sha256").update(one).digest("hex");
  assert.equal(two, `{"v":1,"chain":"c","seq":2,"prev":"${prev}","id":"a","phase":"event"}`);
});

const FORGED = { ...some(), seq: 99, prev: "x", chain: "other", v: 2 };

test("nothing that a record says can replace its position", async () => {
  const written: string[] = [];
  const file = memoryFile({
    write: async (bytes) => {
      written.push(Buffer.from(bytes).toString());
      return bytes.length;
    },
  });
  await writerOf(file).append(() => FORGED, "synced");
  assert.deepEqual(written, ['{"v":1,"chain":"c","seq":1,"prev":null,"id":"a","phase":"event"}\n']);
});

test("closing writes what waits, signs it, syncs and closes; afterwards everything is refused", async () => {
  const file = memoryFile();
  const writer = writerOf(file);
  const waiting = writer.append(some, "written");
  assert.equal(await writer.close(), true);
  assert.equal((await waiting).ok, true);
  assert.deepEqual(file.calls, ["write 1", "sync", "write 1", "sync", "close"]);
  assert.equal((await writer.append(some, "written")).ok, false);
});
