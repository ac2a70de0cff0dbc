// Real servers, and a receiver that is as bad as receivers are.

import assert from "node:assert/strict";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { Webhook } from "standardwebhooks";
import { type Listening, listen } from "../support/http.ts";
import { idOf, keyIn, withKeyring } from "../support/keys.ts";
import { closedPort } from "../support/loopback.ts";
import { type Message, receiver } from "../support/receiver.ts";
import { configIn, folderFor, kubiya, recordsIn, until } from "../support/server.ts";

const SECRET = `whsec_${Buffer.alloc(32, "canary").toString("base64")}`;

const METHODS = { list: "tools/list", call: "tools/call" } as const;

/** A credential, and where it comes from. */
type Caller = readonly [credential: string, from: string];

/** Asks as a modern client does, for a list or for a call, and gives the status. */
async function ask(
  { url }: Listening,
  [credential, from]: Caller,
  who: string | null = null,
): Promise<number> {
  const method = who === null ? METHODS.list : METHODS.call;
  const meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": { name: "new", version: "2" },
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const call = who === null ? {} : { name: "greet", arguments: { who } };
  const answer = await fetch(`${url}/mcp`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      authorization: `Bearer ${credential}`,
      "x-forwarded-for": from,
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": method,
      ...(who !== null && { "mcp-name": "greet" }),
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params: { ...call, _meta: meta } }),
  });
  await answer.text();
  return answer.status;
}

async function times(count: number, work: (at: number) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < count; at += 1) await work(at);
}

/** `type key` of what was taken, each verified as a receiver would. */
function told(messages: readonly Message[]): readonly string[] {
  return messages
    .map(({ headers, body }) => {
      new Webhook(SECRET).verify(body, { ...headers });
      const { type, data } = JSON.parse(body);
      return `${type} ${data.key}`;
    })
    .toSorted();
}

/** How many failed authentications were counted only, and how many requests waited. */
function summed(
  records: readonly Readonly<Record<string, unknown>>[],
): readonly [unrecorded: number, throttled: number] {
  const counts = records
    .filter(({ action }) => action === "authentication")
    .map(({ parameters }) => Object(parameters));
  return [
    counts.reduce((sum, { unrecorded }) => sum + Number(unrecorded), 0),
    counts.reduce((sum, { throttled }) => sum + Number(throttled), 0),
  ];
}

const POLICY = `package custom

default decision := {}

decision := {"oblige": [{"kind": "notify", "channel": "security"}]} if input.arguments.who == "notify"

decision := {"deny": "nonsense"} if input.arguments.who == "nonsense"
`;
const UNKNOWN = "kbk_nobody";
const PUBLIC_KEY = "checkpoint.pub.pem";
const DAMAGED = "0197a0b0-0000-7000-8000-00000000000a";

test("each kind of trouble is told once, by a server whose receiver fails at first", async (context) => {
  const folder = await folderFor(context);
  const state = join(folder, "state");
  const policies = join(folder, "policies");
  await mkdir(policies);
  await writeFile(join(policies, "custom.rego"), POLICY);
  await mkdir(join(state, "audit", DAMAGED), { recursive: true });
  await writeFile(join(state, "audit", DAMAGED, "000001.jsonl"), "no record\n");
  const good = await keyIn(state);
  const elsewhere = await keyIn(state, { allowed_ips: ["192.0.2.0/24"] });
  const revoked = await keyIn(state);
  await withKeyring(state, ({ revoke }) => revoke("key", revoked));
  const hook = await receiver(context, [
    ...(["answers 500", "answers nothing", "closes", "takes it"] as const),
  ]);
  const config = {
    require_auth: true,
    http: { trusted_proxies: ["127.0.0.1/32"] },
    alerts: { webhook_url: hook.url, secret: SECRET },
    enable_opa_policies: true,
    policies: { path: policies },
  };
  const server = await listen(context, folder, config);

  await times(3, async () => assert.equal(await ask(server, [revoked, "10.0.0.1"]), 401));
  await times(2, async () => assert.equal(await ask(server, [elsewhere, "10.0.0.2"]), 403));
  await times(20, async () => assert.equal(await ask(server, [UNKNOWN, "10.0.0.3"]), 401));
  assert.equal(await ask(server, [good, "10.0.0.3"]), 429);
  await times(10, () => ask(server, [UNKNOWN, "10.0.0.4"]));
  await times(2, async () => assert.equal(await ask(server, [good, "10.0.0.4"]), 200));
  await times(2, () => ask(server, [good, "10.0.0.5"], "notify"));
  await times(2, () => ask(server, [good, "10.0.0.5"], "nonsense"));
  await times(80, (at) => ask(server, [UNKNOWN, `10.0.1.${at}`]));
  await writeFile(join(folder, "config.json"), '{"unknown": 1}');

  const expected = [
    `alert.authentication.disallowed_address ${idOf(elsewhere)} 10.0.0.2`,
    "alert.authentication.many_failures 10.0.0.3",
    `alert.authentication.revoked_credential ${idOf(revoked)}`,
    "alert.authentication.success_after_failures 10.0.0.4",
    "alert.chain.failed chain",
    "alert.denials.spike credential.unknown",
    `alert.organisation.notify security ${idOf(good)} greet`,
    "alert.policies.failed policy.invalid_decision",
    "alert.reload.failed reload",
  ];
  await until(() => hook.taken.length >= expected.length, 30_000);
  assert.equal(await server.end(), 0);
  await rm(join(state, "audit", DAMAGED), { recursive: true });
  assert.deepEqual(told(hook.taken), expected);
  assert.equal(hook.sent.length, expected.length + 3);
  const ids = hook.taken.map(({ headers }) => headers["webhook-id"]);
  assert.equal(new Set(ids).size, expected.length);

  const records = await recordsIn(state);
  const alerts = records.filter(({ action }) => action === "alert");
  assert.equal(alerts.length, expected.length);
  const failures = records.filter(({ error_code: code }) => String(code).startsWith("credential."));
  const [unrecorded, throttled] = summed(records);
  assert.deepEqual([failures.length + unrecorded, throttled], [3 + 20 + 10 + 80, 1]);
  assert.ok(unrecorded > 0);
  const secrets = new RegExp([SECRET.slice(6), "canary", good, revoked, elsewhere].join("|"));
  const written = JSON.stringify([records, hook.sent, server.stderr()]);
  assert.doesNotMatch(written, secrets);
});

