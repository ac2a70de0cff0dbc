// Calls that other servers keep open while a client is asked, and nobody comes back: what the trail of the real
// server has of their end.

import assert from "node:assert/strict";
import { join, resolve } from "node:path";
import { test, type TestContext } from "node:test";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { sha256 } from "../../src/lib/digest.ts";
import { listen } from "../support/http.ts";
import type { Read } from "../support/records.ts";
import { configIn, folderFor, kubiya, MAIN, recordsIn, until } from "../support/server.ts";

const HOSTILE = resolve("test/tools/upstream/hostile.ts");
const ALLOWED = ["elicitation"] as const;
const FORM = {
  method: "elicitation/create",
  params: {
    message: "Who are you?",
    requestedSchema: { type: "object", properties: { name: { type: "string" } } },
  },
};
const OLD = { command: process.execPath, args: [HOSTILE], allow: ALLOWED };

type Mode = "legacy" | { readonly pin: string };

const MODERN: Mode = { pin: "2026-07-28" };

/** A client that is asked and never answers. */
function silent(mode: Mode): Client {
  const client = new Client(
    { name: "silent", version: "1" },
    {
      capabilities: { elicitation: {} },
      versionNegotiation: { mode },
      inputRequired: { autoFulfill: false },
    },
  );
  client.setRequestHandler("elicitation/create", () => new Promise<never>(() => {}));
  return client;
}

/** A server on stdio, and its client. */
interface Served {
  readonly client: Client;
  readonly folder: string;
}

async function served(context: TestContext, mode: Mode, mcpServers: object): Promise<Served> {
  const folder = await folderFor(context);
  const config = await configIn(folder, { mcpServers });
  assert.equal((await kubiya(["tools", "list", "--config", config])).code, 0);
  const client = silent(mode);
  const args = [MAIN, "mcp", "serve", "--config", config];
  const command = process.execPath;
  await client.connect(new StdioClientTransport({ command, args, stderr: "ignore" }));
  context.after(() => client.close());
  return { client, folder };
}

/** Of calls, of their ends that nobody heard, and of the server's own. */
async function trailIn(folder: string): Promise<readonly Read[]> {
  const records = await recordsIn(join(folder, "state"));
  const shown = ["execute_tool", "unheard_end", "server_stop"];
  return records.filter(({ action }) => shown.includes(action));
}

/** Calls a tool, which asks; gives the outcome of that round. */
async function askedBy({ client, folder }: Served, name: string, args: object): Promise<Read> {
  const call = { name, arguments: { ...args } };
  // Whatever it is answered in the end, the client has long stopped to listen.
  void client.callTool(call, { allowInputRequired: true }).catch(() => {});
  const outcomes = async (): Promise<readonly Read[]> =>
    (await trailIn(folder)).filter((one) => one["error_code"] === "input_required");
  await until(async () => (await outcomes()).length > 0);
  const [outcome] = await outcomes();
  assert.ok(outcome !== undefined);
  return outcome;
}

/** The one record of an end that nobody heard, once it is there. */
async function unheardIn(folder: string): Promise<Read> {
  const found = async (): Promise<readonly Read[]> =>
    (await trailIn(folder)).filter(({ action }) => action === "unheard_end");
  await until(async () => (await found()).length > 0);
  const [record, ...more] = await found();
  assert.ok(record !== undefined && more.length === 0);
  return record;
}

/** What a record says of whose call of what it is of. */
function belonging({ whole: _whole, ...record }: Read): object {
  const {
    seq: _seq,
    prev: _prev,
    phase: _phase,
    action: _action,
    timestamp: _at,
    ...rest
  } = record;
  const { result: _result, error_code: _code, exit_code: _exit, duration_ms: _ms, ...same } = rest;
  const { output_bytes: _bytes, output_digest: _digest, ...belongs } = same;
  return belongs;
}

/** What it says of the end. */
function endIn(record: Read): readonly unknown[] {
  return [record.phase, record.result, record["error_code"]];
}

async function isSound(folder: string): Promise<boolean> {
  const config = join(folder, "config.json");
  const ran = await kubiya(["audit", "verify", "--config", config]);
  return ran.code === 0;
}

for (const [what, tool, timeout, end] of [
  ["runs out of time", "old_question", 1, ["event", "timeout", "timed_out"]],
  ["ends by itself", "old_impatient", 20, ["event", "success", null]],
] as const) {
  test(`a call that ${what} while its client is asked has its end in the trail`, async (context) => {
    const own = await served(context, MODERN, { old: { ...OLD, timeout } });
    const outcome = await askedBy(own, tool, FORM);
    const record = await unheardIn(own.folder);
    assert.deepEqual(endIn(record), end);
    assert.deepEqual(belonging(record), belonging(outcome));
    assert.ok(Number(record["duration_ms"]) >= Number(outcome["duration_ms"]));
    const digest = timeout === 1 ? null : `sha256:${sha256("went on, ")}`;
    assert.equal(record["output_digest"], digest);
    await own.client.close();
    assert.ok(await isSound(own.folder));
  });
}

test("a call whose server dies while its client is asked has that in the trail", async (context) => {
  const own = await served(context, MODERN, { old: { ...OLD, timeout: 20 } });
  await askedBy(own, "old_question", FORM);
  await own.client.callTool({ name: "old_dies", arguments: {} });
  const record = await unheardIn(own.folder);
  assert.deepEqual(endIn(record), ["event", "failure", "upstream_broke_off"]);
  assert.equal(record["tool_name"], "old_question");
});

for (const [era, mode] of [
  ["older", "legacy"],
  ["newer", MODERN],
] as const) {
  test(`a server that ends while its client of the ${era} era is asked says so before its own end`, async (context) => {
    const own = await served(context, mode, { old: { ...OLD, timeout: 60 } });
    const outcome = await askedBy(own, "old_question", FORM);
    await own.client.close();
    // A client may have started it more than once.
    const actions = (await trailIn(own.folder)).slice(-4).map(({ action }) => action);
    assert.deepEqual(actions, ["execute_tool", "execute_tool", "unheard_end", "server_stop"]);
    const record = await unheardIn(own.folder);
    assert.deepEqual(endIn(record), ["event", "cancelled", "cancelled"]);
    assert.deepEqual(belonging(record), belonging(outcome));
    assert.ok(await isSound(own.folder));
  });
}

test("a server over HTTP that ends says of a call that waits for its client how it ended", async (context) => {
  const mcpServers = { old: { ...OLD, timeout: 60 } };
  const folder = await folderFor(context);
  const config = await configIn(folder, { mcpServers });
  assert.equal((await kubiya(["tools", "list", "--config", config])).code, 0);
  const { url, end } = await listen(context, folder, { whitelisted_tools: undefined, mcpServers });
  const client = silent(MODERN);
  await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`)));
  const outcome = await askedBy({ client, folder }, "old_question", FORM);
  await client.close();
  assert.equal(await end(), 0);
  const [record, stop] = (await trailIn(folder)).slice(-2);
  assert.ok(record !== undefined);
  assert.deepEqual(endIn(record), ["event", "cancelled", "cancelled"]);
  assert.deepEqual(belonging(record), belonging(outcome));
  assert.equal(stop?.action, "server_stop");
});
