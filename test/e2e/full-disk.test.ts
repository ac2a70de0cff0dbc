// A real server whose trail is on a real disk that becomes full.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { promisify } from "node:util";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { listen } from "../support/http.ts";
import { receiver } from "../support/receiver.ts";
import { folderFor, kubiya, until } from "../support/server.ts";

const run = promisify(execFile);
const SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const MARK = {
  name: "mark",
  type: "shell",
  args: [{ name: "call" }, { name: "note" }],
};

/** Whether a folder is a disk of its own now; why not is said. */
async function mounted(context: TestContext, dir: string): Promise<boolean> {
  await mkdir(dir);
  const mayMount = await run("mount", ["-t", "tmpfs", "-o", "size=128k", "tmpfs", dir]).then(
    () => true,
    () => false,
  );
  if (mayMount) return true;
  const must = process.env["CI"] === "true" && process.getuid?.() === 0;
  assert.equal(must, false, "root can mount a tmpfs where this runs for everybody");
  context.skip("a tmpfs cannot be mounted here (it takes CAP_SYS_ADMIN)");
  return false;
}

test("on a full disk calls are refused, nothing runs, and whoever must hear of it does; with space it goes on", async (context) => {
  const folder = await folderFor(context);
  const audit = join(folder, "audit");
  const effects = join(folder, "effects");
  const hook = await receiver(context);
  if (!(await mounted(context, audit))) return;
  try {
    const server = await listen(context, folder, {
      audit: { dir: audit },
      alerts: { webhook_url: hook.url, secret: SECRET },
      whitelisted_tools: [{ ...MARK, content: `echo "$call" >> "${effects}"` }],
    });
    const client = new Client({ name: "full", version: "1" });
    await client.connect(new StreamableHTTPClientTransport(new URL(`${server.url}/mcp`)));
    const ready = async (): Promise<number> => (await fetch(`${server.url}/ready`)).status;
    const mark = async (call: string): Promise<string> => {
      const asked = { name: "mark", arguments: { call, note: "x".repeat(5_000) } };
      return client.callTool(asked).then(
        () => "",
        (error: unknown) => String(error),
      );
    };
    const done: string[] = [];
    let refused = "";
    while (refused === "") {
      const call = `${done.length}`;
      refused = await mark(call);
      if (refused === "") done.push(call);
    }
    assert.match(refused, /audit\.unavailable|Not available/);
    assert.ok(done.length > 3);
    assert.equal(await ready(), 503);
    await until(() => hook.taken.length > 0, 20_000);
    assert.match(hook.taken[0]?.body ?? "", /"type":"alert\.audit\.failed"/);
    assert.match(server.stderr(), /ENOSPC/);

    await run("mount", ["-o", "remount,size=2m", audit]);
    await until(async () => (await ready()) === 200, 20_000);
    assert.equal(await mark("after"), "");
    await client.close();
    assert.equal(await server.end(), 0);
    const ran = (await readFile(effects, "utf8")).split("\n").filter(Boolean);
    assert.deepEqual(ran.slice(0, done.length), done);
    assert.equal(ran.at(-1), "after");
    const told = await kubiya(["audit", "verify", "--config", join(folder, "config.json")]);
    assert.equal(told.code, 0, told.stdout);
    const query = ["audit", "query", "--tool", "mark", "--all", "--json"];
    const shown = await kubiya([...query, "--config", join(folder, "config.json")]);
    const intents = shown.stdout
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line))
      .filter(({ phase }) => phase === "intent")
      .map(({ parameters }) => parameters.call);
    // An effect whose outcome found no space has its intent.
    assert.deepEqual(intents, ran);
  } finally {
    await run("umount", [audit]);
  }
});
