import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { appendFile, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { configIn, connect, folderFor, kubiya, MAIN, recordsIn, until } from "../support/server.ts";

const TOUCH = { name: "touch", type: "shell", content: 'touch "$file"', args: [{ name: "file" }] };

test("a server's trail verifies, says where it was tampered with, and tells a torn line from that", async (context) => {
  const folder = await folderFor(context);
  const config = await configIn(folder, { whitelisted_tools: [TOUCH] });
  const client = await connect(context, ["--config", config]);
  await client.callTool({ name: "touch", arguments: { file: join(folder, "x") } });
  await client.close();
  const verify = ["audit", "verify", "--config", config];
  const intact = await kubiya(verify);
  assert.deepEqual([intact.code, intact.stderr], [0, ""]);
  assert.match(intact.stdout, /signatures that hold: \d+, the last in record/);

  const audit = join(folder, "state", "audit");
  const [chain = ""] = await readdir(audit);
  const file = join(audit, chain, "000001.jsonl");
  const text = await readFile(file, "utf8");
  await appendFile(file, '{"v":1');
  assert.equal((await kubiya(verify)).code, 5);
  await writeFile(file, text.replace('"action":"execute_tool"', '"action":"list_tools"'));
  const told = await kubiya([...verify, "--json"]);
  assert.equal(told.code, 1);
  const { chains } = JSON.parse(told.stdout);
  assert.deepEqual([chains[0].fault.kind, chains[0].fault.file], ["edit", file]);
  await rm(audit, { recursive: true });
  assert.equal((await kubiya(verify)).code, 4);
});

test("a sync that fails ends the server: what waits is refused, nothing runs, exit 4 says why", async (context) => {
  const folder = await folderFor(context);
  const config = await configIn(folder, { whitelisted_tools: [TOUCH] });
  const sign = join(folder, "sign");
  const patch = new URL("../support/broken-sync.ts", import.meta.url).href;
  const child = spawn(
    process.execPath,
    ["--import", patch, MAIN, "mcp", "serve", "--config", config],
    { env: { PATH: process.env["PATH"], HOME: folder, BROKEN_SYNC: sign } },
  );
  const said = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => (said.stdout += String(chunk)));
  child.stderr.on("data", (chunk) => (said.stderr += String(chunk)));
  const ended = new Promise<number | null>((end) => {
    child.once("close", end);
  });
  const ask = (id: number, method: string, params: object): void => {
    child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
  };
  const call = (id: number, file: string): void =>
    ask(id, "tools/call", { name: "touch", arguments: { file: join(folder, file) } });
  const clientInfo = { name: "test", version: "1" };
  ask(1, "initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo });
  call(2, "before");
  await until(() => said.stdout.includes('"id":2'), 30_000);
  // The outcome is written before the answer, and synced a little later.
  await until(() => said.stderr.lastIndexOf("<synced>") > said.stderr.lastIndexOf("<written>"));
  await writeFile(sign, "");
  call(3, "after");
  call(4, "after");
  assert.equal(await ended, 4);
  assert.match(said.stdout, /audit\.unavailable/);
  assert.match(said.stderr, /the server ended because its audit trail broke: .*EIO/);
  assert.deepEqual((await readdir(folder)).toSorted(), ["before", "config.json", "sign", "state"]);
  await rm(sign);
  await (await connect(context, ["--config", config])).close();
  const open = new Set<string>();
  for (const { id, phase } of await recordsIn(join(folder, "state"))) {
    if (phase === "intent") open.add(id);
    if (phase === "outcome") open.delete(id);
  }
  assert.deepEqual([...open], []);
  assert.equal((await kubiya(["audit", "verify", "--config", config])).code, 0);
});

test("a key that is named and cannot be used refuses the start: exit 3, and nothing of it is said", async (context) => {
  const folder = await folderFor(context);
  await writeFile(join(folder, "key.pem"), "s3cret", { mode: 0o600 });
  const config = await configIn(folder, { audit: { checkpoint_key: join(folder, "key.pem") } });
  const { code, stderr } = await kubiya(["mcp", "serve", "--config", config]);
  assert.equal(code, 3);
  assert.match(stderr, /key\.pem is no private Ed25519 key .*\(audit\.checkpoint_key\)/);
  assert.doesNotMatch(stderr, /s3cret/);
});

/** A server on a disk that is full for each record with this text; it is asked for its tools and its input ends. */
async function withoutRecord(context: TestContext, text: string) {
  const folder = await folderFor(context);
  const config = await configIn(folder, { whitelisted_tools: [TOUCH] });
  const patch = new URL("../support/broken-write.ts", import.meta.url).href;
  const ran = await kubiya(["mcp", "serve", "--config", config], {
    input: `${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list", params: {} })}\n`,
    env: { NODE_OPTIONS: `--import=${patch}`, BROKEN_WRITE: text },
  });
  const events = (await recordsIn(join(folder, "state"))).map(({ action }) => action);
  return { ...ran, events };
}

test("a start that cannot be recorded is refused before anybody is served: exit 4 says why", async (context) => {
  const { code, stdout, stderr, events } = await withoutRecord(context, '"server_start"');
  assert.deepEqual([code, stdout, events.includes("server_start")], [4, "", false]);
  assert.match(stderr, /^cannot .*ENOSPC; free some space there/m);
});

test("an end that cannot be recorded is said: exit 4 says why", async (context) => {
  const { code, stdout, stderr, events } = await withoutRecord(context, '"server_stop"');
  assert.deepEqual([code, events.includes("server_start")], [4, true]);
  assert.notEqual(stdout, "");
  assert.match(stderr, /^the end of the server is not in its audit trail: cannot .*ENOSPC/m);
});
