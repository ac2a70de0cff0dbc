import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, readlink, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { after, test, type TestContext } from "node:test";
import { IMAGE, removeImage, whyNoContainers } from "../support/container.ts";
import { runs } from "../support/processes.ts";
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

/** The tool that naps in a container, and the one that naps as a process, says which, and writes meanwhile. */
const IN_CONTAINER = {
  ...{ image: IMAGE, content: "sleep 60", network: false, pull: "never", memory: "64m" },
};
const AS_PROCESS = { content: "echo $$ > pid; while echo > written; do sleep 0.1; done" };

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

async function end(servers: readonly ChildProcess[]): Promise<void> {
  for (const server of servers) {
    server.stdin?.end();
    await once(server, "exit");
  }
}

/** The folder of a server's run, and whose it says it is, once it says what runs in it. */
async function runOf(server: ChildProcess, folder: string): Promise<readonly [string, string]> {
  const found: [string, string][] = [];
  await until(async () => {
    for (const name of await readdir(folder)) {
      const mark = (of: string) => readlink(join(folder, name, of)).catch(() => "");
      const owner = await mark("owner");
      if (owner.split("/")[1] !== String(server.pid)) continue;
      if ((await mark("group")).includes("/")) found.push([join(folder, name), owner]);
    }
    return found.length > 0;
  }, 20_000);
  return found[0] ?? ["", ""];
}

/** A server that has swept: it found a folder of this owner's in which nothing ever ran. */
async function serveSwept(
  context: TestContext,
  folder: string,
  { tool, owner }: { readonly tool: object; readonly owner: string },
): Promise<ChildProcess> {
  const unused = join(folder, "kubiya-run-unused");
  await mkdir(unused);
  await symlink(owner, join(unused, "owner"));
  const server = await serve(context, folder, tool);
  let said = "";
  server.stderr?.on("data", (chunk) => (said += String(chunk)));
  await until(() => /removed folders of servers that were killed/.test(said), 20_000);
  assert.equal(existsSync(unused), false);
  return server;
}

test(
  "a server that starts removes the containers of one that was killed, then their folders, and of no other",
  { skip },
  async (context) => {
    const folder = await folderFor(context);
    const living = await serve(context, folder, IN_CONTAINER);
    await until(() => napping().length === 1, 20_000);
    const [kept] = napping();
    const killed = await serve(context, folder, IN_CONTAINER);
    await until(() => napping().length === 2, 20_000);
    const orphan = napping().find((id) => id !== kept);
    const [left, owner] = await runOf(killed, folder);
    killed.kill("SIGKILL");
    await once(killed, "exit");

    // One that has no tool in a container asks no engine, and cannot know that nothing has it mounted.
    const without = await serveSwept(context, folder, { tool: AS_PROCESS, owner });
    assert.ok(existsSync(left));
    const starting = await serve(context, folder, IN_CONTAINER);
    await until(() => napping().length === 2 && !napping().includes(orphan ?? ""), 20_000);
    assert.ok(napping().includes(kept ?? ""));
    // The command that ran the container ends a moment after it.
    const last = await serveSwept(context, folder, { tool: IN_CONTAINER, owner });
    assert.equal(existsSync(left), false);
    await end([living, without, starting, last]);
    assert.deepEqual(napping(), []);
  },
);

test(
  "a server that starts leaves a folder alone in which a killed one's tool still runs, and the next removes it",
  { skip: process.platform !== "linux" && "there is no /proc to tell who is gone" },
  async (context) => {
    const folder = await folderFor(context);
    const living = await serve(context, folder, AS_PROCESS);
    const [kept] = await runOf(living, folder);
    const killed = await serve(context, folder, AS_PROCESS);
    const [left, owner] = await runOf(killed, folder);
    const written = join(left, "work/written");
    await until(() => existsSync(written));
    const orphan = Number(await readFile(join(left, "work/pid"), "utf8"));
    context.after(() => runs(orphan) && process.kill(-orphan, "SIGKILL"));
    killed.kill("SIGKILL");
    await once(killed, "exit");

    const starting = await serveSwept(context, folder, { tool: AS_PROCESS, owner });
    await rm(written);
    await until(() => existsSync(written));
    process.kill(-orphan, "SIGKILL");
    await until(() => !runs(orphan));
    assert.ok(existsSync(left));

    const last = await serveSwept(context, folder, { tool: AS_PROCESS, owner });
    assert.equal(existsSync(left), false);
    assert.ok(existsSync(kept));
    await end([living, starting, last]);
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.startsWith("kubiya-run-")),
      [],
    );
  },
);
