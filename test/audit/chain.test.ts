import assert from "node:assert/strict";
import { once } from "node:events";
import { appendFile, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { test } from "node:test";
import { createDisk, type Disk } from "../../src/audit/disk.ts";
import { openAudit } from "../../src/audit/open.ts";
import { folderFor } from "../support/server.ts";
import {
  ACTION,
  chainsIn,
  END,
  newId,
  openIn,
  partsIn,
  recordsIn,
  saidBy,
  startWriter,
} from "./trail.ts";

const UNTIL_KILLED = `
  for (;;) {
    const intents = await Promise.all(Array.from({ length: 8 }, () => audit.begin(action)));
    for (const intent of intents) say(intent.value.id);
    await intents[0].value.end(end);
    say("ended " + intents[0].value.id);
  }`;

test("after kill -9 nothing that was acknowledged is lost, and what was open is unknown, once", async (context) => {
  const dir = await folderFor(context);
  for (let round = 0; round < 3; round += 1) {
    const child = startWriter(dir, UNTIL_KILLED);
    let heard = 0;
    child.stdout?.on("data", (chunk) => {
      heard += String(chunk).length;
      if (heard > 3000 * (round + 1)) child.kill("SIGKILL");
    });
    const said = await saidBy(child);
    await (await openIn(dir)).close();
    const records = await recordsIn(dir);
    const intents = new Set(records.filter(({ phase }) => phase === "intent").map(({ id }) => id));
    const outcomes = records.filter(({ phase }) => phase === "outcome");
    const results = new Map(outcomes.map(({ id, result }) => [id, result]));
    const ended = said.filter((line) => line.startsWith("ended ")).map((line) => line.slice(6));
    const begun = said.filter((line) => !line.startsWith("ended "));
    assert.ok(begun.length > 40);
    assert.ok(begun.every((id) => intents.has(id)));
    assert.ok(ended.every((id) => results.get(id) === "success"));
    assert.equal(outcomes.length, results.size);
    assert.deepEqual(new Set(results.keys()), intents);
  }
});

test("the outcome of an action left open says what its intent said, as unknown, now", async (context) => {
  const dir = await folderFor(context);
  const audit = await openIn(dir);
  await audit.begin(ACTION);
  await audit.close();
  const laterMs = 1_795_435_260_000;
  await (await openIn(dir, { clock: () => laterMs })).close();
  const [intent, outcome] = await recordsIn(dir);
  assert.deepEqual(outcome, {
    ...intent,
    ...{ seq: 3, prev: outcome?.["prev"], phase: "outcome", result: "unknown" },
    timestamp: new Date(laterMs).toISOString(),
  });
});

const WRITE_SOME = `
  if (failure) { say(failure.detail); process.exit(1); }
  for (let at = 0; at < 20; at += 1) {
    const intent = await audit.begin(action);
    await intent.value.end(end);
  }
  if (hold) {
    say("written");
    for await (const told of process.stdin);
  }
  await audit.close();
  say("done");`;

test("processes that start together never share a chain", async (context) => {
  const dir = await folderFor(context);
  await mkdir(join(dir, newId()), { recursive: true });
  const children = Array.from({ length: 5 }, () =>
    startWriter(dir, `const hold = true; ${WRITE_SOME}`),
  );
  const said = Promise.all(children.map(saidBy));
  await Promise.all(
    children.flatMap(({ stdout }) => (stdout === null ? [] : [once(stdout, "data")])),
  );
  for (const { stdin } of children) stdin?.end();
  assert.deepEqual(
    await said,
    children.map(() => ["written", "done"]),
  );
  const chains = [...(await chainsIn(dir)).values()];
  assert.deepEqual(
    chains.map(({ length }) => length),
    [40, 40, 40, 40, 40],
  );
});

test("commands use the chain cli one after the other", async (context) => {
  const dir = await folderFor(context);
  const said = await Promise.all(
    Array.from({ length: 3 }, () =>
      saidBy(startWriter(dir, `const hold = false; ${WRITE_SOME}`, { chain: "cli" })),
    ),
  );
  assert.deepEqual(said.flat(), ["done", "done", "done"]);
  const chains = await chainsIn(dir);
  assert.deepEqual([...chains.keys()], ["cli"]);
  assert.equal(chains.get("cli")?.length, 120);
});

test("a command whose chain stays held is refused and says so", async (context) => {
  const dir = await folderFor(context);
  const first = await openIn(dir, { chain: "cli" });
  const second = await openAudit(partsIn(dir, { chain: "cli", limits: { chainWaitMs: 60 } }));
  assert.match(second.ok ? "" : second.failure.detail, /another command has held .* cli .* wait/);
  await first.close();
  await (await openIn(dir, { chain: "cli" })).close();
});

test("while a process holds a chain, no other writes a byte to it, however often it tries", async (context) => {
  const dir = await folderFor(context);
  const holder = startWriter(dir, `const hold = true; ${WRITE_SOME}`, { chain: "cli" });
  const said = saidBy(holder);
  if (holder.stdout !== null) await once(holder.stdout, "data");
  const file = join(dir, "cli", "000001.jsonl");
  const before = await readFile(file);
  const tries = Array.from({ length: 20 }, () =>
    openAudit(partsIn(dir, { chain: "cli", limits: { chainWaitMs: 60 } })),
  );
  for (const tried of await Promise.all(tries)) assert.equal(tried.ok, false);
  assert.deepEqual(await readFile(file), before);
  holder.stdin?.end();
  assert.deepEqual(await said, ["written", "done"]);
  assert.equal((await chainsIn(dir)).get("cli")?.length, 40);
});

test("of many that start at once one takes over the chain of a dead process, and the others begin their own", async (context) => {
  const dir = await folderFor(context);
  const dead = await openIn(dir);
  await dead.begin(ACTION);
  await dead.close();
  const [left = ""] = await readdir(dir);
  const children = Array.from({ length: 4 }, () =>
    startWriter(dir, `const hold = true; ${WRITE_SOME}`),
  );
  const said = children.map(saidBy);
  await Promise.all(
    children.flatMap(({ stdout }) => (stdout === null ? [] : [once(stdout, "data")])),
  );
  for (const { stdin } of children) stdin?.end();
  await Promise.all(said);
  const chains = await chainsIn(dir);
  assert.deepEqual(
    [...chains.values()].map(({ length }) => length).toSorted((a, b) => a - b),
    [40, 40, 40, 42],
  );
  assert.deepEqual(chains.get(left)?.filter(({ result }) => result === "unknown").length, 1);
});

test("a server never takes over the chain of the commands, nor a folder that is no chain", async (context) => {
  const dir = await folderFor(context);
  await (await openIn(dir, { chain: "cli" })).close();
  await mkdir(join(dir, "notes"));
  const audit = await openIn(dir);
  await audit.note(ACTION, END);
  await audit.close();
  const filled = (await readdir(dir)).filter((name) => name !== "cli" && name !== "notes");
  assert.equal(filled.length, 1);
  assert.deepEqual(await readdir(join(dir, "notes")), []);
});

test("a chain is free as soon as its holder is killed", async (context) => {
  const dir = await folderFor(context);
  const child = startWriter(
    dir,
    `await audit.note(action, end); say("held"); setInterval(() => {}, 1000);`,
  );
  if (child.stdout !== null) await once(child.stdout, "data");
  const beside = await openIn(dir);
  await beside.note(ACTION, END);
  await beside.close();
  assert.equal((await readdir(dir)).length, 2);
  child.kill("SIGKILL");
  await once(child, "close");
  const [one, two] = [await openIn(dir), await openIn(dir)];
  await Promise.all([one.note(ACTION, END), two.note(ACTION, END)]);
  await Promise.all([one.close(), two.close()]);
  const lengths = [...(await chainsIn(dir)).values()].map(({ length }) => length);
  assert.deepEqual(lengths, [2, 2]);
});

test("the lock leaves one empty file and no journal", async (context) => {
  const dir = await folderFor(context);
  const audit = await openIn(dir, { chain: "cli" });
  await audit.note(ACTION, END);
  assert.deepEqual((await readdir(join(dir, "cli"))).toSorted(), ["000001.jsonl", "lock"]);
  assert.equal((await stat(join(dir, "cli", "lock"))).size, 0);
  await audit.close();
});

test("a line that a crash cut off is kept beside the file byte for byte, each time", async (context) => {
  const dir = await folderFor(context);
  const file = join(dir, "cli", "000001.jsonl");
  const rests = ['{"v":1,"chain":"cli","se', "\u0000\u0000\u0000", '{"v":1}'];
  for (const rest of rests) {
    await (await openIn(dir, { chain: "cli" })).close();
    await appendFile(file, rest);
    const audit = await openIn(dir, { chain: "cli" });
    await audit.note(ACTION, END);
    await audit.close();
  }
  const kept = (await readdir(join(dir, "cli"))).filter((name) => name.includes(".torn-"));
  const texts = await Promise.all(kept.map((name) => readFile(join(dir, "cli", name), "utf8")));
  assert.deepEqual(texts.toSorted(), rests.toSorted());
  assert.equal((await recordsIn(dir)).length, 3);
});

for (const [what, line] of [
  ["not JSON", "not a record\n"],
  ["not an object", "[]\n"],
  ["without a seq", '{"id":"x","phase":"event"}\n'],
  ["without an id", '{"seq":1,"phase":"event"}\n'],
  ["longer than any record", "x".repeat(70_000)],
] as const) {
  test(`nothing is written after a line that is ${what}: a command is refused`, async (context) => {
    const dir = await folderFor(context);
    await (await openIn(dir, { chain: "cli" })).close();
    const file = join(dir, "cli", "000001.jsonl");
    await writeFile(file, line);
    const refused = await openAudit(partsIn(dir, { chain: "cli" }));
    assert.match(
      refused.ok ? "" : refused.failure.detail,
      /000001\.jsonl:1 is no audit record.*move/,
    );
    assert.equal(await readFile(file, "utf8"), line);
  });
}

test("an action may begin only after its intent was synced; an outcome waits for no sync", async (context) => {
  const dir = await folderFor(context);
  const real = createDisk();
  const gate = Promise.withResolvers<void>();
  const append: Disk["append"] = async (path) => ({
    ...(await real.append(path)),
    sync: () => gate.promise,
  });
  const audit = await openIn(dir, { disk: { ...real, append } });
  assert.equal((await audit.note(ACTION, END)).ok, true);
  let begun = false;
  const beginning = audit.begin(ACTION).then((intent) => {
    begun = true;
    return intent;
  });
  while ((await recordsIn(dir)).length < 2) await delay(5);
  await delay(20);
  assert.equal(begun, false);
  gate.resolve();
  assert.equal((await beginning).ok, true);
  await audit.close();
});

test("an intent ends once", async (context) => {
  const dir = await folderFor(context);
  const audit = await openIn(dir);
  const intent = await audit.begin(ACTION);
  assert.ok(intent.ok);
  await intent.value.end(END);
  await assert.rejects(intent.value.end(END), /has ended before/);
  await audit.close();
  assert.equal((await recordsIn(dir)).length, 2);
});

test("after closing, every call is refused and nothing more is written", async (context) => {
  const dir = await folderFor(context);
  const audit = await openIn(dir);
  const intent = await audit.begin(ACTION);
  await Promise.all([audit.close(), audit.close()]);
  assert.equal((await audit.begin(ACTION)).ok, false);
  assert.equal(intent.ok && (await intent.value.end(END)).ok, false);
  assert.equal((await recordsIn(dir)).length, 1);
});
