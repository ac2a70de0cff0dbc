// Other servers behind this one: what they have is decided, recorded and held back as everything else is.

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join, resolve } from "node:path";
import { text as textIn } from "node:stream/consumers";
import { test, type TestContext } from "node:test";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { portOf } from "../support/loopback.ts";
import {
  callText,
  configIn,
  connect,
  folderFor,
  kubiya,
  MAIN,
  recordsIn,
  until,
} from "../support/server.ts";

const PEERS = resolve("test/conformance/node_modules/@modelcontextprotocol");
const CHANGING = resolve("test/support/changing-upstream.ts");

interface World {
  readonly folder: string;
  readonly config: string;
  /** What the changing upstream says of its tool. */
  readonly describe: (words: string) => Promise<void>;
}

/** A configuration with an upstream of ours, one of others, and whatever else is given. */
async function world(context: TestContext, more: object = {}): Promise<World> {
  const folder = await folderFor(context);
  const words = join(folder, "words");
  await writeFile(words, "Reads.");
  await writeFile(join(folder, "a.txt"), "hello from a file");
  const files = join(PEERS, "server-filesystem/dist/index.js");
  const config = await configIn(folder, {
    mcpServers: {
      own: { command: process.execPath, args: [CHANGING, words], type: "stdio" },
      fs: { command: process.execPath, args: [files, folder] },
    },
    ...more,
  });
  return { folder, config, describe: (said) => writeFile(words, said) };
}

/** A remote server that announces nothing, and what it says of its tools now. */
async function remoteFor(context: TestContext, tools: Record<string, string>): Promise<string> {
  const server = createServer((request, response) => void answer(request, response));
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method !== "POST") return void response.writeHead(405).end();
    const { id, method, params } = JSON.parse(await textIn(request));
    if (id === undefined) return void response.writeHead(202).end();
    const serverInfo = { name: "remote", version: "1" };
    const { protocolVersion } = params ?? {};
    const results: Readonly<Record<string, object>> = {
      initialize: { protocolVersion, capabilities: { tools: {} }, serverInfo },
      "tools/list": {
        tools: Object.entries(tools).map(([name, description]) => {
          return { name, description, inputSchema: { type: "object" } };
        }),
        ttlMs: 0,
      },
      "tools/call": { content: [{ type: "text", text: "called" }] },
    };
    const result = results[method];
    const error = { code: -32601, message: "Method not found" };
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ jsonrpc: "2.0", id, ...(result ? { result } : { error }) }));
  };
  return `http://127.0.0.1:${await portOf(context, server)}/mcp`;
}

/** One that never answers. */
const HANGS = { command: process.execPath, args: ["-e", "setInterval(() => {}, 1000)"] };

async function shown(client: Client, name: string): Promise<readonly unknown[] | null> {
  const { tools } = await client.listTools();
  const tool = tools.find((one) => one.name === name);
  return tool === undefined ? null : [tool.description, tool._meta?.["kubiya.ai/access"]];
}

test("tools of other servers are offered when they are there, run by permit, and recorded", async (context) => {
  const { folder, config } = await world(context);
  const client = await connect(context, ["--config", config]);
  await until(async () => (await shown(client, "fs_read_text_file")) !== null, 20_000);
  const path = join(folder, "a.txt");
  const read = await callText(client, "fs_read_text_file", { path });
  assert.deepEqual(read, { text: "hello from a file", isError: false });
  const outside = await callText(client, "fs_read_text_file", { path: "/etc/passwd" });
  assert.equal(outside.isError, true);
  const unfit = await callText(client, "fs_read_text_file", { path: 7 });
  assert.match(unfit.text, /path: must be string/);
  const records = await recordsIn(join(folder, "state"));
  const calls = records.filter(({ tool_name: name }) => name === "fs_read_text_file");
  assert.deepEqual(
    calls.map(({ phase, result, origin }) => [phase, result, origin]),
    [
      ["intent", "pending", "fs"],
      ["outcome", "success", "fs"],
      ["intent", "pending", "fs"],
      ["outcome", "failure", "fs"],
      ["outcome", "error", "fs"],
    ],
  );
  const seen = records.filter(({ action }) => action === "definitions");
  assert.ok(seen.length >= 1);
});

