// The page's "Monitoring and Logging" and "Debug Mode", typed as they are printed there.

import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { withKeyring } from "../support/keys.ts";
import { callText, folderFor, recordsIn } from "../support/server.ts";
import { shellIn } from "../support/shell.ts";

/** What is typed, and what of it is seen on stderr. */
const LOGGING = [
  ["kubiya mcp serve --verbose", "debug"],
  ["export LOG_LEVEL=DEBUG\nkubiya mcp serve", "debug"],
  ["kubiya --debug mcp serve", "debug"],
  ["export DEBUG=true\nkubiya mcp serve", "debug"],
  ["kubiya mcp serve", "info"],
] as const;

for (const [typed, level] of LOGGING) {
  test(`as on the page, ${typed.replace("\n", "; ")} tells ${level === "debug" ? "who is let in" : "no more than it must"}`, async (context) => {
    const folder = await folderFor(context);
    const shell = await shellIn(folder);
    const state_dir = join(folder, "state");
    await mkdir(join(folder, ".kubiya"));
    const kubectl = { name: "kubectl", type: "shell", entrypoint: "echo" };
    const config = { state_dir, require_auth: true, whitelisted_tools: [kubectl] };
    const file = join(folder, ".kubiya", "mcp-server.json");
    await writeFile(file, JSON.stringify(config), { mode: 0o600 });
    let key = "";
    await withKeyring(state_dir, async ({ make }) => {
      key = await make();
    });
    const env = { ...shell.environment, KUBIYA_API_KEY: key };
    const transport = new StdioClientTransport({
      ...{ command: "sh", args: ["-ec", typed], env, stderr: "pipe" },
    });
    let stderr = "";
    transport.stderr?.on("data", (chunk) => (stderr += String(chunk)));
    const client = new Client({ name: "test", version: "1" });
    await client.connect(transport);
    assert.equal((await callText(client, "kubectl", { command: "get pods" })).text, "get pods\n");
    const refused = await client.callTool({ name: "rm", arguments: {} }).catch(String);
    assert.match(String(refused), /Unknown tool: rm/);
    await client.close();
    assert.equal(/"authenticated"/.test(stderr), level === "debug", stderr);
    assert.ok(!stderr.includes(key.slice(21)));

    // "All authenticated actions are logged", with the six fields that the page shows.
    const records = await recordsIn(state_dir);
    const ran = records.find((one) => one.action === "execute_tool" && one.result === "success");
    assert.match(String(ran?.["timestamp"]), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.equal(ran?.["user_id"], "ada");
    assert.deepEqual(
      [ran.action, ran["tool_name"], ran["parameters"], ran.result],
      ["execute_tool", "kubectl", { command: "get pods" }, "success"],
    );
  });
}
