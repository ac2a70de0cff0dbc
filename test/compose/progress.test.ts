import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { createProgress } from "../../src/compose/progress.ts";
import { done } from "../../src/lib/outcome.ts";
import type { Command, RunProgram } from "../../src/subprocess/types.ts";
import { portOf } from "../support/loopback.ts";
import { configIn, folderFor, kubiya, MAIN, until } from "../support/server.ts";

function progressOn(isTTY: boolean) {
  const said: string[] = [];
  const progress = createProgress({ stderr: { isTTY }, tell: (text) => void said.push(text) });
  return { ...progress, said };
}

test("who waits at a terminal is told for what, after a second and every ten more", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  const { during, said } = progressOn(true);
  const { promise, resolve } = Promise.withResolvers<string>();
  const work = during("opening the store", promise);
  context.mock.timers.tick(999);
  assert.deepEqual(said, []);
  context.mock.timers.tick(1);
  context.mock.timers.tick(20_000);
  resolve("open");
  assert.equal(await work, "open");
  context.mock.timers.tick(60_000);
  assert.deepEqual(said, [
    "opening the store ... 1 s\n",
    "opening the store ... 11 s\n",
    "opening the store ... 21 s\n",
  ]);
});

test("work that fails says nothing more", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  const { during, said } = progressOn(true);
  await assert.rejects(during("x", Promise.reject(new Error("broken"))), /broken/);
  context.mock.timers.tick(60_000);
  assert.deepEqual(said, []);
});

const RUN = ["run", "--rm", "--pull", "missing", "--", "scanner:1", "Trying to pull"];

/** The program and its words, what it writes, and whether a pull is told of. */
const RUNS: readonly (readonly [string, readonly string[], readonly string[], boolean])[] = [
  ["docker", RUN, ["Unable to find image 'scanner:1' locally", "Pulling from scanner"], true],
  ["podman", RUN, ["Trying to pull docker.io/scanner:1...", "Trying to pull again"], true],
  ["podman", RUN, ["Trying hard"], false],
  ["podman", ["version"], ["Trying to pull x"], false],
  ["sh", RUN, ["Trying to pull x"], false],
];

for (const [program, args, lines, told] of RUNS) {
  test(`of ${program} ${args[0]} that writes ${lines[0]} a pull is ${told ? "told once" : "not told"}`, async () => {
    const heard: string[] = [];
    const run: RunProgram = async (_command, { onLine }) => {
      for (const line of lines) onLine(line);
      return done({ exitCode: 0, stdout: "", stderr: "", stdoutBytes: 0, truncated: false });
    };
    const command: Command = {
      ...{ program, args, env: {}, cwd: "/", stdin: "", timeoutMs: 1, maxOutputBytes: 1 },
    };
    const watch = {
      signal: new AbortController().signal,
      onLine: (line: string) => void heard.push(line),
    };
    const { pulling, said } = progressOn(true);
    await pulling(run)(command, watch);
    const line = "fetching the image scanner:1: the call that needs it waits\n";
    assert.deepEqual(said, told ? [line] : []);
    // The client hears all of it, as ever.
    assert.deepEqual(heard, lines);
    const silent = progressOn(false);
    await silent.pulling(run)(command, watch);
    assert.deepEqual(silent.said, []);
  });
}

const HAS_SCRIPT = spawnSync("script", ["-qec", "true", "/dev/null"]).status === 0;
const skip = !HAS_SCRIPT && "there is no `script` of util-linux to make a terminal";

/** The program at a terminal: what is shown, and how to type. */
function atTerminal(line: string, env: Readonly<Record<string, string>>) {
  const command = `'${process.execPath}' '${MAIN}' ${line}`;
  const child = spawn("script", ["-qec", command, "/dev/null"], {
    env: { PATH: process.env["PATH"], TERM: "dumb", ...env },
  });
  const seen = { text: "" };
  child.stdout.on("data", (chunk) => (seen.text += String(chunk)));
  const ended = new Promise<number | null>((end) => {
    child.once("close", end);
  });
  return { type: (text: string) => void child.stdin.write(text), seen, ended };
}

test(
  "a store that does not answer is waited for aloud at a terminal, and silently elsewhere",
  { skip },
  async (context) => {
    const folder = await folderFor(context);
    // It takes connections, and says nothing.
    const server = createServer(() => {});
    const port = await portOf(context, server);
    const config = await configIn(folder, {
      store: { postgres: `postgresql://u:canary@127.0.0.1:${port}/x` },
    });
    const line = ["auth", "key", "list", "--config", config];
    const shown = atTerminal(line.join(" "), { HOME: folder });
    assert.equal(await shown.ended, 4);
    assert.match(shown.seen.text, /opening the store \.\.\. 1 s/);
    const silent = await kubiya(line, { env: { HOME: folder } });
    assert.equal(silent.code, 4);
    assert.doesNotMatch(silent.stdout + silent.stderr, /\.\.\. 1 s/);
  },
);

test("who serves at a terminal sees that an image is fetched", { skip }, async (context) => {
  const folder = await folderFor(context);
  const bin = join(folder, "bin");
  await mkdir(bin);
  const engine = `#!/bin/sh
[ "$1" = run ] && { echo "Unable to find image 'scanner:1' locally" >&2; echo scanned; }
exit 0
`;
  await writeFile(join(bin, "docker"), engine);
  await chmod(join(bin, "docker"), 0o755);
  const config = await configIn(folder, {
    whitelisted_tools: [{ name: "scan", type: "docker", image: "scanner:1" }],
    container_engine: "docker",
  });
  const { type, seen, ended } = atTerminal(`mcp serve --config ${config}`, {
    HOME: folder,
    PATH: `${bin}:${process.env["PATH"]}`,
  });
  await until(() => seen.text.includes("serving over stdio"), 30_000);
  const clientInfo = { name: "t", version: "1" };
  const params = { protocolVersion: "2025-06-18", capabilities: {}, clientInfo };
  for (const message of [
    { id: 1, method: "initialize", params },
    { method: "notifications/initialized" },
    { id: 2, method: "tools/call", params: { name: "scan", arguments: {} } },
  ]) {
    type(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  }
  await until(() => seen.text.includes("scanned"), 30_000);
  assert.match(seen.text, /fetching the image scanner:1: the call that needs it waits/);
  type("\u0004");
  assert.equal(await ended, 0);
});
