import assert from "node:assert/strict";
import { chmod, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { CHECKS } from "../../src/cli/doctor-checks.ts";
import { done, failed } from "../../src/lib/outcome.ts";
import { openStore } from "../../src/store/open.ts";
import { configIn, folderFor, kubiya, type Ran } from "../support/server.ts";
import { CONFIG, NOON } from "../support/world.ts";
import { FAULT, run } from "./host.ts";

type Outside = NonNullable<Parameters<typeof run>[1]>;
type Find = { readonly check: string; readonly status: string } & Record<
  "message" | "mend",
  string
>;

const DAY_MS = 86_400_000;
const TOOL = { name: "scan", type: "docker", image: "scanner" } as const;
const CONFINED = { name: "look", content: "ls", sandbox: "bubblewrap" } as const;
const UNCONFINED = {
  ...{ path: "/c", field: "whitelisted_tools: look: sandbox" },
  ...{ message: "this machine cannot do it: bwrap: it is not there", mend: "install bubblewrap" },
};
const http = (more: object): Outside => ({
  config: { http: { ...CONFIG.http, port: 0, ...more } },
});
const CLOUD = {
  kubiya: { base_url: "https://api.example" },
} as const;
const CLOUD_KEY = { id: "k", user: "ada", scopes: [], expires_ms: null } as const;

const UPSTREAM = {
  ...{ name: "fs", eager: false, timeout: 300, allow: [] },
  reach: { kind: "program", command: "fs-server", args: [], env: {}, cwd: "/" },
} as const;

const FAR = {
  ...{ name: "far", eager: false, timeout: 300, allow: [] },
  reach: { kind: "address", url: "http://127.0.0.1:1/mcp", headers: {} },
} as const;

const store = (behindMs: number): Outside => ({
  store: done({ schema: "current", highWaterMs: NOON + behindMs }),
});
const opa = {
  opaVersion: async () =>
    failed({
      reason: "untried",
      faults: [{ path: "/", field: "", message: "no opa", mend: "put opa on the PATH" }],
    } as const),
};

/** What is so, the check that finds it, what it says, the mend, and the exit code. */
const FINDINGS: readonly (readonly [
  string,
  Outside,
  readonly [string, "ok" | "warn" | "fail", RegExp, RegExp | null, number],
])[] = [
  ["all is well", {}, ["node", "ok", /Node 24/, null, 0]],
  ["there is no opa", opa, ["opa", "warn", /no opa \(nothing needs it now\)/, /PATH/, 0]],
  [
    "there is no opa, and policies are to be compiled",
    { ...opa, config: { policies: { enabled: true, path: "test", named: true } } },
    ["opa", "fail", /^no opa$/, /PATH/, 1],
  ],
  [
    "there is no opa, and the policies are a bundle",
    { ...opa, config: { policies: { enabled: true, path: "package.json", named: true } } },
    ["opa", "warn", /nothing needs it/, /PATH/, 0],
  ],
  [
    "an engine answers beside one that is missing",
    {
      engines: [
        { engine: "docker", is: "missing", said: "" },
        { engine: "podman", is: "answers", said: "" },
      ],
    },
    ["engine", "ok", /podman answers/, null, 0],
  ],
  [
    "no engine is there, and none is needed",
    { engines: [{ engine: "docker", is: "missing", said: "" }] },
    ["engine", "warn", /no docker on the PATH \(no tool needs one now\)/, /install docker/, 0],
  ],
  [
    "no engine is there, and a tool needs one",
    { config: { tools: [TOOL] }, engines: [{ engine: "docker", is: "missing", said: "" }] },
    ["engine", "fail", /needed by scan/, /install docker/, 1],
  ],
  [
    "the engine may not be used",
    {
      config: { tools: [TOOL] },
      engines: [{ engine: "docker", is: "forbidden", said: "dial: permission denied" }],
    },
    ["engine", "fail", /permission denied/, /usermod -aG docker/, 1],
  ],
  [
    "the engine's server does not run",
    { engines: [{ engine: "docker", is: "silent", said: "Cannot connect to the daemon" }] },
    ["engine", "warn", /Cannot connect to the daemon/, /systemctl start docker/, 0],
  ],
  [
    "no engine is allowed, and a tool needs one",
    { config: { tools: [TOOL], container_engine: "none" } },
    ["engine", "fail", /container_engine is none/, /auto/, 1],
  ],
  [
    "no tool asks to be confined",
    {},
    ["confinement", "ok", /bubblewrap is not asked for/, null, 0],
  ],
  [
    "a tool asks for a sandbox, and there is one",
    { config: { tools: [CONFINED] } },
    ["confinement", "ok", /^bubblewrap works \(asked for by look\)$/, null, 0],
  ],
  [
    "a tool asks for a sandbox that there is not",
    { config: { tools: [CONFINED] }, unconfined: [UNCONFINED] },
    ["confinement", "fail", /look: sandbox: .*bwrap: it is not there/, /^install bubblewrap$/, 1],
  ],
  [
    "a tool cannot be confined, and that is no fault of its files",
    { config: { tools: [CONFINED] }, unconfined: [UNCONFINED] },
    ["tools", "ok", /every name/, null, 1],
  ],
  [
    "a list is empty",
    {
      warnings: [
        { path: "/c", field: "allowed_runners", message: "is empty", mend: "leave it out" },
      ],
    },
    ["configuration", "warn", /allowed_runners is empty/, /leave it out/, 0],
  ],
  [
    "the store does not answer",
    {
      store: failed({ reason: "store_unavailable", detail: "cannot read it: EIO; check its disk" }),
    },
    ["store", "fail", /^cannot read it: EIO$/, /^check its disk$/, 4],
  ],
  [
    "the store is of a later program",
    { store: done({ schema: "newer", highWaterMs: null }) },
    ["store", "fail", /later version/, /run that version/, 4],
  ],
  [
    "the store is older",
    { store: done({ schema: "older", highWaterMs: NOON }) },
    ["store", "ok", /brings it up to date/, null, 0],
  ],
  ["the cloud is not used", {}, ["cloud", "ok", /not used/, null, 0]],
  [
    "there is no key for the cloud",
    { config: CLOUD },
    ["cloud", "ok", /no `api_key` for it.*let nobody in/, null, 0],
  ],
  [
    "the cloud takes the key",
    {
      config: CLOUD,
      cloud: done({ ...CLOUD_KEY, organization: "acme" }),
    },
    ["cloud", "ok", /takes the server's key/, null, 0],
  ],
  [
    "the cloud does not say of which organisation the key is",
    { config: CLOUD, cloud: done({ ...CLOUD_KEY, organization: null }) },
    ["cloud", "warn", /no other key of it lets anybody in/, /auth key create/, 0],
  ],
  [
    "the cloud does not take the key",
    { config: CLOUD, cloud: done(null) },
    ["cloud", "fail", /does not take/, /another key/, 4],
  ],
  [
    "the cloud cannot be reached",
    {
      config: CLOUD,
      cloud: failed({
        ...{ reason: "kubiya_unreachable", endpoint: "GET /api/v1/auth/me", detail: "ENOTFOUND" },
      }),
    },
    ["cloud", "fail", /cannot be reached: GET .*ENOTFOUND/, /base_url/, 4],
  ],
  ["the clock is right", store(0), ["clock", "ok", /goes on/, null, 0]],
  ["the clock is a second behind", store(1000), ["clock", "ok", /goes on/, null, 0]],
  ["the clock was set back", store(60_000), ["clock", "warn", /60 s behind/, /clock right/, 0]],
  ["the clock is days behind", store(2 * DAY_MS), ["clock", "fail", /no server/, /clock right/, 1]],
  [
    "a name of the whitelist is nobody's",
    { missingTools: { nowhere: ["kubectk"] } },
    ["tools", "warn", /called kubectk/, /correct the name/, 0],
  ],
  [
    "a name of the whitelist is for another server to offer",
    {
      missingTools: { untold: ["files_read", "demo://a"] },
    },
    ["tools", "ok", /if other servers or the Kubiya cloud offer files_read, demo:/, null, 0],
  ],
  [
    "a tool would fail when it is called",
    {
      unableTools: [{ tool: "look", message: "the program look is not there", mend: "install it" }],
    },
    ["tools", "fail", /look cannot run: the program look/, /install it/, 1],
  ],
  [
    "a tool's file is not there",
    { refused: [FAULT] },
    ["tools", "fail", /is no field/, /did you mean/, 1],
  ],
  [
    "policies cannot be used",
    { policyFaults: [FAULT] },
    ["policies", "fail", /is no field/, /did you mean/, 1],
  ],
  [
    "policies are on, and there are none",
    { config: { policies: { enabled: true, path: "/nowhere/policies", named: false } } },
    ["policies", "warn", /built-in policies decide alone/, /policy init/, 0],
  ],
  [
    "nobody is let in on stdio",
    { config: { require_auth: true } },
    ["caller", "warn", /nobody is let in/, /KUBIYA_API_KEY/, 0],
  ],
  [
    "HTTP is for loopback, and open",
    http({}),
    ["exposure", "warn", /anonymous/, /require_auth/, 0],
  ],
  [
    "HTTP is for loopback, and closed",
    { config: { ...http({}).config, require_auth: true } },
    ["exposure", "ok", /this machine alone/, null, 0],
  ],
  [
    "HTTP is for all, in the clear",
    { config: { ...http({ host: "0.0.0.0" }).config, require_auth: true } },
    ["exposure", "warn", /in the clear/, /http\.tls/, 0],
  ],
  [
    "HTTP is for all, with TLS",
    {
      config: {
        ...http({ host: "0.0.0.0", tls: { cert: "c", key: "k" } }).config,
        require_auth: true,
      },
    },
    ["exposure", "ok", /with TLS/, null, 0],
  ],
  [
    "HTTP is for a proxy",
    {
      config: {
        ...http({ host: "::", trusted_proxies: ["10.0.0.0/8"] }).config,
        require_auth: true,
      },
    },
    ["exposure", "ok", /the proxy's/, null, 0],
  ],
  ["there are no other MCP servers", {}, ["upstreams", "ok", /there are none/, null, 0]],
  [
    "the program of another MCP server is there",
    { config: { mcpServers: [UPSTREAM, FAR] } },
    ["upstreams", "ok", /^1 program is there \(kubiya tools list asks what each has/, null, 0],
  ],
  [
    "the programs of other MCP servers are there",
    { config: { mcpServers: [UPSTREAM, { ...UPSTREAM, name: "other" }] } },
    ["upstreams", "ok", /^2 programs are there/, null, 0],
  ],
  [
    "other MCP servers are addresses alone",
    { config: { mcpServers: [FAR] } },
    ["upstreams", "ok", /^none is a program$/, null, 0],
  ],
  [
    "the program of another MCP server is missing",
    {
      config: { mcpServers: [UPSTREAM] },
      missingPrograms: [{ upstream: "fs", command: "fs-server" }],
    },
    ["upstreams", "warn", /^mcpServers\.fs: the program fs-server is not there/, /install/, 0],
  ],
  [
    "debug is on",
    { config: { logging: { level: "debug", debug: true } } },
    ["debug", "warn", /with stacks/, /--debug/, 0],
  ],
  [
    "everything is logged",
    { config: { logging: { level: "debug", debug: false } } },
    ["debug", "warn", /everything is logged/, /verbose_logging/, 0],
  ],
];

for (const [what, outside, [check, status, says, mend, code]] of FINDINGS) {
  test(`where ${what}, ${check} is ${status}, with a mend where there is one, and the exit code ${code}`, async (context) => {
    const state = join(await folderFor(context), "state");
    const audit = { ...CONFIG.audit, dir: join(state, "audit") };
    const config = {
      state_dir: state,
      audit,
      container_engine: "auto",
      ...outside.config,
    } as const;
    const ran = await run(["mcp", "doctor", "--json"], { ...outside, config });
    const { checks, ok } = JSON.parse(ran.stdout);
    const found: readonly Find[] = checks.filter((one: Find) => one.check === check);
    const [first] = found;
    assert.ok(first !== undefined && found.length === 1, ran.stdout);
    assert.equal(first.status, status, first.message);
    assert.match(first.message, says);
    if (mend === null) assert.equal(first.mend, null);
    else assert.match(first.mend, mend);
    assert.deepEqual([ran.code, ok], [code, code === 0]);
  });
}

test("every check is told, in its order, as a table with its mend below", async (context) => {
  const state = await folderFor(context);
  const ran = await run(["mcp", "doctor"], {
    config: { state_dir: state, audit: { ...CONFIG.audit, dir: join(state, "audit") } },
    missingTools: { nowhere: ["a\u001B[31m"] },
  });
  const names = [...ran.stdout.matchAll(/^(?:ok|warn|fail) +(\S+)/gm)].map(([, name]) => name);
  assert.deepEqual(
    [...new Set(names)],
    CHECKS.map(({ name }) => name),
  );
  assert.match(ran.stdout, /^warn {2}tools .*\n +-> correct the name/m);
  assert.ok(!ran.stdout.includes("\u001B"));
});

test("a configuration that cannot be used is told with every fault, and is exit code 3", async () => {
  const ran = await run(["mcp", "doctor", "--json"], { faults: [FAULT, FAULT] });
  assert.equal(ran.code, 3);
  const { ok, checks } = JSON.parse(ran.stdout);
  assert.deepEqual([ok, checks.length, checks[0].mend], [false, 2, "did you mean api_key?"]);
});

/** The program itself, in a home of its own. */
async function doctorIn(folder: string, ...args: readonly string[]): Promise<Ran> {
  return kubiya(["mcp", "doctor", "--json", ...args], { env: { HOME: folder } });
}

function finds({ stdout }: Ran, status: string): readonly string[] {
  const { checks } = JSON.parse(stdout);
  return checks
    .filter((one: Find) => one.status === status)
    .map(({ check, message }: Find) => `${check}: ${message}`);
}

test("a machine that nothing was ever done on is well, and nothing is made there", async (context) => {
  const folder = await folderFor(context);
  const ran = await doctorIn(folder);
  assert.equal(ran.code, 0, ran.stdout);
  assert.deepEqual(finds(ran, "fail"), []);
  assert.deepEqual(await readdir(folder), []);
});

test("tools that would fail when they are called are found before", async (context) => {
  const folder = await folderFor(context);
  const config = await configIn(folder, {
    whitelisted_tools: [
      { name: "nope" },
      { name: "count", type: "jq", content: "1", env: ["PATH=/nowhere"] },
      { name: "deploy", content: "true", secrets: ["NO_SUCH_TOKEN"] },
      { name: "fine", content: "true" },
      { name: "elsewhere", runner: "far" },
    ],
  });
  await chmod(config, 0o600);
  const ran = await doctorIn(folder, "--config", config);
  assert.equal(ran.code, 1);
  assert.deepEqual(finds(ran, "fail"), [
    "tools: nope cannot run: the program nope is not on its PATH, or may not be executed",
    "tools: count cannot run: the program jq is not on its PATH, or may not be executed",
    "tools: deploy cannot run: the secret NO_SUCH_TOKEN is not set in the server's environment",
  ]);
});

/** A file of a server's home, its rights, and what is said of them. */
const RIGHTS: readonly (readonly [string, number, "warn" | "fail" | "ok", RegExp])[] = [
  ["state/pepper.json", 0o644, "fail", /others can read .*pepper\.json.*secret/],
  ["state/store.sqlite", 0o640, "fail", /others can read .*store\.sqlite/],
  ["state/checkpoint.pem", 0o604, "fail", /others can read .*checkpoint\.pem/],
  ["key", 0o644, "fail", /others can read .*key/],
  ["config.json", 0o666, "fail", /everybody can write .*config\.json/],
  ["config.json", 0o664, "warn", /its group can write .*config\.json/],
  ["config.json", 0o644, "fail", /others can read .*config\.json.*secret/],
  ["state", 0o777, "fail", /others can write to .*state/],
  ["state", 0o755, "warn", /others can look into .*state/],
  ["state/audit", 0o770, "fail", /others can write to .*audit/],
  ["config.json", 0o600, "ok", /nobody else can read a secret/],
];

for (const [path, mode, status, says] of RIGHTS) {
  test(`the rights ${mode.toString(8)} of ${path} are ${status}`, async (context) => {
    const folder = await folderFor(context);
    const config = await configIn(folder, {
      store: { postgres: "postgresql://u:p@127.0.0.1:1/x" },
    });
    await mkdir(join(folder, "state", "audit"), { recursive: true });
    for (const file of ["state/pepper.json", "state/store.sqlite", "state/checkpoint.pem", "key"]) {
      await writeFile(join(folder, file), "x");
      await chmod(join(folder, file), 0o600);
    }
    for (const one of ["state", "state/audit"]) await chmod(join(folder, one), 0o700);
    await chmod(config, 0o600);
    await chmod(join(folder, path), mode);
    const ran = await kubiya(["mcp", "doctor", "--json", "--config", config], {
      env: { HOME: folder, KUBIYA_API_KEY_FILE: join(folder, "key") },
    });
    const found = finds(ran, status).filter((line) => /^(?:files|state|audit):/.test(line));
    assert.ok(
      found.some((line) => says.test(line)),
      ran.stdout,
    );
    await chmod(join(folder, "state"), 0o700);
  });
}

/** What a configuration says, and whether others may read that. */
const TEXTS: readonly (readonly [string, object, boolean])[] = [
  ["nothing", {}, true],
  ["a key", { api_key: "kbk_canary" }, false],
  [
    "a header",
    { mcpServers: { a: { url: "https://a.example", headers: { "X-A": "canary" } } } },
    false,
  ],
  ["a token", { mcpServers: { a: { command: "a", env: { A_TOKEN: "canary" } } } }, false],
  ["a word", { mcpServers: { a: { command: "a", env: { A_MODE: "fast" } } } }, true],
  [
    "a tool's password",
    { whitelisted_tools: [{ name: "a", content: "true", env: ["PASSWORD=canary"] }] },
    false,
  ],
  [
    "a name alone",
    { whitelisted_tools: [{ name: "a", content: "true", env: ["PASSWORD"] }] },
    true,
  ],
];

for (const [what, content, isOpen] of TEXTS) {
  test(`a configuration with ${what} may ${isOpen ? "" : "not "}be read by others`, async (context) => {
    const folder = await folderFor(context);
    const config = await configIn(folder, content);
    await chmod(config, 0o644);
    const ran = await doctorIn(folder, "--config", config);
    const failing = finds(ran, "fail").filter((line) => line.startsWith("files:"));
    assert.deepEqual([ran.code, failing.length], isOpen ? [0, 0] : [1, 1], ran.stdout);
    assert.doesNotMatch(ran.stdout + ran.stderr, /canary/);
  });
}

test("a database that cannot be reached is exit code 4, and its password is nowhere", async (context) => {
  const folder = await folderFor(context);
  const config = await configIn(folder, {
    store: { postgres: "postgresql://u:canary@127.0.0.1:1/x" },
  });
  await chmod(config, 0o600);
  const ran = await doctorIn(folder, "--config", config);
  assert.equal(ran.code, 4);
  assert.match(finds(ran, "fail").join("\n"), /^store: cannot read PostgreSQL at 127\.0\.0\.1:1/);
  assert.doesNotMatch(ran.stdout + ran.stderr, /canary/);
});

test("a store of a clock that was wrong is found, and left as it is", async (context) => {
  const folder = await folderFor(context);
  const config = await configIn(folder, {});
  const stateDir = join(folder, "state");
  const opened = await openStore({ postgres: null, stateDir, stopwatch: () => performance.now() });
  assert.ok(opened.ok);
  await opened.value.highWater(Date.now() + 3 * DAY_MS);
  await opened.value.close();
  for (const _ of ["once", "again"]) {
    const ran = await doctorIn(folder, "--config", config);
    assert.equal(ran.code, 1);
    assert.match(finds(ran, "fail").join("\n"), /^clock: .*no server starts/);
  }
});

test("no secret of the configuration is told", async (context) => {
  const folder = await folderFor(context);
  const kubiya = { base_url: "http://127.0.0.1:1" };
  const config = await configIn(folder, { api_key: "canary-key", kubiya });
  await chmod(config, 0o644);
  const ran = await doctorIn(folder, "--config", config, "--debug");
  assert.equal(ran.code, 4);
  assert.match(finds(ran, "fail").join("\n"), /cloud: it cannot be reached/);
  assert.doesNotMatch(ran.stdout + ran.stderr, /canary/);
});
