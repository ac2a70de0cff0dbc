import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { configIn, connect, folderFor, MAIN, recordsIn, until } from "../support/server.ts";

const FLOOD = { name: "flood", type: "shell", content: "yes ''" };
const ECHO = { name: "echo", type: "shell" };

/** What a server may need for two calls, and far less than it takes to keep each line of a flood. */
const MAX_KB = 500_000;
/** Without a bound to its heap it lets garbage lie for as long as there is room, and the figure says little. */
const HEAP = "--max-old-space-size=128";

function call(id: number, name: string, params: object): string {
  const message = { jsonrpc: "2.0", id, method: "tools/call", params: { name, ...params } };
  return `${JSON.stringify(message)}\n`;
}

const INITIALIZE = `${JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "raw", version: "1" },
  },
})}\n`;

test(
  "a tool that prints without end, to a client that does not read, takes no memory and no answer",
  { skip: process.platform !== "linux" && "memory is read from /proc" },
  async (context) => {
    const folder = await folderFor(context);
    const config = await configIn(folder, { whitelisted_tools: [FLOOD, ECHO] });
    const server = spawn(process.execPath, [HEAP, MAIN, "mcp", "serve", "--config", config], {
      stdio: ["pipe", "pipe", "ignore"],
    });
    context.after(() => server.kill("SIGKILL"));
    server.stdin.write(INITIALIZE + call(2, "flood", { _meta: { progressToken: "t" } }));
    const results = async (): Promise<readonly unknown[]> =>
      (await recordsIn(join(folder, "state")).catch(() => [])).map(({ result }) => result);
    await until(async () => (await results()).includes("failure"), 30_000);
    const status = await readFile(`/proc/${server.pid}/status`, "utf8");
    const peak = Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1]);
    assert.ok(peak < MAX_KB, `${peak} kB`);

    let stdout = "";
    server.stdout.on("data", (chunk) => (stdout += String(chunk)));
    server.stdin.write(call(3, "echo", { arguments: { command: "still here" } }));
    await until(() => /"still here\\n"/.test(stdout));
    const ids = stdout
      .trim()
      .split("\n")
      .flatMap((line) => JSON.parse(line).id ?? []);
    assert.deepEqual(ids, [1, 2, 3]);
    server.stdin.end();
    assert.deepEqual(await once(server, "close"), [0, null]);
  },
);

test("a client that reads is sent a thousand lines of a flood, and is told that there were more", async (context) => {
  const folder = await folderFor(context);
  const counts = { ...FLOOD, content: "for at in $(seq 1200); do echo $at; sleep 0.001; done" };
  const config = await configIn(folder, { whitelisted_tools: [counts] });
  const client = await connect(context, ["--config", config]);
  const heard: string[] = [];
  await client.callTool(
    { name: "flood", arguments: {} },
    { onprogress: ({ message }) => heard.push(message ?? "") },
  );
  assert.deepEqual(heard.slice(0, 2), ["1", "2"]);
  assert.match(heard.at(-1) ?? "", /left out/);
  assert.equal(heard.length, 1_001);
});
