import assert from "node:assert/strict";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { Client as LegacyClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as LegacyTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import {
  callText,
  configIn,
  connect,
  folderFor,
  kubiya,
  MAIN,
  recordsIn,
  until,
} from "../support/server.ts";

const GREET = {
  name: "greet",
  type: "shell",
  content: 'echo "hello $who"',
  args: [{ name: "who", required: true }],
};
const HANG = {
  name: "hang",
  type: "shell",
  content: "trap '' TERM; echo started; sleep 60 & wait; sleep 60",
};
const POLICY = `package custom
decision := {"deny": [reason | some reason in deny]}
deny contains {"code": "not_bob", "message": "Do not greet bob."} if input.arguments.who == "bob"
`;

function initialize(id: number): string {
  const params = {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "raw", version: "1" },
  };
  return JSON.stringify({ jsonrpc: "2.0", id, method: "initialize", params });
}

function lines(...messages: readonly (string | object)[]): string {
  return messages
    .map((message) => `${typeof message === "string" ? message : JSON.stringify(message)}\n`)
    .join("");
}

test("a client of the 2.x SDK lists, runs a process, and leaves intent and outcome", async (context) => {
  const folder = await folderFor(context);
  const config = await configIn(folder, { whitelisted_tools: [GREET] });
  const client = await connect(context, ["--config", config]);
  const { tools } = await client.listTools();
  assert.deepEqual(
    tools.map(({ name, _meta }) => [name, _meta?.["kubiya.ai/access"]]),
    [["greet", "yes"]],
  );
  assert.deepEqual(await callText(client, "greet", { who: "ada" }), {
    text: "hello ada\n",
    isError: false,
  });
  await client.close();
  const records = await recordsIn(join(folder, "state"));
  const calls = records.filter(({ action }) => action === "execute_tool");
  assert.deepEqual(
    calls.map(({ result }) => result),
    ["pending", "success"],
  );
  const [intent] = calls;
  assert.equal(intent?.["user_id"], "anonymous");
  assert.deepEqual(intent?.["parameters"], { who: "ada" });
});

test("the client of the 1.x SDK is served by the same process", async (context) => {
  const folder = await folderFor(context);
  const config = await configIn(folder, { whitelisted_tools: [GREET] });
  const client = new LegacyClient({ name: "legacy", version: "1" });
  context.after(() => client.close());
  await client.connect(
    new LegacyTransport({
      command: process.execPath,
      args: [MAIN, "mcp", "serve", "--config", config],
      stderr: "ignore",
    }),
  );
  const { tools } = await client.listTools();
  assert.deepEqual(
    tools.map(({ name }) => name),
    ["greet"],
  );
  const called = await client.callTool({ name: "greet", arguments: { who: "eve" } });
  assert.deepEqual(called["content"], [{ type: "text", text: "hello eve\n" }]);
});

test("a hidden tool answers byte for byte as one that does not exist", async (context) => {
  const folder = await folderFor(context);
  const config = await configIn(folder, { whitelisted_tools: [GREET] });
  const call = (id: number, name: string) => ({
    jsonrpc: "2.0",
    id,
    method: "tools/call",
    params: { name, arguments: {} },
  });
  const hide = ["--config", config, "--whitelist-tools", "other"];
  const hidden = await kubiya(["mcp", "serve", ...hide], {
    input: lines(initialize(1), call(2, "greet")),
  });
  const unknown = await kubiya(["mcp", "serve", "--config", config], {
    input: lines(initialize(1), call(2, "other")),
  });
  const answer = hidden.stdout.split("\n").find((line) => line.includes('"id":2')) ?? "";
  assert.equal(
    answer,
    unknown.stdout
      .split("\n")
      .find((line) => line.includes('"id":2'))
      ?.replace("other", "greet"),
  );
  assert.match(answer, /"code":-32602,"message":"Unknown tool: greet"\}/);
});