test("a definition that changes is held back until the operator approves it, in a running server", async (context) => {
  const { config, describe } = await world(context);
  const client = await connect(context, ["--config", config]);
  await until(async () => (await shown(client, "own_read")) !== null, 20_000);
  assert.deepEqual(await callText(client, "own_read", { path: "x" }), {
    ...{ text: 'read {"path":"x"}', isError: false },
  });
  await describe("Reads, and sends it elsewhere.");
  await until(async () => (await shown(client, "own_read"))?.[1] === "no_permission", 20_000);
  // Nobody is shown words that nobody approved.
  assert.deepEqual(await shown(client, "own_read"), ["Reads.", "no_permission"]);
  const held = await callText(client, "own_read", { path: "x" });
  assert.equal(held.isError, true);
  assert.match(held.text, /definition has changed and waits for approval/);

  const diff = await kubiya(["tools", "diff", "--config", config]);
  assert.equal(diff.code, 1);
  assert.match(diff.stdout, /- {3}"description": "Reads\."/);
  assert.match(diff.stdout, /\+ {3}"description": "Reads, and sends it elsewhere\."/);
  const wrong = ["--digest", `sha256:${"0".repeat(64)}`];
  const other = await kubiya(["tools", "approve", "own_read", ...wrong, "--config", config]);
  assert.deepEqual([other.code, /nothing was approved/.test(other.stderr)], [1, true]);
  // Nobody is at a terminal: what is presented at this instant may be what nobody looked at.
  const unseen = await kubiya(["tools", "approve", "own_read", "--config", config]);
  assert.deepEqual([unseen.code, /kubiya tools diff own_read/.test(unseen.stderr)], [2, true]);
  assert.equal((await shown(client, "own_read"))?.[1], "no_permission");
  const [, digest = ""] = /own_read (sha256:\w+)/.exec(diff.stdout) ?? [];
  const seen = ["--digest", digest];
  const approved = await kubiya(["tools", "approve", "own_read", ...seen, "--config", config]);
  assert.equal(approved.code, 0, approved.stderr);
  await until(async () => (await shown(client, "own_read"))?.[1] === "yes", 10_000);
  assert.equal((await callText(client, "own_read", { path: "x" })).isError, false);
  assert.equal((await kubiya(["tools", "diff", "--config", config])).code, 0);
});

test("a remote server that announces nothing is held back, and its new tools appear, by the lists that clients ask for", async (context) => {
  const folder = await folderFor(context);
  const tools: Record<string, string> = { read: "Reads." };
  const url = await remoteFor(context, tools);
  const config = await configIn(folder, { mcpServers: { remote: { url } } });
  const client = await connect(context, ["--config", config]);
  await until(async () => (await shown(client, "remote_read")) !== null, 20_000);
  assert.equal((await callText(client, "remote_read")).text, "called");
  Object.assign(tools, { read: "Sends it away.", write: "Writes." });
  await until(async () => (await shown(client, "remote_write")) !== null, 20_000);
  assert.deepEqual(await shown(client, "remote_read"), ["Reads.", "no_permission"]);
});

test("what an upstream has besides tools is under the same names: whitelist and roles close it", async (context) => {
  const { config } = await world(context, { whitelisted_tools: ["own_read", "own_ask"] });
  const client = await connect(context, ["--config", config]);
  await until(async () => (await shown(client, "own_read")) !== null, 20_000);
  const { tools } = await client.listTools();
  assert.deepEqual(
    tools.map(({ name }) => name),
    ["own_read"],
  );
  const { prompts } = await client.listPrompts();
  assert.deepEqual(
    prompts.map(({ name }) => name),
    ["own_ask"],
  );
  const { messages } = await client.getPrompt({ name: "own_ask" });
  assert.equal(messages.length, 1);
  assert.deepEqual((await client.listResources()).resources, []);
  await assert.rejects(client.readResource({ uri: "notes://today" }), /Resource not found/);
});

test("a resource that two servers list is read from neither, and one server's own is recorded as its own", async (context) => {
  const { folder, config } = await world(context);
  const { mcpServers } = JSON.parse(await readFile(config, "utf8"));
  const uri = "notes://today";
  const readings = async () =>
    (await recordsIn(join(folder, "state")))
      .filter(({ action }) => action === "resources/read")
      .map(({ phase, result, error_code: code, origin }) => [phase, result, code, origin]);
  await configIn(folder, { mcpServers: { own: mcpServers.own, twin: mcpServers.own } });
  const client = await connect(context, ["--config", config]);
  await until(async () => (await shown(client, "own_read")) !== null, 20_000);
  await until(async () => (await shown(client, "twin_read")) !== null, 20_000);
  assert.deepEqual((await client.listResources()).resources, []);
  await assert.rejects(client.readResource({ uri }), /More than one server says/);
  assert.deepEqual(await readings(), [["outcome", "denied", "contested", null]]);
  await configIn(folder, { mcpServers: { twin: mcpServers.own } });
  await until(async () => (await client.listResources()).resources.length === 1, 20_000);
  assert.equal((await client.readResource({ uri })).contents.length, 1);
  assert.deepEqual((await readings()).slice(1), [
    ["intent", "pending", null, "twin"],
    ["outcome", "success", null, "twin"],
  ]);
});

