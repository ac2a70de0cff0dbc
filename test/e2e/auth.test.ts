// What the product page says about keys, tokens and sessions, typed into a shell against the built program.

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { Client } from "@modelcontextprotocol/client";
import { GREET } from "../support/http.ts";
import { callText, configIn, connectTo, folderFor, type Ran, until } from "../support/server.ts";
import { DIST, shellIn } from "../support/shell.ts";

/** A shell in which `kubiya` has a configuration of its own. */
interface Shell {
  readonly folder: string;
  readonly sh: (script: string) => Promise<Ran>;
  /** An MCP client of `kubiya mcp serve --require-auth` in this environment. */
  readonly client: (environment: Readonly<Record<string, string>>) => Promise<Client>;
}

async function shellFor(context: TestContext): Promise<Shell> {
  const folder = await folderFor(context);
  const config = await configIn(folder, { whitelisted_tools: [GREET] });
  const { environment, sh } = await shellIn(folder);
  const own = { KUBIYA_CONFIG_FILE: config };
  return {
    folder,
    sh: (script) => sh(script, own),
    client: (credential) =>
      connectTo(context, {
        main: DIST,
        args: ["--require-auth"],
        env: { ...environment, ...own, ...credential },
      }),
  };
}

/** What a script makes and leaves in a variable. */
async function made({ sh }: Shell, command: string): Promise<{ secret: string; id: string }> {
  const { code, stdout, stderr } = await sh(command);
  assert.equal(code, 0, stderr);
  const secret = stdout.trim();
  return { secret, id: secret.slice(4, 20) };
}

async function greets(client: Client): Promise<void> {
  const { tools } = await client.listTools();
  assert.deepEqual(
    tools.map(({ name }) => name),
    ["greet"],
  );
  assert.deepEqual(await callText(client, "greet", { who: "ada" }), {
    text: "hello ada\n",
    isError: false,
  });
}

test("a key that a shell put into KUBIYA_API_KEY lists and calls, until it is revoked", async (context) => {
  const shell = await shellFor(context);
  const ran =
    await shell.sh(`export KUBIYA_API_KEY="$(kubiya auth key create --name ci --expires 30d)"
    kubiya auth status >&2
    printf %s "$KUBIYA_API_KEY"`);
  assert.equal(ran.code, 0);
  assert.match(ran.stdout, /^kbk_[0-9A-Za-z]{16}_[0-9A-Za-z]{49}$/);
  assert.match(ran.stderr, /holds +yes/);
  const client = await shell.client({ KUBIYA_API_KEY: ran.stdout });
  await greets(client);
  assert.equal((await shell.sh(`kubiya auth key revoke ${ran.stdout.slice(4, 20)}`)).code, 0);
  await assert.rejects(client.listTools(), /Token revoked/);
  await assert.rejects(callText(client, "greet", { who: "ada" }), /Token revoked/);
});

test("a temporary token in KUBIYA_AUTH_TOKEN is the caller, and dies with its key", async (context) => {
  const shell = await shellFor(context);
  const { secret: key, id } = await made(shell, "kubiya auth key create --name ci");
  const token = await made(shell, `KUBIYA_API_KEY=${key} kubiya auth token generate --expires 1h`);
  assert.match(token.secret, /^kbt_/);
  const client = await shell.client({ KUBIYA_API_KEY: key, KUBIYA_AUTH_TOKEN: token.secret });
  await greets(client);
  const other = await made(shell, `kubiya auth token generate --key ${id} --permission tools:list`);
  const reader = await shell.client({ KUBIYA_AUTH_TOKEN: other.secret });
  assert.equal((await reader.listTools()).tools.length, 1);
  await assert.rejects(callText(reader, "greet", { who: "ada" }), /Insufficient permissions/);
  await shell.sh(`kubiya auth token revoke ${token.id}`);
  await assert.rejects(client.listTools(), /Token revoked/);
  await shell.sh(`kubiya auth key revoke ${id}`);
  await assert.rejects(reader.listTools(), /Token revoked/);
});

test("a login is a credential of a session, which ends when it is told to", async (context) => {
  const shell = await shellFor(context);
  const { secret } = await made(
    shell,
    'export KUBIYA_API_KEY="$(kubiya auth key create --name ci)"; kubiya auth login',
  );
  const client = await shell.client({ KUBIYA_AUTH_TOKEN: secret });
  await greets(client);
  await shell.sh(`kubiya auth session end ${secret.slice(4, 20)}`);
  await assert.rejects(client.listTools(), /Session expired/);
});

test("a key that has expired lets nobody in", async (context) => {
  const shell = await shellFor(context);
  const { secret } = await made(shell, "kubiya auth key create --name brief --expires 1s");
  const status = `KUBIYA_API_KEY=${secret} kubiya auth status`;
  await until(async () => (await shell.sh(status)).code === 1, 15_000);
  assert.match((await shell.sh(status)).stderr, /^credential\.expired: /);
  const client = await shell.client({ KUBIYA_API_KEY: secret });
  await assert.rejects(client.listTools(), /Token expired/);
});

test("both keys work in the grace of a rotation; without one the old key ends at once", async (context) => {
  const shell = await shellFor(context);
  const first = await made(shell, "kubiya auth key create --name ci");
  const second = await made(shell, `kubiya auth key rotate ${first.id} --grace 1h`);
  for (const { secret } of [first, second])
    await greets(await shell.client({ KUBIYA_API_KEY: secret }));
  const third = await made(shell, `kubiya auth key rotate ${second.id} --grace 0`);
  await greets(await shell.client({ KUBIYA_API_KEY: third.secret }));
  const old = await shell.client({ KUBIYA_API_KEY: second.secret });
  await assert.rejects(old.listTools(), /Token expired/);
});

test("what is refused, unknown or mistyped says why on stderr, and stdout stays empty", async (context) => {
  const { sh } = await shellFor(context);
  for (const [command, code, says] of [
    ["auth key create --name ci --expires 366d", 1, /^keys\.lifetime_too_long: /],
    ["auth key create --name ci --role nobody", 1, /^roles\.unknown: /],
    ["auth key create --name ci --permission tools:lst", 2, /the nearest is tools:list/],
    ["auth key create --name ci --expires 30", 2, /as 90s, 15m, 1h, 30d/],
    ["auth key revoke old-key-id", 1, /kubiya auth key list/],
    ["auth token generate --expires 1h", 2, /set KUBIYA_API_KEY/],
    ["auth key creat", 2, /the nearest is 'kubiya auth key create'/],
  ] as const) {
    const ran = await sh(`kubiya ${command}`);
    assert.deepEqual([ran.code, ran.stdout], [code, ""], command);
    assert.match(ran.stderr, says);
  }
});

test("no file below the home has a secret, whatever was done with it", async (context) => {
  const shell = await shellFor(context);
  const key = await made(shell, "kubiya --debug auth key create --name ci");
  const token = await made(shell, `kubiya auth token generate --key ${key.id}`);
  const fresh = await made(shell, `kubiya auth key rotate ${key.id}`);
  await greets(await shell.client({ KUBIYA_API_KEY: key.secret, LOG_LEVEL: "debug" }));
  await shell.sh(`kubiya auth key revoke ${key.id}`);
  const names = await readdir(shell.folder, { recursive: true, withFileTypes: true });
  const files = names.filter((name) => name.isFile());
  const written = await Promise.all(
    files.map((file) => readFile(join(file.parentPath, file.name), "latin1")),
  );
  const all = written.join("\n");
  for (const { secret, id } of [key, token, fresh]) {
    assert.ok(all.includes(id));
    assert.equal(all.includes(secret.slice(21)), false);
  }
});