test("the page's enterprise example starts, and says what is missing", async (context) => {
  const folder = await folderFor(context);
  const list = { jsonrpc: "2.0", id: 2, method: "tools/list" };
  const ran = await kubiya(["mcp", "serve", "--config", "examples/enterprise.json"], {
    env: { KUBIYA_STATE_DIR: join(folder, "state"), HOME: folder },
    input: lines(initialize(1), list, { ...list, id: 3, method: "resources/list" }),
  });
  const answers = ran.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const [, listed, resources] = answers.toSorted((a, b) => a.id - b.id);
  assert.equal(listed.error.code, -32_051);
  assert.match(listed.error.message, /^Authentication failed: /);
  assert.ok(listed.error.data.check.length > 0);
  assert.equal(resources.error.code, -32_051);
  assert.equal(ran.code, 0);
});

test("the page's basic example starts", async (context) => {
  const folder = await folderFor(context);
  const ran = await kubiya(["mcp", "serve", "--config", "examples/basic.json"], {
    env: { KUBIYA_STATE_DIR: join(folder, "state") },
    input: lines(initialize(1)),
  });
  assert.equal(ran.code, 0);
  assert.match(ran.stdout, /"name":"kubiya"/);
});

test("a credential that is set and cannot be verified never falls back to anonymous", async (context) => {
  const folder = await folderFor(context);
  const config = await configIn(folder, { whitelisted_tools: [GREET] });
  const ran = await kubiya(["mcp", "serve", "--config", config], {
    env: { KUBIYA_AUTH_TOKEN: "some-key-of-the-cloud" },
    input: lines(initialize(1), { jsonrpc: "2.0", id: 2, method: "tools/list" }),
  });
  assert.match(ran.stdout, /"id":2,"error":\{"code":-32051|"error":\{"code":-32051/);
  assert.match(
    ran.stderr,
    /warn.*KUBIYA_AUTH_TOKEN: .*keys of the Kubiya cloud are not asked about \(use a key of this server/,
  );
  assert.match(ran.stderr, /a credential was refused.*"detail":".*not asked about"/);
  assert.equal(`${ran.stdout}${ran.stderr}`.includes("some-key-of-the-cloud"), false);
});

test("a server that lets nobody in says so when it starts", async (context) => {
  const folder = await folderFor(context);
  const config = await configIn(folder, { require_auth: true });
  const ran = await kubiya(["mcp", "serve", "--config", config]);
  assert.match(ran.stderr, /warn.*nobody is let in: there is no credential \(set KUBIYA_API_KEY/);
  const other = await kubiya(["mcp", "serve", "--config", config], {
    env: { KUBIYA_API_KEY: "kbk_somebody's" },
  });
  assert.doesNotMatch(other.stderr, /warn/);
});

test("stdout carries protocol lines alone, under --debug and with a policy that prints", async (context) => {
  const folder = await folderFor(context);
  const policies = join(folder, "policies");
  await mkdir(policies);
  await writeFile(
    join(policies, "custom.rego"),
    POLICY.replace("if input", 'if { print("chatty"); input').replace('"bob"\n', '"bob" }\n'),
  );
  const config = await configIn(folder, { whitelisted_tools: [GREET] });
  const call = {
    jsonrpc: "2.0",
    id: 2,
    method: "tools/call",
    params: { name: "greet", arguments: { who: "ada" } },
  };
  const ran = await kubiya(
    ["mcp", "serve", "--debug", "--config", config, "--policies", policies],
    {
      input: lines(initialize(1), call, "not json"),
    },
  );
  const written = ran.stdout.trim().split("\n");
  assert.ok(
    written.every((line) => JSON.parse(line).jsonrpc === "2.0"),
    ran.stdout,
  );
  assert.ok(written.length >= 2);
});

test("somebody saves a changed policy, and a running client's next call is decided by it", async (context) => {
  const folder = await folderFor(context);
  const policies = join(folder, "policies");
  await mkdir(policies);
  const rule = join(policies, "custom.rego");
  await writeFile(rule, POLICY);
  const config = await configIn(folder, { whitelisted_tools: [GREET] });
  const client = await connect(context, ["--config", config, "--policies", policies]);
  const denied = await callText(client, "greet", { who: "bob" });
  assert.equal(denied.isError, true);
  assert.match(denied.text, /^Insufficient permissions: Do not greet bob\.\nDecision /);
  assert.equal((await callText(client, "greet", { who: "eve" })).isError, false);

  await writeFile(`${rule}.new`, POLICY.replace('"bob"\n', '"eve"\n'));
  await rename(`${rule}.new`, rule);
  await until(async () => (await callText(client, "greet", { who: "eve" })).isError);
  assert.equal((await callText(client, "greet", { who: "bob" })).isError, false);

  await writeFile(rule, "package custom\ndecision := {");
  await until(async () =>
    (await recordsIn(join(folder, "state"))).some(
      ({ action, result }) => action === "policy_reload" && result === "failure",
    ),
  );
  assert.equal((await callText(client, "greet", { who: "eve" })).isError, true);
});

test("a changed configuration is live, and a broken one changes nothing", async (context) => {
  const folder = await folderFor(context);
  const config = await configIn(folder, { whitelisted_tools: [GREET] });
  const client = await connect(context, ["--config", config]);
  await client.listTools();
  await writeFile(config, "{");
  await until(async () =>
    (await recordsIn(join(folder, "state"))).some(
      ({ action, result }) => action === "config_reload" && result === "failure",
    ),
  );
  assert.equal((await callText(client, "greet", { who: "ada" })).isError, false);
  await configIn(folder, { whitelisted_tools: [GREET], enable_runners: false });
  await until(async () => (await callText(client, "greet", { who: "ada" })).isError);
  const denied = await callText(client, "greet", { who: "ada" });
  assert.match(denied.text, /Runners are disabled/);
});

test("progress carries output lines, and a cancelled call leaves no process behind", async (context) => {
  const folder = await folderFor(context);
  const pids = join(folder, "pid");
  const slow = {
    name: "slow",
    type: "bash",
    content: `trap '' TERM; echo $$ > ${pids}; echo started; sleep 60`,
  };
  const config = await configIn(folder, { whitelisted_tools: [slow] });
  const client = await connect(context, ["--config", config]);
  const abort = new AbortController();
  const heard: string[] = [];
  const call = client.callTool(
    { name: "slow", arguments: {} },
    { signal: abort.signal, onprogress: ({ message }) => heard.push(message ?? "") },
  );
  await until(() => heard.includes("started"));
  const pid = Number(await readFile(pids, "utf8"));
  abort.abort();
  await assert.rejects(call);
  await until(() => !alive(pid));
  await until(async () =>
    (await recordsIn(join(folder, "state"))).some(({ result }) => result === "cancelled"),
  );
});

test("a call that gets no folder is recorded as an error, and its answer names no path", async (context) => {
  const folder = await folderFor(context);
  const config = await configIn(folder, { whitelisted_tools: [GREET] });
  const client = await connect(context, ["--config", config], { TMPDIR: join(folder, "gone") });
  const answer = await callText(client, "greet", { who: "ada" });
  assert.equal(answer.isError, true);
  assert.match(answer.text, /^greet could not run: .* \(ENOENT\)\.\n/);
  assert.equal(answer.text.includes(folder), false);
  const calls = (await recordsIn(join(folder, "state"))).filter(
    ({ action }) => action === "execute_tool",
  );
  assert.deepEqual(
    calls.map(({ result }) => result),
    ["pending", "error"],
  );
});

test("a tool that ignores SIGTERM is ended at its time limit", async (context) => {
  const folder = await folderFor(context);
  const config = await configIn(folder, { whitelisted_tools: [{ ...HANG, timeout: 0.3 }] });
  const client = await connect(context, ["--config", config]);
  const answer = await callText(client, "hang");
  assert.equal(answer.isError, true);
  assert.match(answer.text, /ended after 0\.3 s, its time limit/);
});

test("a closed connection ends what runs, and its outcome is recorded", async (context) => {
  const folder = await folderFor(context);
  const config = await configIn(folder, { whitelisted_tools: [HANG] });
  const client = await connect(context, ["--config", config]);
  const hanging = client.callTool({ name: "hang", arguments: {} });
  await until(async () =>
    (await recordsIn(join(folder, "state"))).some(({ result }) => result === "pending"),
  );
  await Promise.all([client.close(), assert.rejects(hanging)]);
  const results = (await recordsIn(join(folder, "state"))).map(
    ({ action, result }) => `${action} ${result}`,
  );
  assert.deepEqual(results.slice(-2), ["execute_tool cancelled", "server_stop success"]);
});

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const REFUSED = [
  ["a named file that is not there", null, [], 3, /the file is not there/],
  ["text that is not JSON", "{", [], 3, /is not JSON/],
  ["a wrong type", { require_auth: "yes" }, [], 3, /require_auth: must be a boolean, and is /],
  ["an unknown field", { whitelisted_tool: [] }, [], 3, /did you mean whitelisted_tools\?/],
  [
    "a bad network",
    { allowed_ips: ["10.0.0.1/8"] },
    [],
    3,
    /allowed_ips\[0\]: .*host bits set.*10\.0\.0\.0\/8/,
  ],
  [
    "a duplicate tool",
    { whitelisted_tools: [GREET, GREET] },
    [],
    3,
    /another tool is called greet/,
  ],
  [
    "a tool of type docker without an image",
    { whitelisted_tools: [{ name: "x", type: "docker" }] },
    [],
    3,
    /image: a tool of type docker needs one/,
  ],
  [
    "a protecting field that is not there yet",
    { policies: { public_key: "key.pem" } },
    [],
    3,
    /policies.public_key: not available yet/,
  ],
  [
    "policies that are not there",
    {},
    ["--policies", "/nowhere/at/all"],
    3,
    /there is nothing at this path/,
  ],
  ["an unknown option", {}, ["--polices", "x"], 2, /did you mean --policies/i],
] as const;

for (const [what, config, args, code, message] of REFUSED) {
  test(`the server does not start with ${what}, and says the mend`, async (context) => {
    const folder = await folderFor(context);
    const file = join(folder, "config.json");
    if (config !== null)
      await writeFile(file, typeof config === "string" ? config : JSON.stringify(config));
    const ran = await kubiya(["mcp", "serve", "--config", file, ...args]);
    assert.equal(ran.code, code);
    assert.match(ran.stderr, message);
    assert.equal(ran.stdout, "");
    assert.doesNotMatch(ran.stderr, / at .*:\d+:\d+/);
  });
}

const BROKEN_POLICIES = [
  ["a syntax error", "package custom\ndecision := {", /custom\.rego:2: /],
  ["a missing entrypoint", "package custom\nx := 1", /custom\/decision/],
  [
    "a built-in that WebAssembly lacks",
    'package custom\ndecision := {"deny": [time.now_ns()]}',
    /custom\.rego:2: undefined function time\.now_ns/,
  ],
  [
    "a package of ours",
    "package kubiya.call\ndecision := 1",
    /the package kubiya is the server's own/,
  ],
] as const;

for (const [what, source, message] of BROKEN_POLICIES) {
  test(`the server does not start with policies that have ${what}`, async (context) => {
    const folder = await folderFor(context);
    const policies = join(folder, "policies");
    await mkdir(policies);
    await writeFile(join(policies, "custom.rego"), source);
    const config = await configIn(folder, {});
    const ran = await kubiya(["mcp", "serve", "--config", config, "--policies", policies]);
    assert.equal(ran.code, 3, ran.stderr);
    assert.match(ran.stderr, message);
  });
}
