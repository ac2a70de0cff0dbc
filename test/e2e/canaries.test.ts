// Canary secrets in every place that a secret can be in, then a search through everything that the processes
// wrote: stdout, stderr, the bodies of answers, the store, the audit trail, what was sent to the webhook. There must
// be none.

import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { canary, filesBelow, leaks, type Written } from "../support/canaries.ts";
import { ENCODINGS } from "../support/encodings.ts";
import { GREET, listen } from "../support/http.ts";
import { keyIn } from "../support/keys.ts";
import { portOf } from "../support/loopback.ts";
import { receiver } from "../support/receiver.ts";
import { configIn, folderFor, kubiya, until } from "../support/server.ts";

/** What the operator keeps secrets in. */
const OWN = ["config.json", "key"];

const JSON_RPC = { jsonrpc: "2.0", id: 1 };
const INITIALIZE = {
  ...JSON_RPC,
  method: "initialize",
  params: {
    ...{ protocolVersion: "2025-06-18", capabilities: {} },
    clientInfo: { name: "canaries", version: "1" },
  },
};

/** Whoever is notified is told what the caller sent. */
const CHATTY = `package custom

default decision := {}

decision := {"oblige": [{"kind": "notify", "channel": input.arguments.note}]} if is_string(input.arguments.note)
`;

const call = (name: string, args: object, id = 1): object => ({
  ...JSON_RPC,
  ...{ id, method: "tools/call", params: { name, arguments: args } },
});

test("the search finds a canary in every encoding, and what it does not hold it does not find", () => {
  const name = canary("planted");
  for (const { name: encoding, encode } of ENCODINGS) {
    const written = [{ place: "here", text: `before ${encode(name)} after` }];
    assert.match(leaks({ planted: name }, written).join(), /^planted in here/, encoding);
    assert.deepEqual(leaks({ other: canary("other") }, written), []);
  }
});

/** What secrets are in the set-up, and the tools that try to tell them. */
function setUp(folder: string) {
  const held = {
    ...{ api: canary("api"), env: canary("env"), tool: canary("tool") },
    proxy: canary("proxy"),
  };
  const passed = canary("passed");
  const tells =
    'env; env >&2; printf %s "$TOOL_SECRET" | base64; printf %s "$DB_PASSWORD" | od -An -tx1 -v | tr -d " \\n"';
  const shell = { type: "shell" };
  return {
    canaries: { ...held, passed },
    env: {
      ...{ TOOL_SECRET: held.tool, PASSED_TOKEN: passed },
      HTTPS_PROXY: `http://me:${held.proxy}@127.0.0.1:1`,
    },
    config: {
      api_key: held.api,
      kubiya: { base_url: "http://127.0.0.1:1" },
      mcpServers: { far: { url: "https://far.example/mcp", eager: true } },
      whitelisted_tools: [
        {
          ...{
            ...shell,
            name: "tells",
            content: `${tells}; cat ${join(folder, "config.json")}; exit 3`,
          },
          ...{ secrets: ["TOOL_SECRET"], env: [`DB_PASSWORD=${held.env}`, "PASSED_TOKEN"] },
        },
        {
          ...{ ...shell, name: "takes", content: "exit 0" },
          args: [
            { name: "pin", secret: true },
            { name: "deep", type: "object", secret: true },
            { name: "password" },
            { name: "note" },
          ],
        },
        { name: "nowhere", entrypoint: "/nowhere/program" },
        GREET,
      ],
    },
  };
}

/** Calls that carry secrets, and some that fail. */
function callsWith(
  sent: Readonly<Record<string, string>>,
  { api, tool, proxy }: { api: string; tool: string; proxy: string },
) {
  const hidden = { pin: sent["pin"], deep: { a: [sent["deep"]] }, password: sent["named"] };
  const base64 = Buffer.from(`?${api}`).toString("base64");
  const note = `${api} me:${proxy} ${base64} ${Buffer.from(tool).toString("hex")} ${encodeURIComponent(tool)}`;
  return [
    call("tells", {}, 2),
    call("takes", { ...hidden, note }, 3),
    call("takes", { ...hidden, note: 7 }, 4),
    call("takes", { pin: [sent["pin"]], unknown: 1, token: sent["named"] }, 5),
    call(
      "nowhere",
      { command: `login --token ${sent["option"]} 'https://me:${sent["url"]}@host'` },
      6,
    ),
    // Nobody knows what a tool marks as secret that there is not.
    call("no_such_tool", { password: sent["named"], note }, 7),
  ];
}

/** A cloud that refuses everything, and repeats what it was sent. */
async function echoing(context: TestContext): Promise<string> {
  const server = createServer(({ headers, url }, response) => {
    response.writeHead(418, { location: `/${headers.authorization}` });
    response.end(JSON.stringify({ error: `${url}: ${headers.authorization}` }));
  });
  return `http://127.0.0.1:${await portOf(context, server)}`;
}

