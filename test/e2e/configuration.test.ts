import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { listen } from "../support/http.ts";
import { withIssuer } from "../support/issuer.ts";
import { configIn, connect, folderFor, MAIN, recordsIn, until } from "../support/server.ts";

const TYPES = {
  "content-type": "application/json",
  accept: "application/json, text/event-stream",
};
const INITIALIZE = {
  protocolVersion: "2025-11-25",
  capabilities: {},
  clientInfo: { name: "test", version: "1" },
};
const GREET = { name: "greet", type: "shell", content: "echo hello" };

test("the default file takes effect when it is created, and what it closed stays closed when it is removed", async (context) => {
  const home = await folderFor(context);
  const client = await connect(context, [], { HOME: home });
  const path = join(home, ".kubiya", "mcp-server.json");
  const names = async (): Promise<readonly string[]> =>
    (await client.listTools()).tools.map(({ name }) => name);
  const reloads = async (): Promise<readonly unknown[]> => {
    const records = await recordsIn(join(home, ".kubiya", "mcp"));
    return records.filter(({ action }) => action === "config_reload").map(({ result }) => result);
  };
  assert.deepEqual(await names(), []);
  await mkdir(join(home, ".kubiya"), { recursive: true });
  await writeFile(path, JSON.stringify({ whitelisted_tools: [GREET] }));
  await until(async () => (await names()).length === 1);

  await rm(path);
  await until(async () => (await reloads()).length === 2);
  assert.deepEqual(await reloads(), ["success", "failure"]);
  assert.deepEqual(await names(), ["greet"]);

  await writeFile(path, JSON.stringify({ whitelisted_tools: [] }));
  await until(async () => (await names()).length === 0);
});

test("a configuration that is saved changes what is logged from then on, and its warnings are told", async (context) => {
  const folder = await folderFor(context);
  const config = await configIn(folder, { whitelisted_tools: [GREET] });
  const args = [MAIN, "mcp", "serve", "--config", config];
  const child = spawn(process.execPath, args, { env: { HOME: folder, PATH: process.env["PATH"] } });
  context.after(() => child.stdin.end());
  let stderr = "";
  child.stderr.on("data", (chunk) => (stderr += String(chunk)));
  // Nobody asked for this answer: the protocol's library says so at the level debug.
  const stray = (): unknown => child.stdin.write('{"jsonrpc":"2.0","id":99,"result":{}}\n');
  const said = (text: string): boolean => stderr.includes(text);

  await until(() => said("serving over stdio"));
  stray();
  await configIn(folder, {
    whitelisted_tools: ["missing"],
    allowed_runners: [],
    verbose_logging: true,
  });
  await until(() => said("nothing offers a tool called missing"));
  assert.equal(stderr.split("is empty, and so allows nothing").length, 2);
  assert.equal(said('"debug"'), false);
  stray();
  await until(() => said('"debug"'));
});

test("a token is refused from the reload on that takes its issuer out of the configuration", (context) =>
  withIssuer(async ({ url, sign }) => {
    const folder = await folderFor(context);
    const roles = { viewer: { permissions: ["tools:list"] } };
    const jwt = { issuer: url, audience: "kubiya", jwks_uri: `${url}/keys` };
    const server = await listen(context, folder, { require_auth: true, roles, jwt });
    const claims = { iss: url, aud: "kubiya", sub: "ada", roles: ["viewer"], exp: 4_000_000_000 };
    const token = await sign(claims);
    const answered = async (): Promise<number> => {
      const answer = await fetch(`${server.url}/mcp`, {
        method: "POST",
        headers: { ...TYPES, authorization: `Bearer ${token}` },
        body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params: INITIALIZE }),
      });
      await answer.text();
      return answer.status;
    };
    assert.equal(await answered(), 200);
    await configIn(folder, { whitelisted_tools: [GREET], require_auth: true, roles });
    await until(() => server.stderr().includes("reloaded"));
    assert.equal(await answered(), 401);
    assert.doesNotMatch(server.stderr(), /waits for a restart/);
  }));
