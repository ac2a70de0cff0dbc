// What `policy init` writes works with the ordinary `opa`, as it stands and when it is changed.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test, type TestContext } from "node:test";
import { run } from "./host.ts";

const CHECK = "check -b . --strict --schema schemas --capabilities capabilities.json".split(" ");
const TEST = "test -b . --capabilities capabilities.json --coverage --format json".split(" ");

test("policy init writes what an author needs", async (context) => {
  const dir = await initialised(context);
  const names = await readdir(dir, { recursive: true });
  for (const name of [
    ".regal/config.yaml",
    ".vscode/settings.json",
    "README.md",
    "capabilities.json",
    "custom.rego",
    "custom_test.rego",
    "schemas/input.json",
    "schemas/facts/tools.json",
  ]) {
    assert.ok(names.includes(name), name);
  }
});

test("what policy init wrote is formatted, checks, is linted, and is tested whole by plain opa", async (context) => {
  const dir = await initialised(context);
  assert.deepEqual(await tool(dir, "opa", ["fmt", "--list", "."]), { code: 0, stdout: "" });
  assert.deepEqual(await tool(dir, "opa", CHECK), { code: 0, stdout: "" });
  assert.equal((await tool(dir, "regal", ["lint", "."])).code, 0);
  const tested = await tool(dir, "opa", TEST);
  assert.equal(tested.code, 0);
  assert.equal(JSON.parse(tested.stdout).coverage, 100);
});

test("the commands of its README are those that work", async (context) => {
  const readme = await readFile(join(await initialised(context), "README.md"), "utf8");
  for (const args of [CHECK, TEST.slice(0, 5)]) {
    assert.ok(readme.includes(args.slice(0, 3).join(" ")), args.join(" "));
  }
  assert.ok(readme.includes(CHECK.join(" ")));
});

test("a field that the input does not have is found by plain opa", async (context) => {
  const dir = await initialised(context);
  await replace(dir, "input.tool.name", "input.tool.nam");
  assert.equal((await tool(dir, "opa", CHECK)).code, 1);
});

test("a built-in that wasm lacks is found by plain opa", async (context) => {
  const dir = await initialised(context);
  await replace(dir, 'input.tool.name == "deploy"', "time.now_ns() > 0");
  assert.equal((await tool(dir, "opa", CHECK)).code, 1);
});

test("its tests fail when its rule is broken", async (context) => {
  const dir = await initialised(context);
  await replace(dir, '_frozen := {"production"}', '_frozen := {"nothing"}');
  assert.notEqual((await tool(dir, "opa", ["test", "-b", "."])).code, 0);
});

test("the example of a company's policies is formatted, checks, and is tested whole", async () => {
  const dir = resolve("examples/policies");
  const check = "check -b . --strict --schema ../../policies/schemas --capabilities".split(" ");
  const capabilities = "../../policies/capabilities.organisation.json";
  assert.deepEqual(await tool(dir, "opa", ["fmt", "--list", "."]), { code: 0, stdout: "" });
  assert.deepEqual(await tool(dir, "opa", [...check, capabilities]), { code: 0, stdout: "" });
  const tested = await tool(dir, "opa", "test -b . --coverage --format json".split(" "));
  assert.equal(JSON.parse(tested.stdout).coverage, 100);
});

async function initialised(context: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "kubiya-init-"));
  context.after(() => rm(dir, { recursive: true, force: true }));
  const { code, stderr } = await run(["policy", "init", dir]);
  assert.equal(code, 0, stderr);
  return dir;
}

async function replace(dir: string, old: string, changed: string): Promise<void> {
  const path = join(dir, "custom.rego");
  const text = await readFile(path, "utf8");
  assert.ok(text.includes(old));
  await writeFile(path, text.replace(old, changed));
}

function tool(
  cwd: string,
  name: string,
  args: readonly string[],
): Promise<{ readonly code: unknown; readonly stdout: string }> {
  return new Promise((done) => {
    const options = { cwd, timeout: 30_000 };
    execFile(resolve(".tools", name), [...args], options, (error, stdout) => {
      done({ code: error === null ? 0 : error.code, stdout });
    });
  });
}
