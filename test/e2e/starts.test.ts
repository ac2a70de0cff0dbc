// Which libraries a start reads: each one that it does not need would make it slower.

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { GREET, listen } from "../support/http.ts";
import { configIn, connect, folderFor, kubiya, until } from "../support/server.ts";

const HOOK = resolve("test/support/packages-read.ts");
const CHANGING = resolve("test/support/changing-upstream.ts");

const COMMAND = ["ajv", "commander", "fastest-levenshtein", "ipaddr.js"];
const DECIDING = [...COMMAND, "@open-policy-agent/opa-wasm", "chokidar", "tar-stream", "winston"];
const ENFORCING = [...DECIDING, "rate-limiter-flexible"];
const SERVING = [...ENFORCING, "@modelcontextprotocol/server"];
const WITH_UPSTREAMS = ["@modelcontextprotocol/client", "undici"];

/** A configuration of a store that nobody can reach. */
const ELSEWHERE = { store: { postgres: "postgresql://kubiya@127.0.0.1:1/kubiya" } };

/** A command line, more of its configuration, its exit code, and all that it reads of what the program asks for. */
const COMMANDS: readonly (readonly [string, object, number, readonly string[]])[] = [
  ["--help", {}, 0, COMMAND],
  ["mcp validate", {}, 0, COMMAND],
  ["audit query", {}, 4, COMMAND],
  ["policy eval --tool greet --arg who=ada", {}, 0, DECIDING],
  ["auth key list", {}, 0, ENFORCING],
  ["auth key list", ELSEWHERE, 4, [...ENFORCING, "pg"]],
  ["mcp serve", {}, 0, SERVING],
];

for (const [line, more, code, packages] of COMMANDS) {
  const where = Object.keys(more).map((field) => ` with ${field}`);
  test(`kubiya ${line}${where.join("")} reads what it needs`, async (context) => {
    const folder = await folderFor(context);
    const config = await configIn(folder, { whitelisted_tools: [GREET], ...more });
    const { env, read } = telling(folder);
    const ran = await kubiya([...line.split(" "), "--config", config], { env });
    assert.equal(ran.code, code, ran.stderr);
    assert.deepEqual(await read(), packages.toSorted());
  });
}

test("a server over HTTP reads what it needs", async (context) => {
  const folder = await folderFor(context);
  const { env, read } = telling(folder);
  const server = await listen(context, folder, { env });
  assert.equal(await server.end(), 0);
  assert.deepEqual(await read(), [...SERVING, "prom-client"].toSorted());
});

test("a server reads what upstreams need with the first of them, which a reload may bring", async (context) => {
  const folder = await folderFor(context);
  const { env, read } = telling(folder);
  const config = await configIn(folder, { whitelisted_tools: [GREET] });
  const client = await connect(context, ["--config", config], env);
  const names = async (): Promise<readonly string[]> =>
    (await client.listTools()).tools.map(({ name }) => name);
  assert.deepEqual(await names(), ["greet"]);
  const words = join(folder, "words");
  await writeFile(words, "Reads.");
  const own = { command: process.execPath, args: [CHANGING, words], type: "stdio" };
  await configIn(folder, { mcpServers: { own } });
  await until(async () => (await names()).includes("own_read"), 20_000);
  await configIn(folder, { whitelisted_tools: [GREET] });
  await until(async () => !(await names()).includes("own_read"));
  await client.close();
  assert.deepEqual(await read(), [...SERVING, ...WITH_UPSTREAMS].toSorted());
});

/** How a program says in this folder what it read. */
function telling(folder: string) {
  const file = join(folder, "packages.json");
  return {
    env: { NODE_OPTIONS: `--import=${HOOK}`, PACKAGES_READ: file },
    /** The packages that the program itself asks for, without what these ask for. */
    read: async (): Promise<readonly string[]> => {
      const { dependencies } = JSON.parse(await readFile("package.json", "utf8"));
      const read: readonly string[] = JSON.parse(await readFile(file, "utf8"));
      return read.filter((name) => name in dependencies);
    },
  };
}
