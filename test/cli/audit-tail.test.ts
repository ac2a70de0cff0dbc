import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test, type TestContext } from "node:test";
import { openTrail } from "../../src/audit/read-trail.ts";
import { ACTION, END, openIn } from "../audit/trail.ts";
import { NOON } from "../support/world.ts";
import { folderFor } from "../support/server.ts";
import { type Ran, run } from "./host.ts";

const named = (toolName: string): typeof ACTION => ({ ...ACTION, toolName });

async function dirFor(context: TestContext): Promise<string> {
  return join(await folderFor(context), "trail");
}

function toolsIn(stdout: string): readonly string[] {
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line))
    .map(({ tool_name: tool, result }) => `${tool} ${result}`);
}

test("the last records of all chains are shown in order of time, however many files they fill", async (context) => {
  const dir = await dirFor(context);
  let now = NOON;
  const clock = (): number => now;
  const cli = await openIn(dir, { chain: "cli", clock, fileBytes: 1 });
  const server = await openIn(dir, { clock, fileBytes: 1 });
  for (let at = 0; at < 30; at += 1) {
    now += 1;
    await (at % 3 === 0 ? cli : server).note(named(`t${at}`), END);
  }
  await cli.close();
  await server.close();
  const tail = (...args: readonly string[]): Promise<Ran> =>
    run(["audit", "tail", dir, "--json", ...args], { openTrail });
  const last = Array.from({ length: 30 }, (_, at) => `t${at} success`);
  assert.deepEqual(toolsIn((await tail()).stdout), last.slice(10));
  assert.deepEqual(toolsIn((await tail("--lines", "3")).stdout), last.slice(27));
  assert.deepEqual(toolsIn((await tail("--lines", "100")).stdout), last);
  assert.deepEqual(toolsIn((await tail("--tool", "t1", "--lines", "2")).stdout), ["t1 success"]);
});

/** Follows a folder until it is ended; `seen` settles when this many records were shown in all. */
function follow(dir: string): {
  readonly seen: (count: number) => Promise<readonly string[]>;
  readonly end: () => Promise<Ran>;
} {
  const ended = Promise.withResolvers<void>();
  let stdout = "";
  let heard = Promise.withResolvers<void>();
  const ran = run(["audit", "tail", dir, "--json", "--follow"], {
    openTrail,
    onPour: (text) => {
      stdout += text;
      heard.resolve();
      heard = Promise.withResolvers();
      return true;
    },
    onEnd: (end) => void ended.promise.then(end),
  });
  return {
    seen: async (count) => {
      while (toolsIn(stdout).length < count) await heard.promise;
      return toolsIn(stdout);
    },
    end: () => {
      ended.resolve();
      return ran;
    },
  };
}

test(
  "what is written is followed, over new files and into new chains, until it is ended",
  { timeout: 20_000 },
  async (context) => {
    const dir = await dirFor(context);
    const server = await openIn(dir, { fileBytes: 1 });
    await server.note(named("before"), END);
    const { seen, end } = follow(dir);
    assert.deepEqual(await seen(1), ["before success"]);
    for (let at = 0; at < 3; at += 1) await server.note(named(`t${at}`), END);
    const three = ["t0 success", "t1 success", "t2 success"];
    assert.deepEqual((await seen(4)).slice(1), three);
    const other = await openIn(dir);
    await other.note(named("other"), END);
    assert.deepEqual((await seen(5)).slice(4), ["other success"]);
    const slow = await server.begin(named("slow"));
    assert.ok(slow.ok);
    assert.deepEqual((await seen(6)).slice(5), ["slow pending"]);
    await slow.value.end(END);
    assert.deepEqual((await seen(7)).slice(6), ["slow success"]);
    await server.close();
    await other.close();
    const { code, stderr } = await end();
    assert.deepEqual([code, stderr], [0, ""]);
  },
);

test(
  "a line is shown once it is whole, and one that is no record is named once",
  { timeout: 20_000 },
  async (context) => {
    const folder = await folderFor(context);
    const dir = join(folder, "trail");
    const audit = await openIn(dir, { chain: "cli" });
    await audit.note(named("whole"), END);
    await audit.close();
    const { stdout } = await run(["audit", "query", dir, "--json"], { openTrail });
    const path = join(folder, "000001.jsonl");
    await writeFile(path, stdout.slice(0, 50));
    const { seen, end } = follow(path);
    await appendFile(path, stdout.slice(50));
    assert.deepEqual(await seen(1), ["whole success"]);
    await appendFile(path, `no record\n${stdout}`);
    await seen(2);
    const { code, stderr } = await end();
    assert.equal(code, 4);
    assert.equal(stderr.match(/:2 is no record: not JSON/g)?.length, 1);
  },
);

test(
  "a trail that is taken away ends the following: exit 4",
  { timeout: 20_000 },
  async (context) => {
    const dir = await dirFor(context);
    const audit = await openIn(dir);
    await audit.close();
    const ran = run(["audit", "tail", dir, "--follow"], { openTrail });
    await rm(dir, { recursive: true });
    const { code, stderr } = await ran;
    assert.equal(code, 4);
    assert.match(stderr, /ENOENT/);
  },
);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  test(`${signal} ends the following: exit 0`, { timeout: 20_000 }, async (context) => {
    const dir = await dirFor(context);
    const audit = await openIn(dir);
    await audit.note(ACTION, END);
    await audit.close();
    const child = spawn(process.execPath, ["src/main.ts", "audit", "tail", dir, "--follow"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    context.after(() => child.kill("SIGKILL"));
    const lines = createInterface(child.stdout);
    await once(lines, "line");
    const exit = once(child, "exit");
    // It listens for the end as soon as the last records are out.
    const again = setInterval(() => child.kill(signal), 1_000);
    const [code] = await exit;
    clearInterval(again);
    assert.equal(code, 0);
  });
}
