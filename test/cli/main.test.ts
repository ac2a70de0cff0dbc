// The program as a process: what reaches stdout, and how it ends.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test, type TestContext } from "node:test";

const MAIN = resolve("src/main.ts");

test("the version is the package's, and is all that stdout has", async (context) => {
  const { code, stdout, stderr } = await program(context, ["--version"]);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
});

test("an older Node gets one line that says which version is needed", async (context) => {
  const older = `const versions = { ...process.versions, node: "20.1.0" };
    Object.defineProperty(process, "versions", { value: versions });`;
  const ran = await program(context, ["mcp", "serve"], { preload: older });
  assert.deepEqual([ran.code, ran.stdout], [2, ""]);
  assert.match(ran.stderr, /^kubiya needs Node 24 or later, and this is 20\.1\.0[^\n]*\n$/);
});

test("what a library writes to the console goes to stderr, by whichever name it knows it", async (context) => {
  const chatty = `import own from "node:console";
    process.on("exit", () => { console.log("global"); own.info("module"); console.table(["table"]); });`;
  const ran = await program(context, ["mcp", "validate", "--json"], { preload: chatty });
  assert.equal(JSON.parse(ran.stdout).valid, true);
  for (const word of ["global", "module", "table"]) assert.match(ran.stderr, new RegExp(word));
});

test("who stops reading ends nothing with a stack", async (context) => {
  const early = `const { cwd } = process;
    process.cwd = () => { process.stdout.write("early"); return cwd(); };`;
  const ran = await program(context, ["mcp", "validate"], { preload: early, deaf: true });
  assert.deepEqual([ran.code, ran.stderr], [0, ""]);
});

test("what nobody expected is one line, and a stack with --debug alone", async (context) => {
  const broken = 'process.cwd = () => { throw new Error("no folder"); };';
  const ran = await program(context, ["mcp", "validate"], { preload: broken });
  assert.deepEqual(
    [ran.code, ran.stdout, ran.stderr],
    [4, "", "kubiya failed: no folder (--debug shows where)\n"],
  );
  const debug = await program(context, ["--debug", "mcp", "validate"], { preload: broken });
  assert.equal(debug.code, 4);
  assert.match(debug.stderr, /^kubiya failed: Error: no folder\n\s+at /);
});

test("what breaks behind everybody's back is told in the same way, without the secrets that are known", async (context) => {
  const broken = `const [{ write }, { exit }] = [process.stdout, process];
    process.stdout.write = (...said) => {
      setTimeout(() => { throw new Error("canary-key at large"); });
      return write.apply(process.stdout, said);
    };
    process.exit = (code) => { if (code === 4) exit.call(process, code); };`;
  const env = { KUBIYA_API_KEY: "canary-key" };
  const ran = await program(context, ["mcp", "validate"], { preload: broken, env });
  assert.equal(ran.code, 4);
  assert.match(
    ran.stderr,
    /^kubiya failed: \[REDACTED:[0-9a-f]{12}\] at large \(--debug shows where\)\n/,
  );
});

test("DEBUG shows where something broke as --debug does", async (context) => {
  const broken = 'process.cwd = () => { throw new Error("no folder"); };';
  for (const [word, shown] of [
    ["true", true],
    ["0", false],
    ["app:*", false],
  ] as const) {
    const env = { DEBUG: word };
    const ran = await program(context, ["mcp", "validate"], { preload: broken, env });
    assert.deepEqual([ran.code, /\n\s+at /.test(ran.stderr)], [4, shown], word);
  }
});

test("exit codes: 0 for yes, 2 for the command line, 3 for the configuration", async (context) => {
  const home = await folderFor(context);
  await writeFile(join(home, "bad.json"), '{"api_kee": "canary"}');
  const valid = await program(context, ["mcp", "validate"], { home });
  assert.equal(valid.code, 0);
  const typo = await program(context, ["mcp", "validat"], { home });
  assert.deepEqual([typo.code, typo.stdout], [2, ""]);
  const bad = await program(context, ["mcp", "validate", "--config", "bad.json"], { home });
  assert.deepEqual([bad.code, bad.stdout], [3, ""]);
  assert.match(
    bad.stderr,
    /bad\.json: api_kee: is no field of the configuration \(did you mean api_key\?\)/,
  );
  const serving = await program(context, ["mcp", "serve", "--config", "bad.json"], { home });
  assert.deepEqual([serving.code, serving.stdout], [3, ""]);
  const missing = await program(context, ["mcp", "serve", "--config", "nope.json"], { home });
  assert.deepEqual([missing.code, missing.stdout], [3, ""]);
});

test("what the server refuses is refused where it is checked: a tool's file, an organisation's facts", async (context) => {
  const home = await folderFor(context);
  const tool = {
    name: "report",
    type: "shell",
    content: "cat notes",
    with_files: [{ path: "notes", source: "nowhere.txt" }],
  };
  await writeFile(join(home, "tools.json"), JSON.stringify({ whitelisted_tools: [tool] }));
  for (const command of ["validate", "serve"]) {
    const ran = await program(context, ["mcp", command, "--config", "tools.json"], { home });
    assert.deepEqual([ran.code, ran.stdout], [3, ""]);
    assert.match(ran.stderr, /nowhere\.txt: the file notes of the tool report: cannot be read/);
  }
  const rules = join(home, "rules");
  await mkdir(rules);
  await writeFile(join(rules, "custom.rego"), "package custom\n\ndecision := {}\n");
  const check = ["policy", "check", "rules"];
  assert.equal((await program(context, check, { home })).code, 0);
  await writeFile(join(rules, "data.json"), '{"facts": {}}');
  const checked = await program(context, check, { home });
  assert.deepEqual([checked.code, checked.stdout], [1, ""]);
  assert.match(checked.stderr, /facts, which is the server's own/);
});

test("no secret of the environment is shown", async (context) => {
  const env = { KUBIYA_API_KEY: "canary-key", KUBIYA_AUTH_TOKEN: "canary-token" };
  const ran = await program(context, ["--debug", "mcp", "validate"], { env });
  assert.equal(ran.code, 0);
  assert.doesNotMatch(ran.stdout + ran.stderr, /canary/);
});

interface Run {
  /** A module that is loaded before the program. */
  readonly preload?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The folder that is HOME and the working directory. */
  readonly home?: string;
  /** Whether stdout is closed before anything is written. */
  readonly deaf?: true;
}

async function program(
  context: TestContext,
  args: readonly string[],
  { preload = "", env = {}, home, deaf }: Run = {},
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const cwd = home ?? (await folderFor(context));
  const loader = `data:text/javascript,${encodeURIComponent(preload)}`;
  const child = spawn(process.execPath, ["--import", loader, MAIN, ...args], {
    cwd,
    env: { HOME: cwd, PATH: process.env["PATH"], ...env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 30_000,
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => {
    stdout += String(chunk);
  });
  child.stderr.on("data", (chunk) => {
    stderr += String(chunk);
  });
  if (deaf === true) child.stdout.destroy();
  const code = await new Promise<number | null>((ended) => {
    child.once("close", ended);
  });
  return { code, stdout, stderr };
}

async function folderFor(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "kubiya-main-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