const sentCanaries = (): Readonly<Record<string, string>> =>
  Object.fromEntries(["pin", "deep", "named", "option", "url"].map((name) => [name, canary(name)]));

test("over HTTP no canary is in what the server writes or sends to the webhook, whatever is sent and whatever fails", async (context) => {
  const folder = await folderFor(context);
  const { canaries, env, config: without } = setUp(folder);
  const hook = await receiver(context);
  const policies = join(folder, "policies");
  await mkdir(policies);
  await writeFile(join(policies, "custom.rego"), CHATTY);
  const hooked = { path: canary("path"), signing: canary("signing") };
  const config = {
    ...without,
    kubiya: { base_url: await echoing(context) },
    enable_opa_policies: true,
    policies: { path: policies },
    alerts: {
      webhook_url: `${hook.url}/${hooked.path}`,
      secret: `whsec_${Buffer.from(hooked.signing).toString("base64")}`,
    },
  };
  const key = await keyIn(join(folder, "state"));
  const server = await listen(context, folder, {
    ...{ ...config, require_auth: true, args: ["--debug"], env },
  });
  const bodies: Written[] = [];
  const ask = async (
    body: string | object,
    headers: Readonly<Record<string, string>>,
    path = "/mcp",
  ): Promise<Response> => {
    const answer = await fetch(`${server.url}${path}`, {
      method: "POST",
      headers: {
        ...{ "Content-Type": "application/json", Accept: "application/json, text/event-stream" },
        ...headers,
      },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
    const text = `${JSON.stringify([...answer.headers])}\n${await answer.clone().text()}`;
    if (path !== "/auth/session") bodies.push({ place: `the body of ${path}`, text });
    return answer;
  };
  const bearer = { Authorization: `Bearer ${key}` };
  const exchanged = await ask("", bearer, "/auth/session");
  const { session } = JSON.parse(await exchanged.text());
  assert.match(String(session), /^kbs_/);
  const opened = await ask(INITIALIZE, bearer);
  const inside = { ...bearer, "Mcp-Session-Id": opened.headers.get("mcp-session-id") ?? "" };
  const sent = sentCanaries();
  for (const one of callsWith(sent, canaries)) await ask(one, inside);

  const wrong = Object.fromEntries(
    ["bearer", "basic", "header", "cookie", "query", "body", "broken", "session", "method"].map(
      (name) => [name, canary(name)],
    ),
  );
  const list = { ...JSON_RPC, method: "tools/list" };
  const basic = Buffer.from(`me:${wrong["basic"]}`).toString("base64");
  await ask(list, { Authorization: `Bearer ${wrong["bearer"]}` });
  await ask(list, { Authorization: `Bearer ${key.slice(0, -9)}${wrong["bearer"]}` });
  await ask(list, { Authorization: `Basic ${basic}` });
  await ask(list, { "X-API-Key": wrong["header"] ?? "" });
  await ask(list, { ...bearer, "X-API-Key": wrong["header"] ?? "" });
  await ask(list, { ...inside, Cookie: `session=${wrong["cookie"]}` });
  await ask(list, { ...inside, "Mcp-Session-Id": wrong["session"] ?? "" });
  await ask(list, bearer, `/mcp?access_token=${wrong["query"]}`);
  await ask(list, inside, `/mcp?page=${wrong["query"]}`);
  await ask(`{"password": "${wrong["broken"]}`, bearer);
  await ask({ jsonrpc: "1.0", method: 7, params: wrong["body"] }, bearer);
  await ask({ ...list, method: `tools/list?token=${wrong["method"]}` }, inside);
  await ask(list, { Authorization: `Bearer ${session}` });

  // A secret counts from the moment that it was read, and one that was broken off on the way counts too.
  const renewed = { renewed: canary("renewed"), faulty: canary("faulty") };
  const save = (other: object): Promise<string> =>
    configIn(folder, { ...config, require_auth: true, ...other });
  await save({ api_key: renewed.renewed, session_timeout: 999 });
  await until(() => /"reloaded"/.test(server.stderr()));
  await ask(call("takes", { note: `now ${renewed.renewed}` }), inside);
  await save({ api_key: [renewed.faulty] });
  await until(() => /not reloaded/.test(server.stderr()));
  const metrics = await fetch(`${server.url}/metrics`);
  bodies.push({ place: "metrics", text: await metrics.text() });
  const received = (): string => hook.taken.map((message) => JSON.stringify(message)).join("\n");
  await until(() => /alert\.reload\.failed/.test(received()), 20_000);
  await server.end();
  assert.match(received(), /alert\.organisation\.notify.+REDACTED/);

  const own = { key: key.slice(21), exchanged: String(session).slice(21) };
  const written = [
    ...bodies,
    { place: "stderr", text: server.stderr() },
    { place: "the webhook", text: received() },
    ...(await filesBelow(folder, OWN)),
  ];
  assert.ok(written.some(({ place, text }) => /audit/.test(place) && text.includes("REDACTED")));
  assert.ok(written.some(({ place, text }) => /store/.test(place) && text.length > 1_000));
  const all = { ...canaries, ...sent, ...wrong, ...renewed, ...own, ...hooked };
  assert.deepEqual(leaks(all, written), []);
});

test("over stdio no canary is in what the server writes", async (context) => {
  const folder = await folderFor(context);
  const { canaries, env, config } = setUp(folder);
  const key = await keyIn(join(folder, "state"), { allow_stdio: true });
  const file = await configIn(folder, { ...config, require_auth: true });
  const sent = { ...sentCanaries(), broken: canary("broken"), wrong: canary("wrong") };
  const lines = [INITIALIZE, ...callsWith(sent, canaries)].map((one) => JSON.stringify(one));
  const input = `${[...lines, `{"id": 9, "password": "${sent.broken}`].join("\n")}\n`;
  const serve = ["mcp", "serve", "--config", file, "--debug"];
  const served = await kubiya(serve, { input, env: { ...env, KUBIYA_AUTH_TOKEN: key } });
  assert.match(served.stdout, /exit code 3/);
  await writeFile(join(folder, "key"), sent.wrong);
  const turnedAway = await kubiya(serve, {
    input,
    env: { ...env, KUBIYA_AUTH_TOKEN_FILE: join(folder, "key"), DEBUG: "true" },
  });
  const written = [served, turnedAway].flatMap(({ stdout, stderr }) => [
    { place: "stdout", text: stdout },
    { place: "stderr", text: stderr },
  ]);
  const all = { ...canaries, ...sent, key: key.slice(21) };
  assert.deepEqual(leaks(all, [...written, ...(await filesBelow(folder, OWN))]), []);
});

test("no canary is in what commands say, of what is wrong and of what cannot be reached", async (context) => {
  const folder = await folderFor(context);
  const secrets = Object.fromEntries(
    ["webhook", "user", "postgres", "env", "array", "token", "file", "header"].map((name) => [
      name,
      canary(name),
    ]),
  );
  const faulty = await configIn(folder, {
    api_key: [secrets["array"]],
    alerts: { webhook_url: `https://me:${secrets["user"]}@host/`, secret: secrets["webhook"] },
    store: { postgres: { password: secrets["postgres"] } },
    whitelisted_tools: [{ name: "t", env: [`BAD NAME=${secrets["env"]}`] }],
    mcpServers: { other: { url: "https://host", headers: { Authorization: secrets["header"] } } },
  });
  const ran = [
    await kubiya(["mcp", "validate", "--config", faulty, "--debug"]),
    await kubiya(["mcp", "validate", "--config", faulty, "--json"]),
    await kubiya(["mcp", "serve", "--config", faulty, "--debug"]),
  ];
  const away = await configIn(folder, {
    store: { postgres: `postgresql://kubiya:${secrets["postgres"]}@127.0.0.1:1/kubiya` },
    whitelisted_tools: [{ name: "t", content: "true", env: [`A_TOKEN=${secrets["env"]}`] }],
  });
  await writeFile(join(folder, "key"), secrets["file"] ?? "");
  const env = { KUBIYA_AUTH_TOKEN: secrets["token"], KUBIYA_API_KEY_FILE: join(folder, "key") };
  for (const command of [
    ["mcp", "validate"],
    ["mcp", "serve"],
    ["auth", "status"],
    ["auth", "key", "list"],
  ]) {
    ran.push(await kubiya([...command, "--config", away, "--debug"], { env }));
  }
  assert.deepEqual(
    ran.map(({ code }) => code),
    [3, 3, 3, 0, 4, 4, 4],
  );
  const written = ran.flatMap(({ stdout, stderr }) => [
    { place: "stdout", text: stdout },
    { place: "stderr", text: stderr },
  ]);
  assert.deepEqual(leaks(secrets, [...written, ...(await filesBelow(folder, OWN))]), []);
});

test("a canary that is no secret is found where the server may tell it: the search can fail", async (context) => {
  const folder = await folderFor(context);
  const file = await configIn(folder, { whitelisted_tools: [GREET] });
  const plain = { plain: canary("plain") };
  const input = `${JSON.stringify(INITIALIZE)}\n${JSON.stringify(call("greet", { who: plain.plain }, 2))}\n`;
  const { stdout } = await kubiya(["mcp", "serve", "--config", file], { input });
  const found = leaks(plain, [
    { place: "stdout", text: stdout },
    ...(await filesBelow(folder, OWN)),
  ]);
  assert.ok(found.some((leak) => leak.startsWith("plain in stdout, plain")));
  assert.ok(found.some((leak) => /^plain in state\/audit\/.+\.jsonl, plain$/.test(leak)));
});
