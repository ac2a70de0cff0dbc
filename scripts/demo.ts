// The main job as a short story: a real MCP client starts the server on an example configuration, sees
// its tools, runs one, is denied another, somebody saves a policy, and each step is in the audit trail.

import { execFileSync } from "node:child_process";
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";

const MAIN = resolve("dist/main.js");
const DEADLINE_MS = 5_000;
const folder = mkdtempSync(join(tmpdir(), "kubiya-demo-"));
const policies = join(folder, "policies");
const config = join(folder, "company.json");

try {
  await tell();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function tell(): Promise<void> {
  cpSync("examples/policies", policies, { recursive: true });
  // Its own server finds what it is made of from where it is.
  symlinkSync(resolve("examples/upstreams"), join(folder, "upstreams"));
  const company = JSON.parse(readFileSync("examples/company.json", "utf8"));
  writeFileSync(config, JSON.stringify({ ...company, state_dir: join(folder, "state") }));

  const args = [MAIN, "mcp", "serve", "--config", config, "--policies", policies];
  const client = new Client({ name: "demo", version: "1" });
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args, cwd: folder, stderr: "ignore" }),
  );
  say("A client connects", "kubiya mcp serve, with a company's configuration and its policies");

  // The company's own MCP servers start behind this one, each in its time.
  const tools = await listWith(client, ["oncall_who", "runbooks_find"]);
  say(
    "It lists",
    tools.map(({ name, _meta }) => `${name} (${String(_meta?.["kubiya.ai/access"])})`).join(", "),
  );

  const disk = await call(client, "disk_usage", { folder: "/" });
  say("It runs a tool", `disk_usage: ${disk.text.trim().split("\n").at(-1)}`);

  const runbook = await call(client, "runbooks_find", { alarm: "disk full" });
  say("It asks another MCP server", `runbooks_find: ${runbook.text}`);

  if (engine() === null) {
    say(
      "It leaves a container out",
      "no docker or podman with the image busybox is on this machine",
    );
  } else {
    await containerStep(client);
  }

  const denied = await call(client, "deploy", { environment: "production" });
  say("It is denied", "deploy to production:");
  quote(denied.text);

  const unknown = await client.callTool({ name: "rm", arguments: {} }).then(
    () => "it ran",
    (error: Error) => error.message,
  );
  say("What is not listed", `answers as what does not exist: ${unknown}`);

  const rule = join(policies, "custom.rego");
  const changed = toolsChanged(client);
  const started = performance.now();
  writeFileSync(rule, readFileSync(rule, "utf8").replace('"production"', '"mainframe"'));
  await changed;
  const tookMs = Math.round(performance.now() - started);
  const allowed = await call(client, "deploy", { environment: "production" });
  say(
    "Somebody saves a policy",
    `that forbids only the mainframe; ${tookMs} ms later the client is told, and the same call answers: ${allowed.text.trim()}`,
  );
  await client.close();

  say("The audit trail", "has each step:");
  quote(trail());
  say("It verifies", "kubiya audit verify says what that proves, and what not:");
  quote(
    execFileSync(process.execPath, [MAIN, "audit", "verify", "--config", config], {
      encoding: "utf8",
    }),
  );
  say("To use it yourself", "paste this into your client's configuration:");
  const entry = {
    command: process.execPath,
    args: [MAIN, "mcp", "serve", "--config", resolve("examples/company.json")],
  };
  process.stdout.write(`\n${JSON.stringify({ mcpServers: { kubiya: entry } }, null, 2)}\n`);
}

async function containerStep(client: Client): Promise<void> {
  const shown = await call(client, "hello_container", {});
  say("It runs a container", shown.text.trim().split("\n")[0] ?? "");
}

/** Settles when the server says that the tools, or what may be done with them, have changed. */
/** Lists as soon as these are there. */
async function listWith(client: Client, names: readonly string[]) {
  for (;;) {
    const changed = toolsChanged(client);
    const { tools } = await client.listTools();
    const listed = new Set(tools.map(({ name }) => name));
    if (names.every((name) => listed.has(name))) {
      // Nobody waits for one more change.
      changed.catch(() => {});
      return tools;
    }
    await changed;
  }
}

async function toolsChanged(client: Client): Promise<void> {
  const told = new Promise<void>((resolve) => {
    client.setNotificationHandler("notifications/tools/list_changed", () => resolve());
  });
  const late = wait(DEADLINE_MS, null, { ref: false }).then(() => {
    throw new Error(`nothing had changed after ${DEADLINE_MS} ms`);
  });
  await Promise.race([told, late]);
}

async function call(
  client: Client,
  name: string,
  args: Readonly<Record<string, unknown>>,
): Promise<{ readonly text: string; readonly isError: boolean }> {
  const { content, isError } = await client.callTool({ name, arguments: { ...args } });
  const text = content.map((part) => (part.type === "text" ? part.text : "")).join("");
  return { text, isError: isError === true };
}

function trail(): string {
  const audit = join(folder, "state", "audit");
  return readdirSync(audit)
    .flatMap((chain) =>
      readFileSync(join(audit, chain, "000001.jsonl"), "utf8")
        .trim()
        .split("\n"),
    )
    .map((line) => JSON.parse(line))
    .filter(({ action }) => action !== "checkpoint")
    .map((record) =>
      [
        record.seq,
        record.action,
        record.tool_name ?? "",
        record.result,
        record.decision?.codes?.join(" ") ?? "",
      ].join("  "),
    )
    .join("\n");
}

function engine(): string | null {
  for (const name of ["docker", "podman"]) {
    try {
      execFileSync(name, ["image", "inspect", "docker.io/library/busybox:latest"], {
        stdio: "ignore",
        timeout: 5_000,
      });
      return name;
    } catch {
      continue;
    }
  }
  return null;
}

function say(step: string, sentence: string): void {
  process.stdout.write(`\n${step}: ${sentence}\n`);
}

function quote(text: string): void {
  process.stdout.write(`${text.trim().replaceAll(/^/gm, "    ")}\n`);
}
