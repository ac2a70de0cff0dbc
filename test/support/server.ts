// Starts the real program as a client would, in a folder of its own, and cleans up after itself.

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { chainsIn, happened, type Read } from "./records.ts";

/** The program, from its sources. */
export const MAIN: string = resolve("src/main.ts");

/** A folder that is removed when the test ends. */
export async function folderFor(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "kubiya-test-"));
  context.after(async () => {
    // What a server has recorded is read, whether the test looks at it or not.
    try {
      for (const state of ["state", ".kubiya/mcp"]) {
        const audit = join(folder, state, "audit");
        if (existsSync(audit)) await chainsIn(audit);
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
  return folder;
}

/** A configuration file whose state stays in the folder. */
export async function configIn(folder: string, config: object): Promise<string> {
  const file = join(folder, "config.json");
  await writeFile(file, JSON.stringify({ state_dir: join(folder, "state"), ...config }));
  return file;
}

/** What a run of the command line said. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line to its end; `input` is its stdin. */
export async function kubiya(
  args: readonly string[],
  { input = "", env = {} }: { readonly input?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Ran> {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { ...clean(), ...env } });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => (stdout += String(chunk)));
  child.stderr.on("data", (chunk) => (stderr += String(chunk)));
  const ended = new Promise<number | null>((end) => {
    child.once("close", end);
  });
  // One that has ended reads nothing any more.
  child.stdin.on("error", () => {});
  child.stdin.write(input);
  await answered(child, () => stdout, input);
  child.stdin.end();
  return { code: await ended, stdout, stderr };
}

/** A server answers each request before its client leaves; one that ends by itself answers none. */
async function answered(child: ChildProcess, stdout: () => string, input: string): Promise<void> {
  const asked = input.split("\n").filter((line) => line.includes('"id"')).length;
  const answers = (): number =>
    stdout()
      .split("\n")
      .filter((line) => /"(?:result|error)":/.test(line)).length;
  await until(() => child.exitCode !== null || answers() >= asked, 20_000);
}

/** The client of the 2.x SDK, connected to a server with this configuration. */
export function connect(
  context: TestContext,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Client> {
  return connectTo(context, { main: MAIN, args, env });
}

/** The same, to a server of this program. */
export async function connectTo(
  context: TestContext,
  {
    main,
    args,
    env,
  }: {
    readonly main: string;
    readonly args: readonly string[];
    readonly env: Readonly<Record<string, string>>;
  },
): Promise<Client> {
  const client = new Client({ name: "test", version: "1" });
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [main, "mcp", "serve", ...args],
    env: { ...clean(), ...env },
    stderr: "ignore",
  });
  await client.connect(transport);
  context.after(() => client.close());
  return client;
}

/** The text of a tool's answer, and whether it is an error. */
export async function callText(
  client: Client,
  name: string,
  args: Readonly<Record<string, unknown>> = {},
): Promise<{ readonly text: string; readonly isError: boolean }> {
  const { content, isError } = await client.callTool({ name, arguments: { ...args } });
  const text = content.map((part) => (part.type === "text" ? part.text : "")).join("");
  return { text, isError: isError === true };
}

/** The records of what happened, of every chain below a state folder, in their order. */
export async function recordsIn(state: string): Promise<readonly Read[]> {
  const chains = await chainsIn(join(state, "audit"));
  return [...chains.values()].flat().filter(happened);
}

/** Polls until a condition holds; fails after `withinMs`. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  withinMs: number = 10_000,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms`);
    await wait(10);
  }
}

/** The environment of the tests without what would change the server; whatever would leave this machine meets a wall. */
function clean(): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    ([name]) =>
      !/^(?:KUBIYA_|DEBUG$|LOG_LEVEL$|NODE_|(?:HTTPS?|ALL|NO)_PROXY$|(?:https?|all|no)_proxy$)/.test(
        name,
      ),
  );
  const given = kept.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  const wall = "http://127.0.0.1:1";
  return { ...Object.fromEntries(given), HTTPS_PROXY: wall, HTTP_PROXY: wall };
}
