import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFile, chmod, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { createDisk, type Disk } from "../../src/audit/disk.ts";
import { openAudit } from "../../src/audit/open.ts";
import type { Audit, AuditedAction, AuditedEnd } from "../../src/audit/types.ts";
import { createUuid } from "../../src/lib/uuid.ts";
import { folderFor } from "../support/server.ts";
import { ALLOWED, CIRCUMSTANCES, NOON, stepOf } from "../support/world.ts";

const newId = createUuid(() => NOON);
const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const ACTION: AuditedAction = {
  circumstances: CIRCUMSTANCES,
  action: "tools/call",
  toolName: "kubectl",
  step: stepOf("kubectl", { command: "get pods" }),
  parameters: { command: "get pods" },
  decision: ALLOWED,
};

const END: AuditedEnd = {
  result: "success",
  errorCode: null,
  exitCode: 0,
  durationMs: 3,
  outputBytes: 4,
  outputDigest: "sha256:x",
};

async function open(dir: string, disk?: Disk): Promise<Audit> {
  const opened = await openAudit({
    dir,
    clock: () => NOON,
    newId,
    log,
    ...(disk !== undefined && { disk }),
  });
  assert.ok(opened.ok, JSON.stringify(opened));
  return opened.value;
}

/** The lines of the one chain of a folder. */
async function linesIn(dir: string): Promise<readonly string[]> {
  const [chain = ""] = await readdir(dir);
  return (await readFile(join(dir, chain, "000001.jsonl"), "utf8")).trimEnd().split("\n");
}

function linked(lines: readonly string[]): boolean {
  return lines.every((line, at) => {
    const before =
      at === 0
        ? null
        : createHash("sha256")
            .update(lines[at - 1] ?? "")
            .digest("hex");
    const { seq, prev } = JSON.parse(line);
    return seq === at + 1 && prev === before;
  });
}

test("an intent is in the file before it is acknowledged, and the outcome before the answer", async (context) => {
  const dir = await folderFor(context);
  const audit = await open(dir);
  const intent = await audit.begin(ACTION);
  assert.ok(intent.ok);
  const [begun] = (await linesIn(dir)).map((line) => JSON.parse(line));
  assert.deepEqual(
    [begun.action, begun.user_id, begun.tool_name, begun.parameters, begun.result, begun.phase],
    ["execute_tool", "anonymous", "kubectl", { command: "get pods" }, "pending", "intent"],
  );
  assert.equal(begun.timestamp, "2026-11-23T12:00:00.000Z");
  assert.equal((await intent.value.end(END)).ok, true);
  const [, ended] = (await linesIn(dir)).map((line) => JSON.parse(line));
  assert.deepEqual(
    [ended.id, ended.phase, ended.result, ended.exit_code],
    [begun.id, "outcome", "success", 0],
  );
  await audit.close();
});

test("the chain goes on across restarts, each line linked to the one before", async (context) => {
  const dir = await folderFor(context);
  for (let start = 0; start < 3; start += 1) {
    const audit = await open(dir);
    await Promise.all(Array.from({ length: 20 }, () => audit.note(ACTION, END)));
    await audit.close();
  }
  const lines = await linesIn(dir);
  assert.equal(lines.length, 60);
  assert.ok(linked(lines));
  assert.equal((await readdir(dir)).length, 1);
});

test("two at once write two chains", async (context) => {
  const dir = await folderFor(context);
  const [one, two] = [await open(dir), await open(dir)];
  await Promise.all([one.note(ACTION, END), two.note(ACTION, END)]);
  await Promise.all([one.close(), two.close()]);
  assert.equal((await readdir(dir)).length, 2);
});

test("folders are 0700 and files 0600", async (context) => {
  const dir = join(await folderFor(context), "audit");
  const audit = await open(dir);
  await audit.note(ACTION, END);
  await audit.close();
  const [chain = ""] = await readdir(dir);
  const modes = [dir, join(dir, chain), join(dir, chain, "000001.jsonl"), join(dir, chain, "lock")];
  const found = await Promise.all(modes.map(async (path) => (await stat(path)).mode & 0o777));
  assert.deepEqual(found, [0o700, 0o700, 0o600, 0o600]);
});

const WRITER = `
import { openAudit } from "${process.cwd()}/src/audit/open.ts";
import { createUuid } from "${process.cwd()}/src/lib/uuid.ts";
const log = { debug() {}, info() {}, warn() {}, error() {} };
const opened = await openAudit({ dir: process.argv[1], clock: Date.now, newId: createUuid(Date.now), log });
const action = JSON.parse(process.argv[2]);
for (;;) {
  const intent = await opened.value.begin(action);
  process.stdout.write(intent.value.id + "\\n");
}`;

