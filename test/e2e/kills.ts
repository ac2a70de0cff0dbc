// One real server after the other on one state folder, each under load from a real client until it is killed.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { until } from "../support/server.ts";
import { DIST } from "../support/shell.ts";

/** What clients and tools saw of many servers. */
export interface Seen {
  /** The calls that were answered, and how. */
  readonly acknowledged: Map<string, "success" | "denied">;
  /** What should not have happened: an answer that is none, an error before the kill. */
  readonly faults: string[];
  readonly kills: { http: number; stdio: number; starting: number };
}

/** Where servers are started, and by which numbers they are killed. */
export interface Ground {
  readonly folder: string;
  readonly next: (below: number) => number;
  readonly seen: Seen;
}

/** What a server is that somebody is about to kill. */
interface Victim {
  readonly client: Client;
  readonly kill: () => Promise<void>;
}

/** A file of the first is full after a few records, so that a kill often meets one that is just begun. */
const FILE_BYTES = { small: 5_000, large: 67_108_864 } as const;
type Size = keyof typeof FILE_BYTES;

const IN_FLIGHT = 6;
/** Every eighth call is denied. */
const DENIED = 8;
/** Every eighth server is killed while it starts. */
const STARTING = 8;
/** Each but every eighth of the others has answered something. */
const BUSY = 8;
const LOAD_MS = 200;
const START_MS = 700;

/** The file that the tool writes a line to for each of its calls. */
export function effectsIn(folder: string): string {
  return join(folder, "effects");
}

/** The configuration of the servers; all of them share one state folder. */
export function configOf(folder: string, size: Size): string {
  return join(folder, `${size}.json`);
}

/** Writes what the servers need. */
export async function prepare(folder: string): Promise<void> {
  const tool = { type: "shell", content: `echo "$call" >> "${effectsIn(folder)}"` };
  const args = [{ name: "call", required: true }];
  for (const size of ["small", "large"] as const) {
    const config = {
      state_dir: join(folder, "state"),
      allowed_runners: ["local"],
      audit: { max_file_bytes: FILE_BYTES[size] },
      whitelisted_tools: [
        { ...tool, name: "mark", args },
        { ...tool, name: "mark_elsewhere", args, runner: "elsewhere" },
      ],
    };
    await writeFile(configOf(folder, size), JSON.stringify(config));
  }
  await mkdir(join(folder, "tmp"));
  await writeFile(effectsIn(folder), "");
}

/** Starts a server, gives it work, and kills it at a random moment; `name` begins the names of its calls. */
export async function killOne(ground: Ground, name: string): Promise<void> {
  const { folder, next, seen } = ground;
  const serve = [DIST, "mcp", "serve", "--config"];
  const args = [...serve, configOf(folder, next(2) === 0 ? "small" : "large")];
  const isHttp = next(3) > 0;
  if (isHttp) args.push("--port", "0");
  if (next(STARTING) === 0) {
    await killStarting(folder, args, next(START_MS));
    seen.kills.starting += 1;
    return;
  }
  const { client, kill } = await (isHttp ? overHttp(folder, args) : overStdio(folder, args));
  let isDead = false;
  const answered = Promise.withResolvers<void>();
  const lanes = Array.from({ length: IN_FLIGHT }, async (_, lane) => {
    for (let at = 0; ; at += 1) {
      const call = `${name}.${lane}.${at}`;
      const denied = at % DENIED === 1;
      try {
        const asked = { name: denied ? "mark_elsewhere" : "mark", arguments: { call } };
        const { isError, content } = await client.callTool(asked);
        if ((isError === true) !== denied) seen.faults.push(`${call}: ${JSON.stringify(content)}`);
        seen.acknowledged.set(call, denied ? "denied" : "success");
        answered.resolve();
      } catch (error) {
        if (!isDead) seen.faults.push(`${call} before the kill: ${String(error)}`);
        return answered.resolve();
      }
    }
  });
  // A machine that has much to do would kill most of them before they did anything.
  if (next(BUSY) > 0) await answered.promise;
  await delay(next(LOAD_MS));
  isDead = true;
  await kill();
  // What was under way is never answered.
  await client.close();
  await Promise.all(lanes);
  seen.kills[isHttp ? "http" : "stdio"] += 1;
}

/** Killed in recovery, or before it, or just when it serves. */
async function killStarting(folder: string, args: readonly string[], afterMs: number) {
  const child = spawn(process.execPath, args, {
    env: envIn(folder),
    stdio: ["pipe", "ignore", "ignore"],
  });
  const exited = once(child, "exit");
  await delay(afterMs);
  assert.equal(child.exitCode, null, "it ended by itself");
  child.kill("SIGKILL");
  await exited;
}

async function overHttp(folder: string, args: readonly string[]): Promise<Victim> {
  const child = spawn(process.execPath, args, {
    env: envIn(folder),
    stdio: ["ignore", "ignore", "pipe"],
  });
  const exited = once(child, "exit");
  const kill = async (): Promise<void> => {
    assert.equal(child.exitCode, null, "it ended by itself");
    child.kill("SIGKILL");
    await exited;
  };
  let stderr = "";
  child.stderr.on("data", (chunk) => (stderr += String(chunk)));
  const address = (): string | undefined => /^listening on (\S+)$/m.exec(stderr)?.[1];
  try {
    await until(() => address() !== undefined || child.exitCode !== null, 20_000);
    const client = new Client({ name: "kills", version: "1" });
    const url = new URL(`${address() ?? assert.fail(stderr)}/mcp`);
    await client.connect(new StreamableHTTPClientTransport(url));
    return { client, kill };
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
}

async function overStdio(folder: string, args: readonly string[]): Promise<Victim> {
  const transport = new StdioClientTransport({
    ...{ command: process.execPath, args: [...args], env: envIn(folder), stderr: "ignore" },
  });
  const client = new Client({ name: "kills", version: "1" });
  await client.connect(transport);
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  client.onclose = resolve;
  const kill = async (): Promise<void> => {
    // Null as soon as the process is known to have ended: its number may be another's by then.
    const { pid } = transport;
    assert.ok(pid !== null, "it ended by itself");
    process.kill(pid, "SIGKILL");
    await closed;
  };
  return { client, kill };
}

/** What a tool of a killed server leaves behind goes with the folder. */
export function envIn(folder: string): Record<string, string> {
  return { PATH: process.env["PATH"] ?? "", HOME: folder, TMPDIR: join(folder, "tmp") };
}
