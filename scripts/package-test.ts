// Packs the package, installs the archive in an empty folder, and uses it from there as a user would:
// the version, one real call over stdio, and where there is an opa, a policy as an author begins one.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";

const { name: packageName, version } = JSON.parse(readFileSync("package.json", "utf8"));
const folder = mkdtempSync(join(tmpdir(), "kubiya-package-"));
try {
  const archive = run("npm", [
    "pack",
    "--ignore-scripts",
    "--silent",
    "--pack-destination",
    folder,
  ]).trim();
  writeFileSync(join(folder, "package.json"), '{"private":true}');
  run(
    "npm",
    ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--silent", join(folder, archive)],
    folder,
  );
  const program = join(folder, "node_modules", ".bin", "kubiya");
  assert.equal(run(process.execPath, [program, "--version"], folder).trim(), version);
  for (const schema of ["config", "audit-record"]) schemaOf(schema);
  await callOnce(program);
  const author = isThere("opa");
  if (author) writePolicy(program);
  const policies = author ? "tests a policy" : "has no opa here to test a policy with";
  process.stdout.write(`package: ${archive} installs, says ${version}, runs a tool, ${policies}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function run(command: string, args: readonly string[], cwd: string = process.cwd()): string {
  return execFileSync(command, args, { cwd, encoding: "utf8", timeout: 180_000 });
}

/** Whoever reads what this program writes needs its form, and finds it by the package's name. */
function schemaOf(name: string): void {
  const { resolve } = createRequire(join(folder, "package.json"));
  const schema = JSON.parse(readFileSync(resolve(`${packageName}/${name}.schema.json`), "utf8"));
  assert.match(schema.$schema, /json-schema\.org/);
}

function isThere(program: string): boolean {
  return spawnSync(program, ["version"], { stdio: "ignore", timeout: 10_000 }).status === 0;
}

/** The way of docs/policy-author.md: init, check, test, and what the example forbids. */
function writePolicy(program: string): void {
  const config = join(folder, "author.json");
  const deploy = {
    name: "deploy",
    type: "shell",
    content: "true",
    args: [{ name: "environment", required: true }],
  };
  writeFileSync(config, JSON.stringify({ whitelisted_tools: [deploy] }));
  run(process.execPath, [program, "policy", "init", "policies"], folder);
  run(process.execPath, [program, "policy", "check", "policies"], folder);
  run(process.execPath, [program, "policy", "test", "policies"], folder);
  const line = "policy eval --config author.json --policies policies --tool deploy --arg";
  const asked = spawnSync(
    process.execPath,
    [program, ...line.split(" "), "environment=production"],
    { cwd: folder, encoding: "utf8", timeout: 60_000 },
  );
  assert.equal(asked.status, 1, asked.stderr);
  assert.match(asked.stdout, /^denied\n {2}organisation\.environment_frozen: /);
}

async function callOnce(program: string): Promise<void> {
  const config = join(folder, "config.json");
  const greet = {
    name: "greet",
    type: "shell",
    content: 'echo "hello $who"',
    args: [{ name: "who", required: true }],
  };
  writeFileSync(
    config,
    JSON.stringify({ state_dir: join(folder, "state"), whitelisted_tools: [greet] }),
  );
  const client = new Client({ name: "package-test", version: "1" });
  const args = [program, "mcp", "serve", "--config", config];
  await client.connect(new StdioClientTransport({ command: process.execPath, args, cwd: folder }));
  const called = await client.callTool({ name: "greet", arguments: { who: "package" } });
  await client.close();
  assert.deepEqual(called.content, [{ type: "text", text: "hello package\n" }]);
}
