import assert from "node:assert/strict";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { createDisk, type Disk } from "../../src/audit/disk.ts";
import { openAudit } from "../../src/audit/open.ts";
import { folderFor } from "../support/server.ts";
import { ACTION, END, openIn, partsIn, recordsIn, verdictOf } from "./trail.ts";

test("an intent is in the file before it is acknowledged, and the outcome before the answer", async (context) => {
  const dir = await folderFor(context);
  const audit = await openIn(dir);
  const intent = await audit.begin(ACTION);
  assert.ok(intent.ok);
  const [begun] = await recordsIn(dir);
  assert.deepEqual(
    [begun?.["action"], begun?.["user_id"], begun?.["parameters"], begun?.result, begun?.phase],
    ["execute_tool", "anonymous", { command: "get pods" }, "pending", "intent"],
  );
  assert.equal(begun?.["timestamp"], "2026-11-23T12:00:00.000Z");
  assert.equal((await intent.value.end(END)).ok, true);
  const [, ended] = await recordsIn(dir);
  assert.deepEqual(
    [ended?.id, ended?.phase, ended?.result, ended?.["exit_code"]],
    [begun?.id, "outcome", "success", 0],
  );
  await audit.close();
});

test("an end that nobody waited for is one event more of the same action, and leaves nothing open", async (context) => {
  const dir = await folderFor(context);
  const audit = await openIn(dir);
  const intent = await audit.begin(ACTION);
  assert.ok(intent.ok);
  await intent.value.end({ ...END, errorCode: "input_required" });
  assert.equal((await intent.value.endUnheard({ ...END, result: "timeout" })).ok, true);
  await audit.close();
  const [, asked, ended] = await recordsIn(dir);
  const { outputBytes: output_bytes, durationMs: duration_ms } = END;
  assert.deepEqual(ended, {
    ...asked,
    ...{ seq: 3, prev: ended?.["prev"], phase: "event", action: "unheard_end" },
    ...{ result: "timeout", error_code: null, output_bytes, duration_ms },
  });
  const again = await openIn(dir);
  await again.close();
  assert.equal((await recordsIn(dir)).length, 3);
  assert.equal((await verdictOf(dir, String(ended?.["chain"]))).fault, null);
});

test("the chain goes on across restarts, each line linked to the one before", async (context) => {
  const dir = await folderFor(context);
  for (let start = 0; start < 3; start += 1) {
    const audit = await openIn(dir);
    await Promise.all(Array.from({ length: 20 }, () => audit.note(ACTION, END)));
    await audit.close();
  }
  assert.equal((await recordsIn(dir)).length, 60);
  assert.equal((await readdir(dir)).length, 1);
});

test("folders are 0700 and files 0600", async (context) => {
  const dir = join(await folderFor(context), "audit");
  const audit = await openIn(dir);
  await audit.note(ACTION, END);
  await audit.close();
  const [chain = ""] = await readdir(dir);
  const modes = [dir, join(dir, chain), join(dir, chain, "000001.jsonl"), join(dir, chain, "lock")];
  const found = await Promise.all(modes.map(async (path) => (await stat(path)).mode & 0o777));
  assert.deepEqual(found, [0o700, 0o700, 0o600, 0o600]);
});

test("a damaged chain is left as it is, and another one begun", async (context) => {
  const dir = await folderFor(context);
  const first = await openIn(dir);
  await first.note(ACTION, END);
  await first.close();
  const [chain = ""] = await readdir(dir);
  await writeFile(join(dir, chain, "000001.jsonl"), "not a record\n");
  const second = await openIn(dir);
  await second.note(ACTION, END);
  await second.close();
  assert.equal(await readFile(join(dir, chain, "000001.jsonl"), "utf8"), "not a record\n");
  assert.equal((await readdir(dir)).length, 2);
});

test("what a caller sends cannot forge a line, and a record never passes 64 KiB", async (context) => {
  const dir = await folderFor(context);
  const audit = await openIn(dir);
  const parameters = { a: "x\n{}\u2028\u202e\u0085", b: "y".repeat(200_000) };
  await audit.note({ ...ACTION, parameters }, END);
  await audit.close();
  const [chain = ""] = await readdir(dir);
  const text = await readFile(join(dir, chain, "000001.jsonl"), "utf8");
  assert.doesNotMatch(text, /[\u0085\u2028\u202e]/);
  const records = await recordsIn(dir);
  assert.deepEqual(
    records.map((record) => Object(record["parameters"]).a),
    [parameters.a],
  );
});

test("short writes are looped", async (context) => {
  const dir = await folderFor(context);
  const disk = createDisk();
  const short: Disk = {
    ...disk,
    append: async (path) => {
      const file = await disk.append(path);
      return { ...file, write: (bytes) => file.write(bytes.subarray(0, 7)) };
    },
  };
  const audit = await openIn(dir, { disk: short });
  assert.equal((await audit.note(ACTION, END)).ok, true);
  await audit.close();
  assert.equal((await recordsIn(dir)).length, 1);
});

test("a folder that cannot be made is told with its path and the mend", async (context) => {
  const folder = await folderFor(context);
  await writeFile(join(folder, "file"), "");
  const opened = await openAudit(partsIn(join(folder, "file", "audit")));
  assert.match(
    opened.ok ? "" : opened.failure.detail,
    /cannot .*file\/audit.*; a file stands where a folder is needed/,
  );
});
