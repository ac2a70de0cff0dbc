import assert from "node:assert/strict";
import { test } from "node:test";
import { COMMANDS } from "../../src/cli/table.ts";
import { run } from "./host.ts";

test("--version answers the version alone, before and after a command", async () => {
  for (const argv of [["--version"], ["mcp", "--version"], ["mcp", "serve", "--version"]]) {
    const ran = await run(argv);
    assert.deepEqual([ran.code, ran.stdout, ran.stderr, ran.served], [0, "1.2.3\n", "", 0]);
  }
});

for (const { name, summary, options } of COMMANDS) {
  test(`${name} --help says what it is for and every option, and does nothing`, async () => {
    const ran = await run([...name.split(" "), "--help"]);
    assert.deepEqual([ran.code, ran.stderr, ran.served, ran.flags], [0, "", 0, []]);
    const told = ran.stdout.replaceAll(/\s+/g, " ");
    assert.ok(told.includes(summary), told);
    for (const { flags } of options) assert.ok(told.includes(flags), flags);
    for (const flag of ["--config", "--debug", "--json", "--version", "--help"]) {
      assert.ok(told.includes(flag), flag);
    }
  });
}

test("--help of the program names the exit codes and the groups", async () => {
  const { code, stdout } = await run(["--help"]);
  assert.equal(code, 0);
  for (const word of ["Exit codes", "mcp", "auth", "policy"]) assert.ok(stdout.includes(word));
});

test("help has no colour", async () => {
  const { stdout } = await run(["policy", "eval", "--help"]);
  assert.equal(stdout.includes("\u001B"), false);
});

const UNKNOWN: readonly (readonly [readonly string[], RegExp])[] = [
  [["serv"], /unknown command 'serv'; the nearest is 'kubiya mcp serve'/],
  [["polcy", "eval"], /the nearest is 'kubiya policy'/],
  [["mcp", "serv"], /the nearest is 'kubiya mcp serve'/],
  [["mcp", "vlaidate"], /the nearest is 'kubiya mcp validate'/],
  [["mcp", "eval"], /the nearest is 'kubiya policy eval'/],
  [["policy", "biuld"], /the nearest is 'kubiya policy build'/],
  [["auth", "stauts"], /the nearest is 'kubiya auth status'/],
  [["auth", "kye", "list"], /the nearest is 'kubiya auth key'/],
  [
    ["auth", "key", "creat"],
    /unknown command 'auth key creat'; the nearest is 'kubiya auth key create'/,
  ],
  [["auth", "token", "lst"], /the nearest is 'kubiya auth token list'/],
  [["key", "create"], /the nearest is 'kubiya auth key'/],
  [["auth", "key", "revoke"], /missing required argument 'id'/],
  [["auth", "key", "revoke", "a", "b"], /too many arguments/],
  [
    ["auth", "key", "create", "--allowed-ips", "x"],
    /unknown option '--allowed-ips'[\s\S]*--allowed-ip/,
  ],
  [["mcp", "serve", "--polices", "x"], /unknown option '--polices'[\s\S]*--policies/],
  [["policy", "eval", "--tol", "x"], /unknown option '--tol'[\s\S]*--tool/],
  [["--jsn", "mcp", "validate"], /unknown option '--jsn'[\s\S]*--json/],
  [["mcp", "serve", "extra"], /too many arguments/],
  [["mcp", "validate", "--config"], /argument missing/],
];

for (const [argv, says] of UNKNOWN) {
  test(`${argv.join(" ")} is refused, names the nearest, and does nothing`, async () => {
    const ran = await run(argv);
    assert.deepEqual([ran.code, ran.stdout, ran.served, ran.flags], [2, "", 0, []]);
    assert.match(ran.stderr, says);
  });
}

