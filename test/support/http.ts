// Starts the real program over HTTP, on a free port of loopback.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { TestContext } from "node:test";
import { configIn, MAIN, until } from "./server.ts";

/** A tool that says hello. */
export const GREET = {
  name: "greet",
  type: "shell",
  content: 'echo "hello $who"',
  args: [{ name: "who", required: true }],
};

/** A call of it, as a modern client sends it. */
export const GREETING = {
  jsonrpc: "2.0",
  id: 1,
  method: "tools/call",
  params: {
    name: "greet",
    arguments: { who: "ada" },
    _meta: {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
      "io.modelcontextprotocol/clientCapabilities": {},
    },
  },
};

/** Sends it over HTTP, with this credential or none. */
export async function greet(
  url: string,
  credential: string | null,
  id: number = GREETING.id,
): Promise<{ readonly status: number; readonly text: string }> {
  const answer = await fetch(`${url}/mcp`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...(credential !== null && { authorization: `Bearer ${credential}` }),
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": "tools/call",
      "mcp-name": "greet",
    },
    body: JSON.stringify({ ...GREETING, id }),
    signal: AbortSignal.timeout(30_000),
  });
  return { status: answer.status, text: await answer.text() };
}

/** A server that listens. */
export interface Listening {
  readonly url: string;
  readonly folder: string;
  readonly stderr: () => string;
  readonly end: () => Promise<number | null>;
  /** Ends it as a power cut would. */
  readonly kill: () => Promise<void>;
}

/** Starts a server in this folder. */
export async function listen(
  context: TestContext,
  folder: string,
  {
    args = [],
    env = {},
    ...config
  }: {
    readonly args?: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
    readonly [field: string]: unknown;
  } = {},
): Promise<Listening> {
  const file = await configIn(folder, { whitelisted_tools: [GREET], ...config });
  const serve = [MAIN, "mcp", "serve", "--config", file, "--port", "0", ...args];
  const child = spawn(process.execPath, serve, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => (stdout += String(chunk)));
  child.stderr.on("data", (chunk) => (stderr += String(chunk)));
  const exited = once(child, "exit");
  const end = async (): Promise<number | null> => {
    child.kill("SIGTERM");
    await exited;
    assert.equal(stdout, "");
    return child.exitCode;
  };
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await exited;
  };
  context.after(end);
  const address = (): string | undefined => /^listening on (\S+)$/m.exec(stderr)?.[1];
  await until(() => address() !== undefined || child.exitCode !== null, 20_000);
  return { url: address() ?? assert.fail(stderr), folder, stderr: () => stderr, end, kill };
}
