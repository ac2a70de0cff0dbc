// The company of examples/ as it is: its tools, its roles, the servers behind it, its policies, its trail.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFile, symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import type { Client } from "@modelcontextprotocol/client";
import { callText, connect, folderFor, kubiya, MAIN, until } from "../support/server.ts";

const POLICIES = ["--policies", resolve("examples/policies")];

/** The example, with its state in a folder of its own. */
async function companyIn(folder: string): Promise<string> {
  const company = JSON.parse(await readFile("examples/company.json", "utf8"));
  await symlink(resolve("examples/upstreams"), join(folder, "upstreams"));
  const config = join(folder, "company.json");
  await writeFile(config, JSON.stringify({ ...company, state_dir: join(folder, "state") }));
  return config;
}

/** A client with a key of this role. */
async function clientAs(context: TestContext, role: string, config: string): Promise<Client> {
  const named = ["--name", role, "--role", role, "--allow-stdio", "--config", config];
  const made = await kubiya(["auth", "key", "create", ...named]);
  assert.equal(made.code, 0, made.stderr);
  const env = { KUBIYA_API_KEY: made.stdout.trim() };
  return connect(context, ["--config", config, "--require-auth", ...POLICIES], env);
}

async function accessOf(client: Client): Promise<Readonly<Record<string, unknown>>> {
  const { tools } = await client.listTools();
  return Object.fromEntries(tools.map(({ name, _meta }) => [name, _meta?.["kubiya.ai/access"]]));
}

test("nothing in the company's example is said to be nobody's, by doctor or by a server that has read all", async (context) => {
  const folder = await folderFor(context);
  const config = await companyIn(folder);
  const looked = await kubiya(["mcp", "doctor", "--json", "--config", config]);
  const rows: readonly { readonly check: string; readonly status: string }[] = JSON.parse(
    looked.stdout,
  ).checks;
  const tools = rows.filter(({ check }) => check === "tools");
  assert.deepEqual(
    tools.map(({ status }) => status),
    ["ok"],
    looked.stdout,
  );
  const args = [MAIN, "mcp", "serve", "--config", config];
  const child = spawn(process.execPath, args, { env: { HOME: folder, PATH: process.env["PATH"] } });
  context.after(() => child.stdin.end());
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => (stdout += String(chunk)));
  child.stderr.on("data", (chunk) => (stderr += String(chunk)));
  const say = (message: object): unknown =>
    child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  const clientInfo = { name: "test", version: "1" };
  const params = { protocolVersion: "2025-06-18", capabilities: {}, clientInfo };
  say({ id: 1, method: "initialize", params });
  say({ method: "notifications/initialized" });
  // Both have said what they have when their tools are in the list.
  await until(async () => {
    say({ id: 2, method: "tools/list" });
    await wait(200);
    return stdout.includes('"oncall_who"') && stdout.includes('"runbooks_find"');
  });
  // Another saved configuration is looked at anew, with all that is known by now.
  const saved = JSON.parse(await readFile(config, "utf8"));
  const whitelist = [...saved.whitelisted_tools, "nobodys"];
  await writeFile(config, JSON.stringify({ ...saved, whitelisted_tools: whitelist }));
  await until(() => stderr.includes("nothing offers a tool called nobodys"));
  assert.equal(stderr.split("nothing offers").length, 2, stderr);
});

test("the company's example runs whole", async (context) => {
  const folder = await folderFor(context);
  const config = await companyIn(folder);
  const seen = await kubiya(["tools", "list", "--config", config]);
  assert.match(seen.stdout, /oncall_who .*approved[^]*runbooks_find .*approved/, seen.stderr);

  const developer = await clientAs(context, "developer", config);
  assert.deepEqual(await accessOf(developer), {
    ...{ deploy: "maybe", disk_usage: "maybe", oncall_who: "maybe", runbooks_find: "maybe" },
  });
  const reader = await clientAs(context, "reader", config);
  assert.deepEqual(await accessOf(reader), {
    ...{ oncall_who: "no_permission", runbooks_find: "no_permission" },
  });

  const disk = await callText(developer, "disk_usage", { folder: "/" });
  assert.deepEqual([disk.isError, /%/.test(disk.text)], [false, true]);
  const denied = await callText(developer, "deploy", { environment: "production" });
  assert.deepEqual([denied.isError, /frozen/.test(denied.text)], [true, true]);
  const staging = await callText(developer, "deploy", { environment: "staging" });
  assert.equal(staging.text.trim(), "the shop is deployed to staging");
  const who = await callText(developer, "oncall_who", { service: "shop" });
  assert.deepEqual(who, { text: "the shop's team", isError: false });
  await assert.rejects(reader.callTool({ name: "oncall_who", arguments: { service: "shop" } }));
  await assert.rejects(developer.callTool({ name: "sum", arguments: { numbers: [1] } }), /Unknown/);

  await until(async () => (await developer.listResources()).resources.length === 1);
  const { contents } = await developer.readResource({ uri: "oncall://today" });
  assert.equal(contents.length, 1);

  const verified = await kubiya(["audit", "verify", "--config", config]);
  assert.equal(verified.code, 0, verified.stdout);
});