const BAD_VALUES: readonly (readonly [readonly string[], RegExp])[] = [
  [["mcp", "serve", "--session-timeout", "soon"], /whole number of seconds/],
  [["mcp", "serve", "--session-timeout", "0"], /whole number of seconds/],
  [["mcp", "serve", "--session-timeout", "1.5"], /whole number of seconds/],
  [["mcp", "serve", "--session-timeout=-1"], /whole number of seconds/],
  [["mcp", "serve", "--allowed-runners", "a*b"], /\* may only stand at the end/],
  [["mcp", "serve", "--allowed-runners", "a,*b"], /\* may only stand at the end/],
  [["mcp", "serve", "--port", "http"], /number from 0 to 65535/],
  [["mcp", "serve", "--port", "65536"], /number from 0 to 65535/],
];

for (const [argv, says] of BAD_VALUES) {
  test(`${argv.join(" ")} is a wrong command line, and serves nothing`, async () => {
    const ran = await run(argv);
    assert.deepEqual([ran.code, ran.stdout, ran.served], [2, "", 0]);
    assert.match(ran.stderr, says);
  });
}

test("a command line without a command says what there is", async () => {
  for (const argv of [[], ["mcp"], ["policy"], ["auth"], ["auth", "key"]]) {
    const ran = await run(argv);
    assert.deepEqual([ran.code, ran.stdout], [2, ""]);
    assert.match(ran.stderr, /Usage: kubiya/);
  }
});

test("--config, --debug and --json are the same before and after the command", async () => {
  for (const argv of [
    ["--config", "F", "--debug", "--json", "mcp", "validate"],
    ["mcp", "--config", "F", "--debug", "--json", "validate"],
    ["mcp", "validate", "--config", "F", "--debug", "--json"],
    ["--debug", "mcp", "--json", "validate", "--config=F"],
  ]) {
    const ran = await run(argv);
    assert.deepEqual([ran.flags[0]?.config, ran.flags[0]?.debug], ["F", true], argv.join(" "));
    assert.equal(JSON.parse(ran.stdout).valid, true);
  }
});

test("every flag of `mcp serve` reaches the configuration", async () => {
  const ran = await run([
    ...["mcp", "serve", "--config", "F", "--require-auth", "--production"],
    ...["--session-timeout", "3600", "--enable-opa-policies", "--policies", "P"],
    ...["--disable-runners", "--allowed-runners", "runner1, runner2*", "--whitelist-tools", "a,b"],
    ...["--allow-platform-apis", "--verbose", "--debug"],
    ...["--port", "0", "--host", "::1", "--insecure-http"],
  ]);
  assert.deepEqual([ran.code, ran.served, ran.stdout, ran.stderr], [0, 1, "", ""]);
  assert.deepEqual(ran.flags, [
    {
      config: "F",
      require_auth: true,
      production: true,
      session_timeout: 3600,
      enable_opa_policies: true,
      policies: "P",
      enable_runners: false,
      allowed_runners: ["runner1", "runner2*"],
      whitelisted_tools: ["a", "b"],
      allow_platform_apis: true,
      host: "::1",
      port: 0,
      insecure_http: true,
      verbose: true,
      debug: true,
    },
  ]);
});

test("flags that are not given say nothing", async () => {
  const { flags } = await run(["mcp", "serve"]);
  assert.deepEqual(
    Object.values(flags[0] ?? {}).filter((value) => value !== undefined),
    [],
  );
});

test("an empty list on the command line is an empty list, and disabling wins over allowing", async () => {
  const { flags } = await run([
    ...["mcp", "serve", "--whitelist-tools", "", "--allowed-runners", ""],
    ...["--allow-platform-apis", "--disable-platform-apis"],
  ]);
  assert.deepEqual(
    [flags[0]?.whitelisted_tools, flags[0]?.allowed_runners, flags[0]?.allow_platform_apis],
    [[], [], false],
  );
});

test("commands that there are not are wrong command lines", async () => {
  for (const argv of [
    ["auth", "whoami"],
    ["policy", "shadow"],
  ]) {
    assert.equal((await run(argv)).code, 2);
  }
});
