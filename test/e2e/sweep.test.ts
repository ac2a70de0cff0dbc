import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
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

/** The tool that naps in a container, and the one that naps as a process and says which. */
const IN_CONTAINER = {
  ...{ image: IMAGE, content: "sleep 60", network: false, pull: "never", memory: "64m" },
};
const AS_PROCESS = { content: "echo $$ > pid; exec sleep 60" };

/** A server that was asked for a nap. */
async function serve(context: TestContext, folder: string, tool: object): Promise<ChildProcess> {
  const config = await configIn(folder, {
    container_engine: "podman",
    whitelisted_tools: [{ name: "nap", ...tool }],
  });
  const server = spawn(process.execPath, [MAIN, "mcp", "serve", "--config", config], {
    env: { ...process.env, TMPDIR: folder },
    stdio: ["pipe", "ignore", "pipe"],
  });
  context.after(() => server.kill("SIGKILL"));
  server.stderr?.resume();
  server.stdin?.write(MESSAGES.join(""));
  return server;
}

test(
  "a server that starts removes the containers of one that was killed, and of no other",
  { skip },
  async (context) => {
    const folder = await folderFor(context);
    const living = await serve(context, folder, IN_CONTAINER);
    await until(() => napping().length === 1, 20_000);
    const [kept] = napping();
    const killed = await serve(context, folder, IN_CONTAINER);
    await until(() => napping().length === 2, 20_000);
    const orphan = napping().find((id) => id !== kept);
    killed.kill("SIGKILL");

    const starting = await serve(context, folder, IN_CONTAINER);
    await until(() => napping().length === 2 && !napping().includes(orphan ?? ""), 20_000);
    assert.ok(napping().includes(kept ?? ""));
    for (const server of [living, starting]) {
      server.stdin?.end();
      await once(server, "exit");
    }
    assert.deepEqual(napping(), []);
  },
);

/** The folders in which something naps, and which process it is. */
async function nappingIn(folder: string): Promise<ReadonlyMap<string, number>> {
  const pids = new Map<string, number>();
  for (const name of await readdir(folder)) {
    if (!name.startsWith("kubiya-run-")) continue;
    const pid = await readFile(join(folder, name, "work/pid"), "utf8").catch(() => "");
    if (pid !== "") pids.set(name, Number(pid));
  }
  return pids;
}

test(
  "a server that starts removes the folders of one that was killed, and of no other",
  { skip: process.platform !== "linux" && "there is no /proc to tell who is gone" },
  async (context) => {
    const folder = await folderFor(context);
    const living = await serve(context, folder, AS_PROCESS);
    await until(async () => (await nappingIn(folder)).size === 1);
    const [[kept] = []] = await nappingIn(folder);
    const killed = await serve(context, folder, AS_PROCESS);
    await until(async () => (await nappingIn(folder)).size === 2);
    const both = [...(await nappingIn(folder))];
    const [left, orphan] = both.find(([name]) => name !== kept) ?? [];
    assert.ok(kept !== undefined && left !== undefined && orphan !== undefined);
    context.after(() => process.kill(orphan, "SIGKILL"));
    killed.kill("SIGKILL");
    await once(killed, "exit");

    const starting = await serve(context, folder, AS_PROCESS);
    let said = "";
    starting.stderr?.on("data", (chunk) => (said += String(chunk)));
    await until(async () => {
      const there = await nappingIn(folder);
      return there.size === 2 && !there.has(left);
    });
    assert.ok((await nappingIn(folder)).has(kept));
    // It is said a moment after it is done.
    await until(() => /removed folders of servers that were killed/.test(said));
    for (const server of [living, starting]) {
      server.stdin?.end();
      await once(server, "exit");
    }
    assert.equal((await nappingIn(folder)).size, 0);
  },
);
