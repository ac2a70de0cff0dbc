import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { ALLOWED, decideWith, snapshotOf, toolboxOf, upstreamNamed } from "../support/world.ts";
import { answering, FAULT, run } from "./host.ts";

const CALL = ["policy", "eval", "--tool", "kubectl"];
const DENIED = {
  allow: false,
  reasons: [
    { code: "roles.tool_not_allowed", message: "No role gives kubectl." },
    { code: "organisation.x", message: "escape \u001B[31m\n and \u202E turn" },
  ],
};

test("what is allowed ends with 0, with its terms", async () => {
  const snapshot = answering({ obligations: [{ kind: "limit_output", bytes: 9 }] });
  const ran = await run(CALL, { snapshot });
  assert.deepEqual([ran.code, ran.stderr, ran.closed], [0, "", true]);
  assert.equal(
    ran.stdout,
    'allowed\n  on the term {"kind":"limit_output","bytes":9}\n  policies r1\n',
  );
});

test("what is denied ends with 1, with every reason, and no sentence steers the terminal", async () => {
  const ran = await run(CALL, { snapshot: answering(DENIED) });
  assert.deepEqual([ran.code, ran.stderr, ran.closed], [1, "", true]);
  assert.equal(
    ran.stdout,
    "denied\n  roles.tool_not_allowed: No role gives kubectl.\n  organisation.x: escape \\u001b[31m\\u000a and \\u202e turn\n  policies r1\n",
  );
});

test("with --json the answer is the decision and the input", async () => {
  const ran = await run([...CALL, "--json"], { snapshot: answering(DENIED) });
  const { decision, input } = JSON.parse(ran.stdout);
  assert.deepEqual([ran.code, decision.allow, input], [1, false, ran.asked[0]]);
});

test("a call is asked as the server would: anonymous on stdio, now", async () => {
  const { asked } = await run(CALL);
  const [input] = asked;
  assert.deepEqual(
    [asked.length, input?.action, input?.tool?.name, input?.arguments, input?.now.iso],
    [1, "tools/call", "kubectl", {}, "2026-11-23T12:00:00.000Z"],
  );
  assert.deepEqual(
    [input?.request.transport, input?.client.ip, input?.principal.kind, input?.credential.status],
    ["stdio", null, "anonymous", "absent"],
  );
});

test("everything that may be said about a call reaches the input", async () => {
  const { asked } = await run([
    ...[...CALL, "--as", "role:developer", "--arg", "command=get pods -l a=b"],
    ...["--ip", "::ffff:10.1.2.3", "--runner", "runner1", "--now", "2026-11-24T01:00:00+01:00"],
  ]);
  const [input] = asked;
  assert.deepEqual(input?.arguments, { command: "get pods -l a=b" });
  assert.deepEqual(
    [input?.request.transport, input?.client.ip, input?.runner?.name, input?.now.iso],
    ["http", "10.1.2.3", "runner1", "2026-11-24T00:00:00.000Z"],
  );
  assert.deepEqual(
    [input?.principal.kind, input?.principal.roles, input?.credential.status, input?.session],
    ["user", ["developer"], "verified", null],
  );
});

test("a user is named as they are, without a role", async () => {
  const { asked } = await run([...CALL, "--as", "user:al:ice"]);
  assert.deepEqual([asked[0]?.principal.id, asked[0]?.principal.roles], ["al:ice", []]);
});

test("where callers must authenticate, a known one on stdio has the session of the process", async () => {
  const config = { require_auth: true, session_timeout: 60 };
  const { asked } = await run([...CALL, "--as", "role:r"], { config });
  assert.deepEqual(
    [asked[0]?.session?.idle_ms, asked[0]?.session?.credential],
    [60_000, asked[0]?.credential.id],
  );
  const unknown = await run(CALL, { config });
  assert.equal(unknown.asked[0]?.session, null);
});

const WRONG: readonly (readonly [readonly string[], RegExp])[] = [
  [["policy", "eval"], /--tool, or a document with --input/],
  [["policy", "eval", "--as", "anonymous"], /--tool/],
  [[...CALL, "--input", "f"], /--input is a whole document: leave --tool out/],
  [["policy", "eval", "--input", "f", "--now", "2026-11-23"], /leave --now out/],
  [["policy", "eval", "--input", "nope"], /cannot be read/],
  [[...CALL, "--as", "developer"], /anonymous, role:R or user:U/],
  [[...CALL, "--as", "role:"], /anonymous, role:R or user:U/],
  [[...CALL, "--arg", "command"], /name=value/],
  [[...CALL, "--arg", "=x"], /name=value/],
  [[...CALL, "--ip", "10.1"], /IPv4 or IPv6/],
  [[...CALL, "--ip", "010.0.0.1"], /IPv4 or IPv6/],
  [[...CALL, "--ip", "garbage"], /IPv4 or IPv6/],
  [[...CALL, "--ip", "fe80::1%eth0"], /IPv4 or IPv6/],
  [[...CALL, "--now", "tomorrow"], /with its zone/],
  [[...CALL, "--now", "2026-11-23T12:00:00"], /with its zone/],
  [[...CALL, "--now", "2026-13-23"], /with its zone/],
  [["policy", "eval", "--tool", "kubctl"], /no tool is called kubctl; there are: kubectl/],
];

