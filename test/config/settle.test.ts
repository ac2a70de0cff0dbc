import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { Config, Flags } from "../../src/config/types.ts";
import { faults, homeFor, loaded } from "./world.ts";

const LIMITS = {
  tool_timeout: 300,
  max_response_size: 51_200,
  max_tools_in_response: 50,
  default_page_size: 20,
  rate: null,
};

/** What the file, the environment and the flags say, and what counts: of a member of the configuration. */
const PRECEDENCE: readonly {
  readonly member: keyof Config;
  readonly file?: object;
  readonly environment?: Readonly<Record<string, string>>;
  readonly flags?: Flags;
  readonly counts: unknown;
}[] = [
  { member: "require_auth", file: { require_auth: true }, counts: true },
  {
    member: "require_auth",
    file: { require_auth: true },
    environment: { KUBIYA_MCP_REQUIRE_AUTH: "No" },
    counts: false,
  },
  {
    member: "require_auth",
    environment: { KUBIYA_MCP_REQUIRE_AUTH: "off" },
    flags: { require_auth: true },
    counts: true,
  },
  { member: "enable_runners", environment: { KUBIYA_MCP_ENABLE_RUNNERS: "FALSE" }, counts: false },
  {
    member: "enable_runners",
    environment: { KUBIYA_MCP_ENABLE_RUNNERS: "1" },
    flags: { enable_runners: false },
    counts: false,
  },
  {
    member: "allow_platform_apis",
    file: { allow_platform_apis: true },
    environment: { KUBIYA_MCP_ALLOW_PLATFORM_APIS: "on" },
    flags: { allow_platform_apis: false },
    counts: false,
  },
  { member: "session_timeout", file: { session_timeout: 5 }, counts: 5 },
  {
    member: "session_timeout",
    file: { session_timeout: 5 },
    flags: { session_timeout: 6 },
    counts: 6,
  },
  { member: "production", flags: { production: true }, counts: true },
  {
    member: "default_runner",
    file: { default_runner: "a" },
    environment: { KUBIYA_DEFAULT_RUNNER: "b" },
    counts: "b",
  },
  {
    member: "default_runner",
    file: { default_runner: "a" },
    environment: { KUBIYA_DEFAULT_RUNNER: "" },
    counts: "a",
  },
  {
    member: "allowed_runners",
    file: { allowed_runners: ["a"] },
    flags: { allowed_runners: ["b*"] },
    counts: ["b*"],
  },
  {
    member: "allowed_ips",
    file: { allowed_ips: ["::ffff:10.0.0.0/104", "2001:DB8::/32"] },
    counts: ["10.0.0.0/8", "2001:db8::/32"],
  },
  {
    member: "limits",
    file: { limits: { tool_timeout: 1 } },
    counts: { ...LIMITS, tool_timeout: 1 },
  },
  {
    member: "limits",
    file: { limits: { requests_per_second: 0.5 } },
    counts: { ...LIMITS, rate: { per_second: 0.5, burst: 1 } },
  },
  {
    member: "limits",
    file: { limits: { requests_per_second: 20, burst: 50 } },
    counts: { ...LIMITS, rate: { per_second: 20, burst: 50 } },
  },
  { member: "logging", environment: { DEBUG: "true" }, counts: { level: "debug", debug: true } },
  {
    member: "logging",
    environment: { KUBIYA_DEBUG: "no", DEBUG: "yes" },
    counts: { level: "info", debug: false },
  },
  {
    member: "logging",
    environment: { LOG_LEVEL: "DEBUG" },
    counts: { level: "debug", debug: false },
  },
  {
    member: "logging",
    file: { verbose_logging: true },
    counts: { level: "debug", debug: false },
  },
  {
    member: "logging",
    file: { verbose_logging: true },
    environment: { LOG_LEVEL: "error" },
    counts: { level: "error", debug: false },
  },
  {
    member: "logging",
    environment: { LOG_LEVEL: "error" },
    flags: { verbose: true },
    counts: { level: "debug", debug: false },
  },
  { member: "logging", flags: { debug: true }, counts: { level: "debug", debug: true } },
  {
    member: "path",
    environment: { PATH: "/opt/bin" },
    counts: "/opt/bin",
  },
];

for (const { member, counts, ...said } of PRECEDENCE) {
  test(`${JSON.stringify(said)} makes ${member} ${JSON.stringify(counts)}`, async (context) => {
    const { config } = await loaded(await homeFor(context), said);
    assert.deepEqual(config[member], counts);
  });
}

