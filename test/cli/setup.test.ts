// `kubiya mcp setup` as it is typed, in a home of its own: the real program, which starts the real server.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { cloudFor, json, OPERATORS_KEY, saysWho } from "../support/cloud.ts";
import { folderFor, kubiya, MAIN, type Ran, until } from "../support/server.ts";

interface Home {
  readonly folder: string;
  readonly config: string;
  readonly setup: (...args: readonly string[]) => Promise<Ran>;
  readonly put: (path: string, text: string) => Promise<string>;
}

async function homeFor(context: TestContext): Promise<Home> {
  const folder = await folderFor(context);
  return {
    folder,
    config: join(folder, ".kubiya", "mcp-server.json"),
    setup: (...args) =>
      kubiya(["mcp", "setup", ...args], {
        env: { HOME: folder, XDG_CONFIG_HOME: "", CLAUDE_CONFIG_DIR: "" },
      }),
    put: async (path, text) => {
      const file = join(folder, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
      return file;
    },
  };
}

const CURSOR = ".cursor/mcp.json";
const VS_CODE = ".config/Code/User/mcp.json";
const COMMENTED = '{\n  // mine\n  "servers": {\n    "a": { "command": "x" }, // tail\n  },\n}\n';
const SERVE = { command: process.execPath, args: [MAIN, "mcp", "serve"] };

/** All files of a home and what is in them, but for the server's own state. */
async function filesIn(folder: string): Promise<ReadonlyMap<string, string>> {
  const names = await readdir(folder, { recursive: true });
  const files = new Map<string, string>();
  for (const name of names.filter((one) => !one.startsWith(".kubiya/mcp/")).toSorted()) {
    const path = join(folder, name);
    if ((await stat(path)).isFile()) files.set(name, await readFile(path, "utf8"));
  }
  return files;
}

test("--yes writes a configuration for its owner alone, tries the server, and says what to do next", async (context) => {
  const { setup, config } = await homeFor(context);
  const ran = await setup("--yes");
  assert.equal(ran.code, 0, ran.stderr);
  assert.equal((await stat(config)).mode & 0o777, 0o600);
  assert.equal((await stat(dirname(config))).mode & 0o777, 0o700);
  assert.match(ran.stdout, /the server starts, and lists hello/);
  assert.match(ran.stdout, /next\n.*kubiya mcp validate/s);
});

test("what it wrote is what a client needs: the entry connects one, which calls the example", async (context) => {
  const { folder, setup, put } = await homeFor(context);
  const file = await put(CURSOR, "{}");
  assert.equal((await setup("--yes")).code, 0);
  const { command, args } = JSON.parse(await readFile(file, "utf8")).mcpServers.kubiya;
  const client = new Client({ name: "test", version: "1" });
  await client.connect(
    new StdioClientTransport({ command, args, env: { HOME: folder }, stderr: "ignore" }),
  );
  context.after(() => client.close());
  const { content } = await client.callTool({ name: "hello", arguments: { name: "ada" } });
  assert.deepEqual(content, [{ type: "text", text: "hello ada\n" }]);
});

test("clients whose file is there are told, each in its own words; a copy is kept, and nobody else is touched", async (context) => {
  const { folder, setup, put } = await homeFor(context);
  const cursor = await put(CURSOR, '{"mcpServers": {"a": {"command": "x"}}}');
  await chmod(cursor, 0o640);
  const code = await put(VS_CODE, COMMENTED);
  const ran = await setup("--yes", "--json");
  assert.equal(ran.code, 0, ran.stderr);
  const { clients, tools } = JSON.parse(ran.stdout);
  assert.deepEqual(tools, ["hello"]);
  assert.deepEqual(
    clients.map(({ client, path, is }: Record<string, string>) => [client, path, is]),
    [
      ["cursor", cursor, "changed"],
      ["vs-code", code, "changed"],
    ],
  );
  assert.deepEqual(JSON.parse(await readFile(cursor, "utf8")), {
    mcpServers: { a: { command: "x" }, kubiya: SERVE },
  });
  assert.equal((await stat(cursor)).mode & 0o777, 0o640);
  const text = await readFile(code, "utf8");
  for (const kept of ["// mine", "// tail", '"command": "x"', '"type": "stdio"']) {
    assert.ok(text.includes(kept), kept);
  }
  assert.equal(await readFile(clients[1].copy, "utf8"), COMMENTED);
  assert.equal((await stat(clients[0].copy)).mode & 0o777, 0o640);
  assert.match(ran.stderr, /\+ {3}"command"/);
  assert.equal(existsSync(join(folder, ".claude.json")), false);
});

test("run twice, the second time changes nothing", async (context) => {
  const { folder, setup, put } = await homeFor(context);
  await put(CURSOR, "{}");
  await put(VS_CODE, COMMENTED);
  assert.equal((await setup("--yes")).code, 0);
  const before = await filesIn(folder);
  const again = await setup("--yes", "--json");
  assert.equal(again.code, 0, again.stderr);
  assert.deepEqual(await filesIn(folder), before);
  const told = JSON.parse(again.stdout);
  assert.equal(told.config.is, "kept");
  assert.deepEqual(
    told.clients.map(({ is }: Record<string, string>) => is),
    ["same", "same"],
  );
});

test("a client's file that is broken is not touched, and its line is named", async (context) => {
  const { setup, put } = await homeFor(context);
  const broken = '{\n  "mcpServers": {\n    oops\n  }\n}\n';
  const file = await put(CURSOR, broken);
  const code = await put(VS_CODE, "{}");
  const ran = await setup("--yes");
  assert.equal(ran.code, 1);
  assert.ok(ran.stderr.includes(`${file}:3: is not JSON`), ran.stderr);
  assert.equal(await readFile(file, "utf8"), broken);
  // The others are told all the same.
  assert.match(await readFile(code, "utf8"), /"kubiya"/);
  assert.deepEqual(await readdir(dirname(file)), ["mcp.json"]);
});

test("a file that is a link stays one, and what it leads to is changed", async (context) => {
  const { folder, setup, put } = await homeFor(context);
  const real = await put("dotfiles/cursor.json", "{}");
  await mkdir(join(folder, ".cursor"));
  await symlink(real, join(folder, CURSOR));
  assert.equal((await setup("--yes")).code, 0);
  assert.ok((await lstat(join(folder, CURSOR))).isSymbolicLink());
  assert.match(await readFile(real, "utf8"), /"kubiya"/);
});

test("a client that is named is told alone, and its file is made where it has a folder", async (context) => {
  const { folder, setup, put } = await homeFor(context);
  await put(VS_CODE, "{}");
  await mkdir(join(folder, ".cursor"));
  const ran = await setup("--yes", "--client", "cursor", "--client", "claude-desktop");
  assert.equal(ran.code, 1);
  assert.match(ran.stderr, /Claude Desktop is not here/);
  const made = JSON.parse(await readFile(join(folder, CURSOR), "utf8"));
  assert.deepEqual(made, { mcpServers: { kubiya: SERVE } });
  assert.equal((await stat(join(folder, CURSOR))).mode & 0o777, 0o600);
  assert.equal(await readFile(join(folder, VS_CODE), "utf8"), "{}");
  assert.equal(existsSync(join(folder, ".config", "Claude")), false);
});

test("--client none tells nobody", async (context) => {
  const { folder, setup, put } = await homeFor(context);
  await put(CURSOR, "{}");
  assert.equal((await setup("--yes", "--client", "none")).code, 0);
  assert.equal(await readFile(join(folder, CURSOR), "utf8"), "{}");
});

test("a configuration that is there stays; --force replaces it and keeps a copy for its owner alone", async (context) => {
  const { config, setup, put } = await homeFor(context);
  const own = '{"whitelisted_tools": [], "api_key": ""}\n'.replace(', "api_key": ""', "");
  await put(".kubiya/mcp-server.json", own);
  await chmod(config, 0o644);
  assert.equal((await setup("--yes")).code, 0);
  assert.equal(await readFile(config, "utf8"), own);
  const other = await setup("--yes", "--require-auth");
  assert.deepEqual([other.code, other.stdout], [1, ""]);
  assert.match(other.stderr, /is there already, and is another; --force/);
  assert.equal(await readFile(config, "utf8"), own);
  assert.equal((await setup("--yes", "--force")).code, 0);
  assert.match(await readFile(config, "utf8"), /hello/);
  assert.equal((await stat(config)).mode & 0o777, 0o600);
  const copies = (await readdir(dirname(config))).filter((name) => name.endsWith(".bak"));
  assert.equal(copies.length, 1);
  const copy = join(dirname(config), copies[0] ?? "");
  assert.equal(await readFile(copy, "utf8"), own);
  assert.equal((await stat(copy)).mode & 0o777, 0o600);
});

test("a configuration that cannot be used ends it before any client is told", async (context) => {
  const { folder, setup, put } = await homeFor(context);
  await put(".kubiya/mcp-server.json", '{"api_kee": "x"}');
  await put(CURSOR, "{}");
  const ran = await setup("--yes");
  assert.deepEqual([ran.code, ran.stdout], [3, ""]);
  assert.match(ran.stderr, /api_kee.*did you mean api_key/);
  assert.equal(await readFile(join(folder, CURSOR), "utf8"), "{}");
});

test("a server that lets nobody in ends it with the way to a key, which then works", async (context) => {
  const { folder, setup, put } = await homeFor(context);
  const file = await put(CURSOR, "{}");
  const ran = await setup("--yes", "--require-auth");
  assert.deepEqual([ran.code, ran.stdout], [1, ""]);
  assert.match(ran.stderr, /does not list its tools: Authentication failed/);
  assert.match(ran.stderr, /kubiya mcp setup --api-key-file/);
  assert.doesNotMatch(await readFile(file, "utf8"), /command/);
  const made = await kubiya(["auth", "key", "create", "--name", "me"], { env: { HOME: folder } });
  const key = await put("key", made.stdout);
  await chmod(key, 0o600);
  const again = await setup("--yes", "--api-key-file", key);
  assert.equal(again.code, 0, again.stderr);
  // The client is told of the file: the key itself stands nowhere else.
  const text = await readFile(file, "utf8");
  assert.deepEqual(JSON.parse(text).mcpServers.kubiya.env, { KUBIYA_API_KEY_FILE: key });
  const secret = made.stdout.trim();
  assert.ok(secret.startsWith("kbk_"));
  for (const [name, content] of await filesIn(folder)) {
    if (name !== "key") assert.ok(!content.includes(secret), name);
  }
  assert.ok(!(again.stdout + again.stderr).includes(secret));
});

/** A configuration whose key is the cloud's. */
const ofCloud = (url: string, more: object = {}): string =>
  JSON.stringify({ api_key: OPERATORS_KEY, kubiya: { base_url: url }, ...more });

test("a cloud that takes its time to know the key is waited for", async (context) => {
  const { setup, put } = await homeFor(context);
  const cloud = await cloudFor(context);
  cloud.always((request, response) => {
    void wait(1_500).then(() => {
      if (!saysWho(request, response)) json(response, 404, {});
    });
  });
  await put(".kubiya/mcp-server.json", ofCloud(cloud.url));
  const ran = await setup("--yes", "--client", "none");
  assert.equal(ran.code, 0, ran.stderr);
  assert.match(ran.stdout, /the server starts, and lists /);
});

test("a cloud that cannot be reached ends it with that reason and the way on, before any client is told", async (context) => {
  const { folder, setup, put } = await homeFor(context);
  await put(".kubiya/mcp-server.json", ofCloud("http://127.0.0.1:9"));
  await put(CURSOR, "{}");
  const ran = await setup("--yes");
  assert.deepEqual([ran.code, ran.stdout], [4, ""]);
  assert.match(ran.stderr, /does not list its tools: .*credential cannot be verified now/);
  assert.match(ran.stderr, /credential\.unverifiable/);
  assert.match(ran.stderr, /127\.0\.0\.1:9 cannot be reached: ECONNREFUSED/);
  assert.match(ran.stderr, /kubiya mcp doctor/);
  assert.equal(await readFile(join(folder, CURSOR), "utf8"), "{}");
});

test("a key that is refused ends it with the command that takes another, each time", async (context) => {
  const { folder, config, setup, put } = await homeFor(context);
  await put(".kubiya/mcp-server.json", '{"api_key": "kbk_0123456789abcdef_mistyped"}');
  await put(CURSOR, "{}");
  for (const args of [["--yes"], ["--yes", "--client", "none"]]) {
    const ran = await setup(...args);
    assert.deepEqual([ran.code, ran.stdout], [1, ""]);
    assert.ok(ran.stderr.includes(`the api_key of ${config} is refused`), ran.stderr);
    assert.match(ran.stderr, /^ {2}kubiya mcp setup --force$/m);
  }
  assert.equal(await readFile(join(folder, CURSOR), "utf8"), "{}");
});

test("a key that is refused is named by where it stands: another file of it, another configuration", async (context) => {
  const { folder, setup, put } = await homeFor(context);
  const key = await put("key", "kbk_0123456789abcdef_mistyped");
  await chmod(key, 0o600);
  const ran = await setup("--yes", "--api-key-file", key);
  assert.equal(ran.code, 1);
  assert.ok(ran.stderr.includes(`the key in ${key} is refused`), ran.stderr);
  assert.doesNotMatch(ran.stderr, /setup --force/);
  const other = await put("else where.json", '{"api_key": "kbk_0123456789abcdef_mistyped"}');
  const named = await setup("--yes", "--config", other);
  assert.equal(named.code, 1);
  assert.ok(named.stderr.includes(`setup --force --config '${join(folder, "else where.json")}'`));
});

test("a server that ends by itself ends it with its exit code and what it said", async (context) => {
  const { folder, setup, put } = await homeFor(context);
  await put(".kubiya/mcp-server.json", "{}");
  await put(".kubiya/mcp", "no folder");
  await put(CURSOR, "{}");
  const ran = await setup("--yes");
  assert.notEqual(ran.code, 0);
  assert.match(ran.stderr, /the server ended with exit code \d, and said:\n.+/);
  assert.equal(await readFile(join(folder, CURSOR), "utf8"), "{}");
});

test("an entry that has a key of its own is not given another, and shows none", async (context) => {
  const { folder, setup, put } = await homeFor(context);
  const own = '{"mcpServers": {"kubiya": {"env": {"KUBIYA_API_KEY": "canary", "B": "canary"}}}}';
  const file = await put(CURSOR, own);
  const made = await kubiya(["auth", "key", "create", "--name", "me"], { env: { HOME: folder } });
  const ran = await setup("--yes", "--api-key-file", await put("key", made.stdout));
  assert.equal(ran.code, 1);
  assert.match(ran.stderr, /KUBIYA_API_KEY is there as well; take it out/);
  assert.equal(await readFile(file, "utf8"), own);
  const kept = await setup("--yes", "--force");
  assert.equal(kept.code, 0, kept.stderr);
  const { env } = JSON.parse(await readFile(file, "utf8")).mcpServers.kubiya;
  assert.deepEqual(env, { KUBIYA_API_KEY: "canary", B: "canary" });
  assert.doesNotMatch(ran.stderr + kept.stderr + kept.stdout, /canary/);
});

test("another place of the configuration is what the client is told of", async (context) => {
  const { folder, setup, put } = await homeFor(context);
  const file = await put(CURSOR, "{}");
  const config = join(folder, "elsewhere", "company.json");
  assert.equal((await setup("--yes", "--config", config)).code, 0);
  const { args } = JSON.parse(await readFile(file, "utf8")).mcpServers.kubiya;
  assert.deepEqual(args, [...SERVE.args, "--config", config]);
});

test("where a configuration serves over HTTP no client is told to start it", async (context) => {
  const { folder, setup, put } = await homeFor(context);
  await put(".kubiya/mcp-server.json", '{"http": {"port": 0}}');
  await put(CURSOR, "{}");
  const ran = await setup("--yes");
  assert.equal(ran.code, 0);
  assert.match(ran.stdout, /serves over HTTP/);
  assert.equal(await readFile(join(folder, CURSOR), "utf8"), "{}");
});

test("without a terminal and without --yes nothing is written", async (context) => {
  const { folder, setup } = await homeFor(context);
  const ran = await setup();
  assert.deepEqual([ran.code, ran.stdout], [2, ""]);
  assert.match(ran.stderr, /--yes/);
  assert.deepEqual(await readdir(folder), []);
});

/** The program at a terminal: each prompt that is shown is answered once, in turn. */
async function atTerminal(folder: string, answers: readonly (readonly [RegExp, string])[]) {
  const command = `'${process.execPath}' '${MAIN}' mcp setup`;
  const child = spawn("script", ["-qec", command, "/dev/null"], {
    env: { PATH: process.env["PATH"], HOME: folder, TERM: "dumb" },
  });
  let shown = "";
  let seen = 0;
  child.stdout.on("data", (chunk) => (shown += String(chunk)));
  const ended = new Promise<number | null>((end) => {
    child.once("close", end);
  });
  for (const [prompt, answer] of answers) {
    await until(() => prompt.test(shown.slice(seen)) || child.exitCode !== null, 30_000);
    assert.match(shown.slice(seen), prompt);
    seen = shown.length;
    child.stdin.write(answer);
  }
  const code = await ended;
  return { code, shown };
}

const HAS_SCRIPT = spawnSync("script", ["-qec", "true", "/dev/null"]).status === 0;

test(
  "at a terminal it asks: a key is not shown and kept in the configuration, a client that is not wanted stays as it is",
  { skip: !HAS_SCRIPT && "there is no `script` of util-linux to make a terminal" },
  async (context) => {
    const { folder, config, put } = await homeFor(context);
    await put(CURSOR, "{}");
    await put(VS_CODE, COMMENTED);
    const made = await kubiya(["auth", "key", "create", "--name", "me"], { env: { HOME: folder } });
    const key = made.stdout.trim();
    const { code, shown } = await atTerminal(folder, [
      [/example tool.*\[Y\/n\] $/, "maybe\r"],
      [/example tool.*\[Y\/n\] $/, "\r"],
      [/present a credential\? \[y\/N\] $/, "y\r"],
      [/API key.*: $/, `${key}\r`],
      [/Write this for Cursor\? \[Y\/n\] $/, "n\r"],
      [/Write this for VS Code\? \[Y\/n\] $/, "yes\r"],
    ]);
    assert.equal(code, 0, shown);
    assert.ok(!shown.includes(key.slice(0, 30)), "the key was shown");
    const written = JSON.parse(await readFile(config, "utf8"));
    assert.deepEqual([written.api_key, written.require_auth], [key, true]);
    assert.equal(await readFile(join(folder, CURSOR), "utf8"), "{}");
    const told = await readFile(join(folder, VS_CODE), "utf8");
    assert.match(told, /"kubiya"/);
    assert.ok(!told.includes(key));
  },
);

test(
  "who leaves in the middle of the questions leaves nothing behind",
  { skip: !HAS_SCRIPT && "there is no `script` of util-linux to make a terminal" },
  async (context) => {
    const { folder } = await homeFor(context);
    const { code, shown } = await atTerminal(folder, [
      [/example tool/, "\r"],
      [/present a credential/, "\u0003"],
    ]);
    assert.equal(code, 1);
    assert.match(shown, /ended before everything was answered/);
    assert.deepEqual(await readdir(folder), []);
  },
);
