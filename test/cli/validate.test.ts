import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { createSecret } from "../../src/lib/secret.ts";
import { homeFor } from "./auth-home.ts";
import { FAULT, run } from "./host.ts";

const WITH_SECRETS = {
  api_key: createSecret("canary"),
  caller_credential: createSecret("canary"),
  environment: { KUBIYA_API_KEY: "canary" },
};

test("a configuration that can be used is the answer, with its secrets hidden", async () => {
  const warnings = [{ ...FAULT, message: "is a warning" }];
  const ran = await run(["mcp", "validate"], { config: WITH_SECRETS, warnings });
  const shown = JSON.parse(ran.stdout);
  assert.equal(ran.code, 0);
  assert.deepEqual([shown.api_key, shown.caller_credential], ["[hidden]", "[hidden]"]);
  assert.equal("environment" in shown, false);
  assert.doesNotMatch(ran.stdout + ran.stderr, /canary/);
  assert.equal(
    ran.stderr,
    "warning: /config.json: api_kee: is a warning (did you mean api_key?)\n",
  );
});

test("the values that tools are given in their environment are hidden, their names are not", async () => {
  const env = ["TOKEN=canary", "LONG=a\ncanary=b", "PLAIN"];
  const tools = [{ name: "deploy", env }, { name: "plain" }];
  const ran = await run(["mcp", "validate"], { config: { tools } });
  assert.deepEqual(JSON.parse(ran.stdout).tools, [
    { name: "deploy", env: ["TOKEN=[hidden]", "LONG=[hidden]", "PLAIN"] },
    { name: "plain" },
  ]);
  assert.doesNotMatch(ran.stdout + ran.stderr, /canary/);
});

test("a secret in the content or in a file of a tool, or in a fault, is hidden", async () => {
  const with_files = [{ path: "a.txt", content: "canary" }];
  const tools = [{ name: "deploy", content: "curl -H 'X-Key: canary'", with_files }];
  for (const argv of [[], ["--json"]]) {
    const ran = await run(["mcp", "validate", ...argv], { config: { tools } });
    assert.equal(ran.code, 0);
    assert.match(ran.stdout, /X-Key: \[REDACTED\]/);
    assert.doesNotMatch(ran.stdout + ran.stderr, /canary/);
  }
  const faults = [{ ...FAULT, message: "is canary" }];
  const { stdout } = await run(["mcp", "validate", "--json"], { faults });
  assert.deepEqual(JSON.parse(stdout).faults[0].message, "is [REDACTED]");
});

test("what looks like a secret, and one that the server is given, is hidden from the answer of the program", async (context) => {
  const { folder, kubiya } = await homeFor(context);
  await mkdir(join(folder, ".kubiya"));
  const key = `kbk_${"a".repeat(16)}_${"b".repeat(43)}`;
  const content = `echo ${key}; echo open-sesame-7; echo hello`;
  const tools = [{ name: "leak", type: "shell", content, secrets: ["PASSWORD"] }];
  const config = JSON.stringify({ whitelisted_tools: tools });
  await writeFile(join(folder, ".kubiya", "mcp-server.json"), config);
  const environment = { PASSWORD: "open-sesame-7" };
  const { code, stdout } = await kubiya("mcp validate", environment);
  assert.equal(code, 0);
  assert.doesNotMatch(stdout, /b{43}|open-sesame-7/);
  assert.match(JSON.parse(stdout).tools[0].content, /echo hello$/);
});

test("a secret among the words of another server is hidden from the answer of the program", async (context) => {
  const { folder, kubiya } = await homeFor(context);
  await mkdir(join(folder, ".kubiya"));
  const args = ["--api-key", "canary-two-words", "--api-key=canary-one-word", "--region", "eu"];
  const config = JSON.stringify({ mcpServers: { a: { command: "node", args } } });
  await writeFile(join(folder, ".kubiya", "mcp-server.json"), config);
  const { code, stdout, stderr } = await kubiya("mcp validate");
  assert.equal(code, 0, stderr);
  assert.doesNotMatch(stdout + stderr, /canary/);
  assert.match(stdout, /"--region",\s+"eu"/);
});

test("with --json the answer is {valid, faults, config}", async () => {
  const ran = await run(["mcp", "validate", "--json"], { config: WITH_SECRETS });
  const shown = JSON.parse(ran.stdout);
  assert.deepEqual(Object.keys(shown), ["valid", "faults", "config"]);
  assert.deepEqual([shown.valid, shown.faults, shown.config.api_key], [true, [], "[hidden]"]);
  assert.equal(ran.stderr, "");
});

test("every fault is a line on stderr, and stdout is empty", async () => {
  const ran = await run(["mcp", "validate"], { faults: [FAULT, { ...FAULT, field: "b" }] });
  assert.deepEqual([ran.code, ran.stdout], [3, ""]);
  assert.equal(
    ran.stderr,
    "/config.json: api_kee: is no field (did you mean api_key?)\n/config.json: b: is no field (did you mean api_key?)\n",
  );
});

test("with --json every fault is in the answer", async () => {
  const ran = await run(["mcp", "validate", "--json"], { faults: [FAULT] });
  assert.deepEqual([ran.code, ran.stderr], [3, ""]);
  assert.deepEqual(JSON.parse(ran.stdout), { valid: false, faults: [FAULT], config: null });
});

test("what a server would refuse of a configuration that can be read is not valid", async () => {
  const ran = await run(["mcp", "validate", "--json"], { refused: [FAULT] });
  assert.equal(ran.code, 3);
  assert.deepEqual(JSON.parse(ran.stdout), { valid: false, faults: [FAULT], config: null });
});
