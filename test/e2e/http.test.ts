// The program over HTTP, with the clients of both SDKs and of both protocol eras.

import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as OldTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { keyIn } from "../support/keys.ts";
import { greet, listen } from "../support/http.ts";
import { configIn, folderFor, kubiya, recordsIn, until } from "../support/server.ts";

const POLICY = `package custom
decision := {"deny": [reason | some reason in deny]}
deny contains {"code": "not_bob", "message": "Do not greet bob."} if input.arguments.who == "bob"
`;

/** A client, whatever its SDK. */
interface Connected {
  readonly names: () => Promise<readonly string[]>;
  readonly call: (
    name: string,
    who: string,
    signal?: AbortSignal,
  ) => Promise<{ readonly text: string; readonly isError: boolean }>;
  readonly close: () => Promise<void>;
}

type Connect = (url: string, key: string | null) => Promise<Connected>;

const headersOf = (key: string | null): Record<string, string> =>
  key === null ? {} : { Authorization: `Bearer ${key}` };

function connectWith(pin: string | null): Connect {
  return async (url, key) => {
    const client = new Client(
      { name: "test", version: "1" },
      pin === null ? {} : { versionNegotiation: { mode: { pin } } },
    );
    const requestInit = { headers: headersOf(key) };
    await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit }));
    return {
      names: async () => (await client.listTools()).tools.map(({ name }) => name),
      call: async (name, who, signal) => {
        const options = signal === undefined ? {} : { signal };
        return textOf(await client.callTool({ name, arguments: { who } }, options));
      },
      close: () => client.close(),
    };
  };
}

const connectOld: Connect = async (url, key) => {
  const client = new OldClient({ name: "old", version: "1" });
  const requestInit = { headers: headersOf(key) };
  const transport = new OldTransport(new URL(`${url}/mcp`), { requestInit });
  await client.connect(transport);
  return {
    names: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name, who, signal) => {
      const options = signal === undefined ? {} : { signal };
      return textOf(await client.callTool({ name, arguments: { who } }, undefined, options));
    },
    close: async () => {
      await transport.terminateSession();
      await client.close();
    },
  };
};

function textOf(result: object): { readonly text: string; readonly isError: boolean } {
  const { content, isError } = Object(result);
  const parts: readonly { readonly text: string }[] = content;
  return { text: parts.map(({ text }) => text).join(""), isError: isError === true };
}

const CLIENTS: readonly (readonly [string, Connect])[] = [
  ["the client of the older SDK", connectOld],
  ["the client of the 2.x SDK, legacy", connectWith(null)],
  ["the client of the 2.x SDK, modern", connectWith("2026-07-28")],
];

for (const [what, connect] of CLIENTS) {
  test(`${what} lists, calls, and is denied`, async (context) => {
    const folder = await folderFor(context);
    const policies = join(folder, "policies");
    await mkdir(policies);
    await writeFile(join(policies, "custom.rego"), POLICY);
    const server = await listen(context, folder, { args: ["--policies", policies] });
    const client = await connect(server.url, null);
    context.after(() => client.close());
    assert.deepEqual(await client.names(), ["greet"]);
    assert.deepEqual(await client.call("greet", "ada"), { text: "hello ada\n", isError: false });
    const denied = await client.call("greet", "bob");
    assert.equal(denied.isError, true);
    assert.match(denied.text, /^Insufficient permissions: Do not greet bob\./);
    await assert.rejects(client.call("nope", "ada"), /Unknown tool: nope/);
    const calls = (await recordsIn(join(folder, "state"))).filter(
      ({ action }) => action === "execute_tool",
    );
    assert.deepEqual(
      calls.map(({ result, transport, client_ip: ip }) => [result, transport, ip]),
      ["pending", "success", "denied", "denied"].map((result) => [result, "http", "127.0.0.1"]),
    );
  });

  test(`${what} needs a key where callers must authenticate, and is in a session with one`, async (context) => {
    const folder = await folderFor(context);
    const key = await keyIn(join(folder, "state"));
    const server = await listen(context, folder, { require_auth: true });
    await assert.rejects(connect(server.url, null));
    const wrong = `${key.slice(0, -1)}${key.endsWith("x") ? "y" : "x"}`;
    await assert.rejects(connect(server.url, wrong));
    const client = await connect(server.url, key);
    assert.deepEqual(await client.call("greet", "ada"), { text: "hello ada\n", isError: false });
    await client.close();
    assert.equal(server.stderr().includes(key), false);
    const trail = await readTrail(join(folder, "state"));
    assert.equal(trail.includes(key), false);
  });

  test(`${what} that is gone ends what runs for it, and its process`, async (context) => {
    const folder = await folderFor(context);
    const pids = join(folder, "pids");
    const content = `echo $$ > ${pids}; trap '' TERM; sleep 60 & wait; sleep 60`;
    const hang = { name: "hang", type: "shell", content, args: [{ name: "who" }] };
    const server = await listen(context, folder, { whitelisted_tools: [hang] });
    const client = await connect(server.url, null);
    const gone = new AbortController();
    const hanging = client.call("hang", "ada", gone.signal);
    const pid = async (): Promise<number> => Number(await readFile(pids, "utf8").catch(() => "0"));
    await until(async () => (await pid()) > 0);
    gone.abort();
    await assert.rejects(hanging);
    await client.close();
    await until(async () =>
      (await recordsIn(join(folder, "state"))).some(({ result }) => result === "cancelled"),
    );
    assert.equal(alive(await pid()), false);
  });
}

