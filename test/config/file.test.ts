import assert from "node:assert/strict";
import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { createLoadConfig } from "../../src/config/load.ts";
import { faults, homeFor, load, loaded } from "./world.ts";

test("without the default file the defaults count", async (context) => {
  const home = await homeFor(context);
  const { config, warnings } = await loaded(home, {});
  const { environment: _, ...shown } = config;
  assert.deepEqual(warnings, []);
  assert.deepEqual(shown, {
    file: null,
    config_path: join(home, ".kubiya/mcp-server.json"),
    state_dir: join(home, ".kubiya/mcp"),
    caller_credential: null,
    caller_credential_from: null,
    api_key: null,
    require_auth: false,
    session_timeout: 1800,
    production: false,
    enable_runners: true,
    allowed_runners: null,
    default_runner: "local",
    allow_platform_apis: false,
    whitelist: null,
    tools: [],
    roles: {},
    allowed_ips: null,
    container_engine: "auto",
    policies: { enabled: false },
    limits: {
      tool_timeout: 300,
      max_response_size: 51_200,
      max_tools_in_response: 50,
      default_page_size: 20,
      rate: null,
    },
    logging: { level: "info", debug: false },
    audit: {
      dir: join(home, ".kubiya/mcp/audit"),
      max_file_bytes: 67_108_864,
      retention_days: null,
      checkpoint_key: null,
    },
    jwt: null,
    kubiya: null,
    proxies: { http: null, https: null, none: null },
    alerts: null,
    store: { postgres: null },
    mcpServers: [],
    mcpServerNames: [],
    http: {
      host: "127.0.0.1",
      port: null,
      public_url: null,
      tls: null,
      allowed_hosts: [],
      allowed_origins: [],
      trusted_proxies: [],
    },
    path: "/usr/local/bin:/usr/bin:/bin",
  });
});

test("the default file is read where it is", async (context) => {
  const home = await homeFor(context);
  await mkdir(join(home, ".kubiya"));
  const path = join(home, ".kubiya/mcp-server.json");
  await writeFile(path, '\uFEFF{"session_timeout": 60}');
  const { config } = await loaded(home, {});
  assert.deepEqual([config.file, config.session_timeout], [path, 60]);
});

test("a default file that is wrong is refused, and not taken for missing", async (context) => {
  const home = await homeFor(context);
  await mkdir(join(home, ".kubiya/mcp-server.json"), { recursive: true });
  const [fault] = await faults(home, {});
  assert.equal(fault?.message, "the file cannot be read: it is a directory");
});

test("a file that was named must be there", async (context) => {
  const home = await homeFor(context);
  for (const said of [
    { flags: { config: "nope.json" } },
    { environment: { KUBIYA_CONFIG_FILE: "nope.json" } },
  ]) {
    assert.deepEqual(await faults(home, said), [
      {
        path: join(home, "nope.json"),
        field: "",
        message: "the file is not there",
        mend: "correct the path, or create it",
      },
    ]);
  }
});

test("a file that may not be read is a fault", async (context) => {
  const home = await homeFor(context);
  const path = join(home, "closed.json");
  await writeFile(path, "{}");
  await chmod(path, 0o000);
  const root = process.geteuid?.() === 0;
  // Root may read everything: nobody else may.
  if (root) process.seteuid?.(65_534);
  context.after(() => (root ? process.seteuid?.(0) : undefined));
  const found = await faults(home, { flags: { config: path } });
  if (root) process.seteuid?.(0);
  assert.deepEqual(
    found.map(({ message }) => message),
    ["the file cannot be read: permission denied"],
  );
});

test("a file without an end is not read to it", async (context) => {
  const home = await homeFor(context);
  const [fault] = await faults(home, { flags: { config: "/dev/zero" } });
  assert.equal(fault?.message, "the file cannot be read: it is over 4 MiB");
});

test("what is not JSON is refused with line and column", async (context) => {
  const home = await homeFor(context);
  const file = '{\n  "require_auth": true,\n  "session_timeout": soon\n}';
  assert.deepEqual(await faults(home, { file }), [
    {
      path: `${join(home, "config.json")}:3`,
      field: "",
      message: "is not JSON from line 3, column 22",
      mend: "correct it there: a comma, a quote, a bracket",
    },
  ]);
});

test("a file that is cut, or empty, ends too early", async (context) => {
  const home = await homeFor(context);
  for (const file of ["", "  \n", '{"require_auth": ']) {
    const [fault] = await faults(home, { file });
    assert.match(String(fault?.message), /it ends too early$/);
  }
});

test("a field that is there twice is refused: the second would silently win", async (context) => {
  const home = await homeFor(context);
  const file = '{"allowed_ips": ["10.0.0.0/8"],\n "allowed_ips": ["0.0.0.0/0"]}';
  const found = await faults(home, { file });
  assert.deepEqual(
    found.map(({ path, field, message }) => [path, field, message]),
    [[`${join(home, "config.json")}:2`, "allowed_ips", "is there twice"]],
  );
});

const PROTOTYPES: readonly (readonly [string, string])[] = [
  ['{"__proto__": {"require_auth": true}}', "__proto__"],
  ['{"roles": {"__proto__": {"permissions": ["*"]}}}', "roles.__proto__"],
  ['{"mcpServers": {"__proto__": {}}}', "mcpServers.__proto__"],
  ['{"whitelisted_tools": [{"name": "a", "__proto__": {}}]}', "whitelisted_tools[0].__proto__"],
  ['{"constructor": {}}', "constructor"],
];

for (const [file, field] of PROTOTYPES) {
  test(`${field} is no name that slips through`, async (context) => {
    const home = await homeFor(context);
    const found = await faults(home, { file });
    assert.ok(
      found.some((fault) => fault.field === field),
      JSON.stringify(found),
    );
    assert.equal(Object.hasOwn(Object.prototype, "require_auth"), false);
  });
}

for (const file of ["[]", "null", "3", '"text"']) {
  test(`a file that is ${file} is no configuration`, async (context) => {
    const home = await homeFor(context);
    const [fault] = await faults(home, { file });
    assert.match(String(fault?.message), /^must be an object, and is /);
  });
}

test("a thousand levels of nesting are a fault, not a crash", async (context) => {
  const home = await homeFor(context);
  const file = `${'{"roles":'.repeat(1000)}1${"}".repeat(1000)}`;
  assert.equal((await load(home, { file })).ok, false);
});

test("the configuration is read anew each time", async (context) => {
  const home = await homeFor(context);
  const first = await loaded(home, { file: { session_timeout: 1 } });
  const second = await loaded(home, { file: { session_timeout: 2 } });
  assert.deepEqual([first.config.session_timeout, second.config.session_timeout], [1, 2]);
});

test("a default file that was there and goes is a fault, and opens nothing that it had closed", async (context) => {
  const home = await homeFor(context);
  const path = join(home, ".kubiya/mcp-server.json");
  const reload = createLoadConfig({}, { environment: {}, home, cwd: home });
  const requiresAuth = async (): Promise<unknown> => {
    const outcome = await reload();
    return outcome.ok
      ? outcome.value.config.require_auth
      : outcome.failure.map((fault) => [fault.path, fault.message]);
  };
  assert.equal(await requiresAuth(), false);
  await mkdir(join(home, ".kubiya"));
  await writeFile(path, '{"require_auth": true}');
  assert.equal(await requiresAuth(), true);
  await rm(path);
  assert.deepEqual(await requiresAuth(), [[path, "the file is not there"]]);
  await writeFile(path, '{"require_auth": true}');
  assert.equal(await requiresAuth(), true);
});