test("an alert outlives a server that is killed before it could deliver", async (context) => {
  const folder = await folderFor(context);
  const state = join(folder, "state");
  const revoked = await keyIn(state);
  await withKeyring(state, ({ revoke }) => revoke("key", revoked));
  const port = await closedPort();
  const alerts = { webhook_url: `http://127.0.0.1:${port}/`, secret: SECRET };
  const config = { require_auth: true, alerts };
  const server = await listen(context, folder, config);
  await ask(server, [revoked, "10.0.0.1"]);
  await until(() => /an alert cannot be delivered yet/.test(server.stderr()));
  await server.kill();
  const hook = await receiver(context, ["takes it"], port);
  const next = await listen(context, folder, config);
  await until(() => hook.taken.length > 0, 30_000);
  assert.equal(await next.end(), 0);
  const code = `alert.authentication.revoked_credential ${idOf(revoked)}`;
  assert.deepEqual(told(hook.taken), [code]);
});

test("a damaged chain that a command finds is an alert, which the next server delivers", async (context) => {
  const folder = await folderFor(context);
  const audit = join(folder, "state", "audit");
  const hook = await receiver(context);
  const config = { alerts: { webhook_url: hook.url, secret: SECRET } };
  await (await listen(context, folder, config)).end();
  const [chain = ""] = await readdir(audit);
  const file = join(audit, chain, "000001.jsonl");
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replace("server_start", "server_stop"));
  const verify = ["audit", "verify", "--config", join(folder, "config.json")];
  const found = await kubiya(verify);
  assert.equal(found.code, 1);
  assert.match(found.stderr, /alert: A chain of the audit trail is damaged/);
  assert.match(found.stdout, /edit at/);
  const copy = await kubiya([...verify, file, "--public-key", join(folder, "state", PUBLIC_KEY)]);
  assert.deepEqual([copy.code, copy.stderr], [1, ""]);
  const server = await listen(context, folder, config);
  await until(() => hook.taken.length > 0, 30_000);
  assert.equal(await server.end(), 0);
  assert.deepEqual(told(hook.taken), ["alert.chain.failed chain"]);
  const alerts = (await readFile(join(audit, "cli", "000001.jsonl"), "utf8"))
    .split("\n")
    .filter((line) => line.includes('"action":"alert"'));
  assert.equal(alerts.length, 1);
  await rm(join(audit, chain), { recursive: true });
});

test("a test alert goes the whole way, and what became of it is said and recorded", async (context) => {
  const folder = await folderFor(context);
  const state = join(folder, "state");
  const hook = await receiver(context, ["takes it", "answers 500"]);
  const alerts = { webhook_url: hook.url, secret: SECRET };
  const file = await configIn(folder, { alerts });
  const tried = await kubiya(["alerts", "test", "--config", file]);
  assert.deepEqual(
    [tried.code, tried.stdout],
    [0, `delivered: 127.0.0.1:${hook.port} answered 204\n`],
  );
  assert.match(told(hook.taken).join(), /^alert\.alerts\.test /);
  const refused = await kubiya(["alerts", "test", "--json", "--config", file]);
  const answer = { result: "refused", host: `127.0.0.1:${hook.port}`, status: 500 };
  assert.deepEqual([refused.code, JSON.parse(refused.stdout)], [1, answer]);
  const gone = { webhook_url: `http://127.0.0.1:${await closedPort()}/`, secret: SECRET };
  const away = await kubiya([
    "alerts",
    "test",
    "--config",
    await configIn(folder, { alerts: gone }),
  ]);
  assert.deepEqual([away.code, away.stdout], [4, ""]);
  assert.match(away.stderr, /^not delivered: 127\.0\.0\.1:\d+ cannot be reached: ECONNREFUSED/m);
  const none = await kubiya(["alerts", "test", "--config", await configIn(folder, {})]);
  assert.deepEqual([none.code, none.stdout], [1, ""]);
  const results = (await recordsIn(state))
    .filter(({ action }) => action === "alert")
    .map(({ result }) => result);
  assert.deepEqual(results, [
    ...["success", "success", "success", "failure", "success", "failure", "success"],
  ]);
});

test("nobody sees where alerts go, nor what signs them", async (context) => {
  const alerts = { webhook_url: "https://hooks.example/canary-path", secret: SECRET };
  const file = await configIn(await folderFor(context), { alerts });
  const shown = await kubiya(["mcp", "validate", "--json", "--config", file]);
  assert.equal(shown.code, 0);
  assert.deepEqual(JSON.parse(shown.stdout).config.alerts, {
    ...{ webhook_url: "[hidden]", secret: "[hidden]" },
  });
  assert.doesNotMatch(shown.stdout + shown.stderr, /canary|whsec/);
});