test("after kill -9 every acknowledged intent is there, and the next start closes it as unknown", async (context) => {
  const dir = await folderFor(context);
  const args = ["--input-type=module", "-e", WRITER, dir, JSON.stringify(ACTION)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  let acknowledged = "";
  child.stdout.on("data", (chunk) => {
    acknowledged += String(chunk);
    if (acknowledged.length > 4_000) child.kill("SIGKILL");
  });
  await new Promise((ended) => {
    child.once("close", ended);
  });
  const ids = acknowledged.slice(0, acknowledged.lastIndexOf("\n")).split("\n");
  const audit = await open(dir);
  await audit.close();
  const lines = await linesIn(dir);
  const records = lines.map((line) => JSON.parse(line));
  const intents = new Set(records.filter(({ phase }) => phase === "intent").map(({ id }) => id));
  const unknown = new Set(records.filter(({ result }) => result === "unknown").map(({ id }) => id));
  assert.ok(ids.length > 50);
  assert.deepEqual(
    ids.filter((id) => !intents.has(id) || !unknown.has(id)),
    [],
  );
  assert.ok(linked(lines));
});

test("a torn last line is kept beside the file, never dropped, and the chain goes on", async (context) => {
  const dir = await folderFor(context);
  const first = await open(dir);
  await first.note(ACTION, END);
  await first.close();
  const [chain = ""] = await readdir(dir);
  await appendFile(join(dir, chain, "000001.jsonl"), '{"v":1,"torn');
  const second = await open(dir);
  await second.note(ACTION, END);
  await second.close();
  assert.ok(linked(await linesIn(dir)));
  const torn = (await readdir(join(dir, chain))).find((name) => name.includes("torn"));
  assert.equal(await readFile(join(dir, chain, torn ?? ""), "utf8"), '{"v":1,"torn');
});

test("a damaged chain is left as it is, and another one begun", async (context) => {
  const dir = await folderFor(context);
  const first = await open(dir);
  await first.note(ACTION, END);
  await first.close();
  const [chain = ""] = await readdir(dir);
  await writeFile(join(dir, chain, "000001.jsonl"), "not a record\n");
  const second = await open(dir);
  await second.note(ACTION, END);
  await second.close();
  assert.equal(await readFile(join(dir, chain, "000001.jsonl"), "utf8"), "not a record\n");
  assert.equal((await readdir(dir)).length, 2);
});

test("what a caller sends cannot forge a line, and a record never passes 64 KiB", async (context) => {
  const dir = await folderFor(context);
  const audit = await open(dir);
  const parameters = { a: "x\n{}\u2028\u202e\u0085", b: "y".repeat(200_000) };
  await audit.note({ ...ACTION, parameters }, END);
  await audit.close();
  const lines = await linesIn(dir);
  assert.equal(lines.length, 1);
  assert.doesNotMatch(lines[0] ?? "", /[\u0085\u2028\u202e]/);
  assert.ok(Buffer.byteLength(lines[0] ?? "") < 65_536);
  assert.equal(JSON.parse(lines[0] ?? "").parameters.a, parameters.a);
});

/** A disk on which one kind of work fails from the nth time on. */
function failing(what: "write" | "sync", from: number, code: string): Disk {
  const disk = createDisk();
  let count = 0;
  const broken = (): boolean => (count += 1) >= from;
  const error = Object.assign(new Error(code), { code });
  return {
    ...disk,
    append: async (path) => {
      const file = await disk.append(path);
      return {
        ...file,
        write: async (bytes) => {
          if (what === "write" && broken()) throw error;
          return file.write(bytes);
        },
        sync: async () => {
          if (what === "sync" && broken()) throw error;
          return file.sync();
        },
      };
    },
  };
}

for (const what of ["write", "sync"] as const) {
  for (const code of ["EIO", "ENOSPC"]) {
    test(`a failed ${what} (${code}) refuses this and every further action, and says the mend`, async (context) => {
      const dir = await folderFor(context);
      const audit = await open(dir, failing(what, 2, code));
      assert.equal((await audit.begin(ACTION)).ok, true);
      const refused = await audit.begin(ACTION);
      assert.equal(!refused.ok && refused.failure.reason, "audit_unavailable");
      assert.match(refused.ok ? "" : refused.failure.detail, new RegExp(`${code}; .+`));
      assert.equal((await audit.begin(ACTION)).ok, false);
      await audit.close();
    });
  }
}

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
  const audit = await open(dir, short);
  assert.equal((await audit.note(ACTION, END)).ok, true);
  await audit.close();
  assert.ok(linked(await linesIn(dir)));
});

test("a folder that cannot be made is told with its path and the mend", async (context) => {
  const folder = await folderFor(context);
  await writeFile(join(folder, "file"), "");
  const opened = await openAudit({
    dir: join(folder, "file", "audit"),
    clock: () => NOON,
    newId,
    log,
  });
  assert.match(
    opened.ok ? "" : opened.failure.detail,
    /cannot .*file\/audit.*; a file stands where a folder is needed/,
  );
  await chmod(folder, 0o700);
});
