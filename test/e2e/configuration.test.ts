import assert from "node:assert/strict";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { connect, folderFor, recordsIn, until } from "../support/server.ts";

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