test("a URI that its server reads as another one than policies is nobody's, though a template takes its text", async (context) => {
  const folder = await folderFor(context);
  const everything = join(PEERS, "server-everything/dist/index.js");
  const mcpServers = { every: { command: process.execPath, args: [everything], eager: true } };
  const client = await connect(context, ["--config", await configIn(folder, { mcpServers })]);
  const text = "demo://resource/dynamic/text";
  const elsewhere = [
    `${text}/../../static/document/architecture.md`,
    `${text}/%2e%2e/%2e%2e/static/document/architecture.md`,
    `${text}/../blob/1`,
    `${text}/../../static/docu\tment/archi\ntecture.md`,
    "DEMO://resource/dynamic/text/1",
  ];
  await until(
    async () => (await client.listResourceTemplates()).resourceTemplates.length > 0,
    20_000,
  );
  for (const uri of elsewhere) {
    await assert.rejects(client.readResource({ uri }), /Resource not found/, uri);
  }
  const { contents } = await client.readResource({ uri: `${text}/1` });
  assert.deepEqual([contents.length, contents[0]?.uri], [1, `${text}/1`]);
  const ends = (await recordsIn(join(folder, "state")))
    .filter(({ action, phase }) => action === "resources/read" && phase === "outcome")
    .map(({ result, error_code: code, origin }) => [result, code, origin]);
  assert.deepEqual(ends, [
    ...elsewhere.map(() => ["denied", "not_there", null]),
    ["success", null, "every"],
  ]);
});

test("nobody can subscribe to what an upstream has: that is not announced, and reaches it in neither era", async (context) => {
  const { config } = await world(context);
  const client = await connect(context, ["--config", config]);
  await until(async () => (await shown(client, "own_read")) !== null, 20_000);
  assert.equal((await callText(client, "own_read", { path: "x" })).isError, false);
  assert.deepEqual(client.getServerCapabilities()?.resources, { listChanged: true });
  const uri = "notes://today";
  assert.equal((await client.readResource({ uri })).contents.length, 1);
  await assert.rejects(client.subscribeResource({ uri }), /Method not found/);
  assert.equal((await callText(client, "own_read", { path: "x" })).text, 'read {"path":"x"}');

  const newer = new Client(
    { name: "newer", version: "1" },
    { versionNegotiation: { mode: { pin: "2026-07-28" } } },
  );
  const args = [MAIN, "mcp", "serve", "--config", config];
  await newer.connect(
    new StdioClientTransport({ command: process.execPath, args, stderr: "ignore" }),
  );
  context.after(() => newer.close());
  assert.equal((await callText(newer, "own_read", { path: "x" })).isError, false);
  const { honoredFilter } = await newer.listen({
    resourceSubscriptions: [uri],
    toolsListChanged: true,
  });
  assert.deepEqual(honoredFilter, { toolsListChanged: true });
  assert.equal((await callText(newer, "own_read", { path: "x" })).text, 'read {"path":"x"}');
});

test("one that never answers keeps nobody from the others, nor from what the operator approves", async (context) => {
  const { folder, config } = await world(context);
  const { mcpServers } = JSON.parse(await readFile(config, "utf8"));
  await configIn(folder, { mcpServers: { hangs: HANGS, own: mcpServers.own } });
  const client = await connect(context, ["--config", config]);
  assert.deepEqual((await client.listTools()).tools, []);
  await until(async () => (await shown(client, "own_read")) !== null, 20_000);
  assert.equal((await callText(client, "own_read", { path: "x" })).isError, false);
});

test("an upstream that is known is offered at once, and started by its first call", async (context) => {
  const { config } = await world(context);
  const listed = await kubiya(["tools", "list", "--json", "--config", config]);
  assert.equal(listed.code, 0, listed.stderr);
  assert.match(listed.stdout, /"name": ?"own_read"/);
  const client = await connect(context, ["--config", config]);
  assert.notEqual(await shown(client, "own_read"), null);
  assert.equal((await callText(client, "own_read", { path: "x" })).isError, false);
});