const SWITCHES = [
  "KUBIYA_OPA_ENFORCE",
  "KUBIYA_MCP_REQUIRE_AUTH",
  "KUBIYA_MCP_ENABLE_RUNNERS",
  "KUBIYA_MCP_ALLOW_PLATFORM_APIS",
  "KUBIYA_DEBUG",
];

for (const name of SWITCHES) {
  test(`${name} is true or false in any of its words, and nothing else`, async (context) => {
    const home = await homeFor(context);
    for (const word of ["true", "1", "yes", "on", "False", "0", "NO", "off", ""]) {
      await loaded(home, { environment: { [name]: word } });
    }
    for (const word of ["maybe", "2", " true", "enabled"]) {
      const [fault] = await faults(home, { environment: { [name]: word } });
      assert.deepEqual([fault?.path, fault?.field], ["environment", name]);
    }
  });
}

test("DEBUG belongs to other programs as well: a form of theirs warns and changes nothing", async (context) => {
  const { config, warnings } = await loaded(await homeFor(context), {
    environment: { DEBUG: "express:*" },
  });
  assert.deepEqual(config.logging, { level: "info", debug: false });
  assert.deepEqual(
    warnings.map(({ path, field }) => [path, field]),
    [["environment", "DEBUG"]],
  );
});

test("paths of the file start at the file, others where the program was started", async (context) => {
  const home = await homeFor(context);
  const file = { state_dir: "state", audit: { dir: "trail" } };
  const inFile = await loaded(home, { file });
  assert.deepEqual(
    [inFile.config.state_dir, inFile.config.audit.dir],
    [join(home, "state"), join(home, "trail")],
  );
  const environment = { KUBIYA_STATE_DIR: "~/elsewhere" };
  const outside = await loaded(home, { file: { state_dir: "state" }, environment });
  assert.deepEqual(
    [outside.config.state_dir, outside.config.audit.dir],
    [join(home, "elsewhere"), join(home, "elsewhere/audit")],
  );
});

test("sources of files start at the configuration file", async (context) => {
  const home = await homeFor(context);
  const files = [
    { path: "a", source: "a.txt" },
    { path: "b", content: "b" },
  ];
  const { config } = await loaded(home, {
    file: { whitelisted_tools: [{ name: "t", with_files: files }] },
  });
  assert.deepEqual(config.tools[0]?.with_files, [
    { path: "a", source: join(home, "a.txt") },
    { path: "b", content: "b" },
  ]);
});

test("a whitelist names what its texts name and what its objects define", async (context) => {
  const file = { whitelisted_tools: ["git", { name: "t", type: "shell" }] };
  const { config } = await loaded(await homeFor(context), { file });
  assert.deepEqual(config.whitelist, ["git", "t"]);
  assert.deepEqual(config.tools, [{ name: "t", type: "shell" }]);
});

test("names on the command line replace the whitelist; definitions of the same names stay", async (context) => {
  const file = { whitelisted_tools: ["git", { name: "t" }, { name: "u" }] };
  const { config } = await loaded(await homeFor(context), {
    file,
    flags: { whitelisted_tools: ["u", "x"] },
  });
  assert.deepEqual(config.whitelist, ["u", "x"]);
  assert.deepEqual(config.tools, [{ name: "u" }]);
});

test("a role that is called like a member of every object is a role like any other", async (context) => {
  const file = { roles: { constructor: { permissions: ["*"] }, toString: { permissions: [] } } };
  const { config } = await loaded(await homeFor(context), { file });
  assert.deepEqual(Object.keys(config.roles), ["constructor", "toString"]);
});

test("an external issuer has the page's claims where nothing else is said", async (context) => {
  const home = await homeFor(context);
  const jwt = { issuer: "https://i.example", audience: "kubiya" };
  const { config } = await loaded(home, { file: { jwt } });
  assert.deepEqual(config.jwt, { ...jwt, jwks_uri: null, user_claim: "sub", roles_claim: "roles" });
  assert.equal((await loaded(home, { file: {} })).config.jwt, null);
});

test("the address of a shared store cannot be printed", async (context) => {
  const home = await homeFor(context);
  const { config } = await loaded(home, {
    file: { store: { postgres: "postgresql://a:secret@db/k" } },
  });
  assert.equal(config.store.postgres?.reveal(), "postgresql://a:secret@db/k");
  assert.equal(JSON.stringify(config).includes("secret@"), false);
});