for (const [argv, says] of WRONG) {
  test(`${argv.join(" ")} is a wrong command line, and asks nothing`, async () => {
    const ran = await run(argv);
    assert.deepEqual([ran.code, ran.stdout, ran.asked], [2, "", []]);
    assert.match(ran.stderr, says);
  });
}

test("of a tool of a server that nobody has seen it is said what to do first, and of no other", async () => {
  const config = { mcpServers: [upstreamNamed("fs")] };
  const never = async () => assert.fail("nothing may run");
  const seen = snapshotOf(toolboxOf(["fs_read"], never), decideWith(ALLOWED));
  const asked = ["policy", "eval", "--tool"];
  const unseen = await run([...asked, "fs_write"], { config });
  assert.equal(unseen.code, 2);
  assert.match(
    unseen.stderr,
    /\nno tool of fs is known: kubiya tools list starts it and says what stands in the way/,
  );
  for (const [tool, outside] of [
    ["fs_write", { config, snapshot: seen }],
    ["git_log", { config }],
  ] as const) {
    const { stderr } = await run([...asked, tool], outside);
    assert.match(stderr, /^policy eval: no tool is called \w+; there are: [\w, ]+\n$/);
  }
});

test("policies or a configuration that cannot be used end with 3", async () => {
  for (const outside of [{ faults: [FAULT] }, { policyFaults: [FAULT] }]) {
    const ran = await run(CALL, outside);
    assert.deepEqual([ran.code, ran.stdout, ran.asked], [3, "", []]);
    assert.match(ran.stderr, /did you mean api_key/);
  }
});

test("what was typed about the configuration counts", async () => {
  const { flags } = await run([
    ...CALL,
    "--policies",
    "P",
    "--whitelist-tools",
    "a",
    "--disable-runners",
  ]);
  assert.deepEqual(
    [flags[0]?.policies, flags[0]?.whitelisted_tools, flags[0]?.enable_runners],
    ["P", ["a"], false],
  );
});

test("a document is asked as it is", async (context) => {
  const cwd = await folderFor(context);
  const document = (await run(CALL)).asked[0];
  await writeFile(join(cwd, "input.json"), JSON.stringify({ ...document, arguments: { a: 1 } }));
  const ran = await run(["policy", "eval", "--input", "input.json"], { cwd });
  assert.deepEqual([ran.code, ran.asked], [0, [{ ...document, arguments: { a: 1 } }]]);
});

test("a document of before the brake is asked as one while it is off", async (context) => {
  const cwd = await folderFor(context);
  const { frozen: _, ...document } = (await run(CALL)).asked[0] ?? assert.fail("nothing was asked");
  await writeFile(join(cwd, "input.json"), JSON.stringify(document));
  const ran = await run(["policy", "eval", "--input", "input.json"], { cwd });
  assert.deepEqual([ran.code, ran.asked], [0, [{ ...document, frozen: null }]]);
});

test("a document that does not say whose its tool is is asked as nobody's, and one without a tool not at all", async (context) => {
  const cwd = await folderFor(context);
  const file = join(cwd, "input.json");
  const { tool, ...rest } = (await run(CALL)).asked[0] ?? assert.fail("nothing was asked");
  const { origin, ...untold } = tool ?? assert.fail("no tool was asked about");
  assert.equal(origin, null);
  await writeFile(file, JSON.stringify({ ...rest, tool: untold }));
  const ran = await run(["policy", "eval", "--input", "input.json"], { cwd });
  assert.deepEqual([ran.code, ran.asked], [0, [{ ...rest, tool }]]);
  await writeFile(file, JSON.stringify({ ...rest, tool: { ...untold, origin: "s1" } }));
  const told = await run(["policy", "eval", "--input", "input.json"], { cwd });
  assert.deepEqual(told.asked, [{ ...rest, tool: { ...untold, origin: "s1" } }]);
  await writeFile(file, JSON.stringify(rest));
  const none = await run(["policy", "eval", "--input", "input.json"], { cwd });
  assert.deepEqual([none.code, none.asked], [2, []]);
});

for (const [action, reading] of [
  ["tools/call", null],
  ["resources/read", { origin: null }],
] as const) {
  test(`a document of ${action} that does not name the server that has what is read is asked as nobody's`, async (context) => {
    const cwd = await folderFor(context);
    const { reading: _, ...asked } = (await run(CALL)).asked[0] ?? assert.fail("nothing was asked");
    const document = { ...asked, action };
    await writeFile(join(cwd, "input.json"), JSON.stringify(document));
    const ran = await run(["policy", "eval", "--input", "input.json"], { cwd });
    assert.deepEqual([ran.code, ran.asked], [0, [{ ...document, reading }]]);
  });
}

test("a document that is no input, or no JSON, is asked nothing", async (context) => {
  const cwd = await folderFor(context);
  await writeFile(join(cwd, "input.json"), '{"v": 2}');
  await writeFile(join(cwd, "text.json"), "{");
  const unfit = await run(["policy", "eval", "--input", "input.json"], { cwd });
  assert.deepEqual([unfit.code, unfit.asked, unfit.closed], [2, [], true]);
  assert.match(unfit.stderr, /required property 'action'/);
  const text = await run(["policy", "eval", "--input", "text.json"], { cwd });
  assert.deepEqual([text.code, text.asked], [2, []]);
  assert.match(text.stderr, /is not JSON/);
});

async function folderFor(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "kubiya-eval-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