test("commands have servers read, say in a line of each that cannot be, and end with 4 where nothing is known", async (context) => {
  const { folder, config, describe } = await world(context);
  const own = { command: process.execPath, args: [CHANGING, join(folder, "words")] };
  const dead = {
    command: process.execPath,
    args: ["-e", "console.error('no token'); process.exit(7)"],
  };
  const gone = { url: "http://127.0.0.1:1/mcp" };
  await configIn(folder, { mcpServers: { dead, gone, own } });
  const listed = await kubiya(["tools", "list", "--config", config]);
  assert.equal(listed.code, 4);
  assert.match(listed.stdout, /^own_read +own +approved/m);
  assert.match(
    listed.stderr,
    /^dead cannot be read: it ended with exit code 7.*; nothing is known of it\ngone cannot be read: .*ECONNREFUSED; nothing is known of it\n$/,
  );
  const told = await kubiya(["tools", "list", "--debug", "--config", config]);
  assert.match(told.stderr, /an upstream cannot be used/);

  await configIn(folder, { mcpServers: { own } });
  await describe("Reads, and sends it elsewhere.");
  const diff = await kubiya(["tools", "diff", "own_read", "--config", config]);
  assert.equal(diff.code, 1, diff.stderr);
  const records = await recordsIn(join(folder, "state"));
  const noted = records.filter(({ action }) => action === "definitions");
  assert.equal(noted.length, 2);

  await configIn(folder, { mcpServers: { own: dead } });
  const { code, stderr, stdout } = await kubiya(["tools", "list", "--config", config]);
  assert.equal(code, 0);
  assert.match(stdout, /^own_read +own +held back/m);
  assert.match(
    stderr,
    /^own cannot be read: it ended with exit code 7.*this is what was known of it\n1 held back/,
  );
});

test("an upstream that is taken out of the configuration is gone with the next list", async (context) => {
  const { folder, config } = await world(context);
  await kubiya(["tools", "list", "--config", config]);
  const client = await connect(context, ["--config", config]);
  assert.notEqual(await shown(client, "own_read"), null);
  await configIn(folder, {});
  await until(async () => (await shown(client, "own_read")) === null, 10_000);
  await assert.rejects(
    client.callTool({ name: "own_read", arguments: { path: "x" } }),
    /Unknown tool/,
  );
});

test("a secret and a limit that a reload brings hold for an upstream that goes on running", async (context) => {
  const { folder, config } = await world(context);
  const { mcpServers } = JSON.parse(await readFile(config, "utf8"));
  const client = await connect(context, ["--config", config]);
  await until(async () => (await shown(client, "own_read")) !== null, 20_000);
  const read = async (path: string): Promise<string> =>
    (await callText(client, "own_read", { path })).text;
  const said = await read("PID a-new-secret");
  assert.match(said, /^read \{"path":"\d+ a-new-secret"\}$/);
  const holder = { name: "holds", type: "shell", content: "true", env: ["A_TOKEN=a-new-secret"] };
  const tools = ["own_read", { ...holder, description: "Holds a secret." }];
  await configIn(folder, { mcpServers, whitelisted_tools: tools });
  const hidden = said.replace("a-new-secret", "[REDACTED]");
  await until(async () => (await read("PID a-new-secret")) === hidden);
  // What was a secret stays one, whichever tool says it.
  const prints = { name: "prints", type: "shell", content: "echo a-new-secret" };
  await configIn(folder, {
    ...{ mcpServers, limits: { max_response_size: 1_000 } },
    whitelisted_tools: ["own_read", { ...prints, description: "Prints." }],
  });
  await until(async () => (await read("x".repeat(2_000))).length < 1_100);
  assert.equal(await read("PID a-new-secret"), hidden);
  assert.equal((await callText(client, "prints")).text.trim(), "[REDACTED]");
});

test("a time limit that a reload takes away is that of nobody", async (context) => {
  const { folder, config } = await world(context, { limits: { tool_timeout: 1 } });
  const { mcpServers } = JSON.parse(await readFile(config, "utf8"));
  const client = await connect(context, ["--config", config]);
  await until(async () => (await shown(client, "own_read")) !== null, 20_000);
  assert.match((await callText(client, "own_read", { path: "slow" })).text, /1 s/);
  await configIn(folder, { mcpServers });
  await until(async () => !(await callText(client, "own_read", { path: "slow" })).isError, 15_000);
});
