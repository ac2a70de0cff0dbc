import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { after, test, type TestContext } from "node:test";
import { IMAGE, removeImage, whyNoContainers } from "../support/container.ts";
import { configIn, folderFor, MAIN, until } from "../support/server.ts";

const skip = whyNoContainers();
after(() => {
  if (skip === false) removeImage();
});

const MESSAGES = [
  {
    id: 1,
    method: "initialize",
    params: {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "raw", version: "1" },
    },
  },
  { id: 2, method: "tools/call", params: { name: "nap", arguments: {} } },
].map((message) => `${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);

/** The containers of this test's image. */
function napping(): readonly string[] {
  const args = ["ps", "--quiet", "--filter", `ancestor=${IMAGE}`];
  return execFileSync("podman", args, { encoding: "utf8" }).split("\n").filter(Boolean);
}

/** A server that was asked for a nap. */
async function serve(context: TestContext, folder: string): Promise<ChildProcess> {
  const config = await configIn(folder, {
    container_engine: "podman",
    whitelisted_tools: [
      {
        name: "nap",
        image: IMAGE,
        content: "sleep 60",
        network: false,
        pull: "never",
        memory: "64m",
      },
    ],
  });
  const server = spawn(process.execPath, [MAIN, "mcp", "serve", "--config", config], {
    env: { ...process.env, TMPDIR: folder },
    stdio: ["pipe", "ignore", "ignore"],
  });
  context.after(() => server.kill("SIGKILL"));
  server.stdin?.write(MESSAGES.join(""));
  return server;
}

test(
  "a server that starts removes the containers of one that was killed, and of no other",
  { skip },
  async (context) => {
    const folder = await folderFor(context);
    const living = await serve(context, folder);
    await until(() => napping().length === 1, 20_000);
    const [kept] = napping();
    const killed = await serve(context, folder);
    await until(() => napping().length === 2, 20_000);
    const orphan = napping().find((id) => id !== kept);
    killed.kill("SIGKILL");

    const starting = await serve(context, folder);
    await until(() => napping().length === 2 && !napping().includes(orphan ?? ""), 20_000);
    assert.ok(napping().includes(kept ?? ""));
    for (const server of [living, starting]) {
      server.stdin?.end();
      await once(server, "exit");
    }
    assert.deepEqual(napping(), []);
  },
);