test("a session is bound to its credential, ends by DELETE, and is then as unknown as any", async (context) => {
  const folder = await folderFor(context);
  const state = join(folder, "state");
  const [key, other] = [await keyIn(state), await keyIn(state, { name: "other", user: "eve" })];
  const server = await listen(context, folder, { require_auth: true });
  const post = (bearer: string, body: object, session?: string): Promise<Response> =>
    fetch(`${server.url}/mcp`, {
      method: "POST",
      headers: { ...TYPES, ...headersOf(bearer), ...(session && { "Mcp-Session-Id": session }) },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, ...body }),
    });
  const opened = await post(key, INITIALIZE);
  const session = opened.headers.get("mcp-session-id") ?? assert.fail("no session");
  const list = { method: "tools/list" };
  assert.equal((await post(key, list, session)).status, 200);
  assert.equal((await post(key, { method: "ping" }, session)).status, 200);
  assert.equal((await post(key, list)).status, 400);
  const foreign = await post(other, list, session);
  const unknown = await post(key, list, "nothing");
  assert.deepEqual([foreign.status, unknown.status], [404, 404]);
  const end = (bearer: string): Promise<Response> =>
    fetch(`${server.url}/mcp`, {
      method: "DELETE",
      headers: { ...headersOf(bearer), "Mcp-Session-Id": session },
    });
  assert.equal((await end(other)).status, 404);
  assert.equal((await post(key, list, session)).status, 200);
  assert.equal((await end(key)).status, 204);
  const over = await post(key, list, session);
  assert.equal(over.status, 404);
  assert.equal((await end(key)).status, 404);
});

test("a key is exchanged for a session that is a credential; a session makes nothing", async (context) => {
  const folder = await folderFor(context);
  const state = join(folder, "state");
  const key = await keyIn(state);
  const server = await listen(context, folder, { require_auth: true, session_timeout: 60 });
  const exchange = (headers: Record<string, string>): Promise<Response> =>
    fetch(`${server.url}/auth/session`, { method: "POST", headers });
  const made = await exchange(headersOf(key));
  assert.equal(made.status, 200);
  const { session, expires_at: expires, idle_timeout: idle } = Object(await made.json());
  assert.match(String(session), /^kbs_/);
  assert.equal(idle, 60);
  assert.ok(Date.parse(String(expires)) <= Date.now() + 3_600_000);
  const again = await exchange(headersOf(String(session)));
  assert.equal(again.status, 403);
  assert.equal((await exchange({})).status, 401);
  const client = await connectWith("2026-07-28")(server.url, String(session));
  assert.deepEqual(await client.names(), ["greet"]);
  await client.close();
  assert.equal((await readTrail(state)).includes(String(session)), false);
});

test("a server that is told to end ends, and says so in the trail", async (context) => {
  const folder = await folderFor(context);
  const server = await listen(context, folder);
  assert.equal((await fetch(`${server.url}/ready`)).status, 200);
  assert.equal(await server.end(), 0);
  const events = await recordsIn(join(folder, "state"));
  assert.equal(events.at(-1)?.["action"], "server_stop");
});

test("a port that is taken, and a host that is open to others, refuse the start with the mend", async (context) => {
  const folder = await folderFor(context);
  const server = await listen(context, folder);
  const config = await configIn(folder, {});
  const serve = ["mcp", "serve", "--config", config, "--port"];
  const taken = await kubiya([...serve, new URL(server.url).port]);
  assert.equal(taken.code, 3);
  assert.match(taken.stderr, /EADDRINUSE/);
  const events = (await recordsIn(join(folder, "state"))).map(({ action, result }) => [
    action,
    result,
  ]);
  assert.deepEqual(events.at(-1), ["server_stop", "failure"]);
  const open = await kubiya([...serve, "0", "--host", "0.0.0.0"]);
  assert.equal(open.code, 3);
  assert.match(open.stderr, /--host: .*require_auth.*\n.*--host: .*--insecure-http/);
});

const TYPES = {
  "content-type": "application/json",
  accept: "application/json, text/event-stream",
};
const INITIALIZE = {
  method: "initialize",
  params: {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "raw", version: "1" },
  },
};

async function readTrail(state: string): Promise<string> {
  return JSON.stringify(await recordsIn(state));
}

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test("many callers at once are who they are, each", async (context) => {
  const folder = await folderFor(context);
  const state = join(folder, "state");
  const full = await keyIn(state);
  const lists = await keyIn(state, { name: "lists", user: "eve", permissions: ["tools:list"] });
  const server = await listen(context, folder, { require_auth: true });
  const bearers = [full, lists, null];
  const statuses = await Promise.all(
    Array.from({ length: 30 }, async (_, at) => {
      const bearer = bearers[at % 3] ?? null;
      const { status, text } = await greet(server.url, bearer, at);
      return [status, text.includes("hello ada"), text.includes(`"id":${at}`)];
    }),
  );
  const expected = [
    [200, true, true],
    [403, false, true],
    [401, false, true],
  ];
  assert.deepEqual(
    statuses,
    statuses.map((_, at) => expected[at % 3]),
  );
  const users = (await recordsIn(state))
    .filter(({ result }) => result === "success")
    .flatMap(({ action, user_id: user }) => (action === "execute_tool" ? [user] : []));
  assert.deepEqual(new Set(users), new Set(["ada"]));
});
