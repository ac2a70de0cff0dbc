// The ways out that the environment names, with TLS within them: through a proxy, beside it, or not at all.

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { text as textIn } from "node:stream/consumers";
import { test, type TestContext } from "node:test";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { isJsonObject, parseJson } from "../../src/lib/json.ts";
import { json, OPERATORS_KEY, saysWho } from "../support/cloud.ts";
import { portOf } from "../support/loopback.ts";
import { FAR, FAR_CERTIFICATE, type Manner, proxyFor, tlsServer } from "../support/proxy.ts";
import { configIn, folderFor, kubiya } from "../support/server.ts";

const FIRST_CERTIFICATE = FAR_CERTIFICATE.replace("far", "first");

/** A host that is a cloud, a receiver, an issuer and an upstream; what it was asked for, and who said to ask. */
async function hostFor(context: TestContext, certificate: "far" | "first" = "far") {
  const { privateKey, publicKey } = await generateKeyPair("ES256");
  const jwk = { ...(await exportJWK(publicKey)), kid: "k", alg: "ES256" };
  const asked: string[] = [];
  const server = await tlsServer(certificate, (request, response) => {
    const { url = "", headers } = request;
    asked.push(`${url} ${headers.authorization ?? ""} ${headers["proxy-authorization"] ?? ""}`);
    if (url === "/hook") return void response.writeHead(204).end();
    if (url === "/keys") return json(response, 200, { keys: [jwk] });
    if (url === "/mcp") return void answerAsUpstream(request, response);
    if (!saysWho({ url }, response)) json(response, 404, {});
  });
  const port = await portOf(context, server);
  const issuer = `https://${FAR}:${port}`;
  const claims = new SignJWT({ iss: issuer, aud: "a", sub: "ada", exp: 4_000_000_000 });
  const token = await claims.setProtectedHeader({ alg: "ES256", kid: "k" }).sign(privateKey);
  return { port, issuer, token, asked };
}

async function answerAsUpstream(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const message = request.method === "POST" ? parseJson(await textIn(request)) : null;
  if (!isJsonObject(message)) return void response.writeHead(405).end();
  const { id, method, params } = message;
  if (id === undefined) return void response.writeHead(202).end();
  const { protocolVersion = null } = isJsonObject(params) ? params : {};
  const serverInfo = { name: "far", version: "1" };
  const echo = { name: "echo", inputSchema: { type: "object" } };
  const results: Readonly<Record<string, unknown>> = {
    initialize: { protocolVersion, capabilities: { tools: {} }, serverInfo },
    "tools/list": { tools: [echo] },
  };
  const result = results[String(method)];
  const error = { code: -32601, message: "Method not found" };
  json(response, 200, { jsonrpc: "2.0", id, ...(result === undefined ? { error } : { result }) });
}

/** A file with the certificates of this machine's names and of the far one. */
async function trustedIn(folder: string): Promise<string> {
  const certificates = [FAR_CERTIFICATE, FIRST_CERTIFICATE].map((file) => readFile(file, "utf8"));
  const trusted = join(folder, "trusted.pem");
  await writeFile(trusted, (await Promise.all(certificates)).join("\n"));
  return trusted;
}

/** The environment's words, where PORT is the proxy's; what the proxy is asked for, and whether the cloud answers. */
const WAYS: readonly (readonly [
  string,
  {
    readonly manner?: Manner;
    readonly host?: string;
    readonly env: Readonly<Record<string, string>>;
  },
  readonly string[],
  "ok" | "fail",
])[] = [
  [
    "through the proxy that is named",
    { env: { HTTPS_PROXY: "http://127.0.0.1:PORT" } },
    [""],
    "ok",
  ],
  ["through a proxy without a scheme", { env: { HTTPS_PROXY: "127.0.0.1:PORT" } }, [""], "ok"],
  [
    "through the proxy of the small name, before the great one's",
    { env: { https_proxy: "http://127.0.0.1:PORT", HTTPS_PROXY: "http://127.0.0.1:1" } },
    [""],
    "ok",
  ],
  [
    "through a proxy that asks who one is, which the cloud is not told",
    { env: { HTTPS_PROXY: "http://me:canary@127.0.0.1:PORT" } },
    [` Basic ${Buffer.from("me:canary").toString("base64")}`],
    "ok",
  ],
  [
    "beside the proxy, where the cloud is on this machine",
    { host: "localhost", env: { HTTPS_PROXY: "http://127.0.0.1:PORT" } },
    [],
    "ok",
  ],
  [
    "beside the proxy, where the host needs none",
    { env: { HTTPS_PROXY: "http://127.0.0.1:PORT", NO_PROXY: `elsewhere.example,${FAR}` } },
    [],
    "fail",
  ],
  [
    "through the proxy, where another host needs none",
    { env: { HTTPS_PROXY: "http://127.0.0.1:PORT", NO_PROXY: "elsewhere.example" } },
    [""],
    "ok",
  ],
  [
    "beside a proxy that is for http alone",
    { env: { HTTPS_PROXY: "", HTTP_PROXY: "http://127.0.0.1:PORT" } },
    [],
    "fail",
  ],
  [
    "nowhere, where the proxy lets nobody through",
    { manner: 403, env: { HTTPS_PROXY: "http://me:canary@127.0.0.1:PORT" } },
    [` Basic ${Buffer.from("me:canary").toString("base64")}`],
    "fail",
  ],
  [
    "nowhere, where the proxy is not there",
    { env: { HTTPS_PROXY: "http://127.0.0.1:1" } },
    [],
    "fail",
  ],
  [
    "no further than a certificate that nobody vouches for",
    { env: { HTTPS_PROXY: "http://127.0.0.1:PORT", NODE_EXTRA_CA_CERTS: "" } },
    [""],
    "fail",
  ],
];

for (const [where, { manner = "passes", host = FAR, env }, through, answers] of WAYS) {
  test(`a request to the cloud goes ${where}`, async (context) => {
    const cloud = await hostFor(context, host === FAR ? "far" : "first");
    const proxy = await proxyFor(context, manner);
    const folder = await folderFor(context);
    const config = await configIn(folder, {
      api_key: OPERATORS_KEY,
      kubiya: { base_url: `https://${host}:${cloud.port}` },
    });
    const named = Object.entries(env).map(([name, value]) => [
      name,
      value.replace("PORT", String(proxy.port)),
    ]);
    const ran = await kubiya(["mcp", "doctor", "--json", "--config", config], {
      env: { NODE_EXTRA_CA_CERTS: await trustedIn(folder), ...Object.fromEntries(named) },
    });
    const { checks } = JSON.parse(ran.stdout);
    const found = checks.find(({ check }: { check: string }) => check === "cloud");
    assert.equal(found.status, answers, found.message);
    const asked = answers === "ok" ? [`UserKey ${OPERATORS_KEY} `] : [];
    const who = cloud.asked.map((line) => line.slice(line.indexOf(" ") + 1));
    assert.deepEqual([...new Set(who)], asked);
    assert.deepEqual(
      [...new Set(proxy.told)],
      through.map((said) => `CONNECT ${FAR}:${cloud.port}${said}`),
    );
    assert.doesNotMatch(proxy.heard.join(), new RegExp(OPERATORS_KEY));
    assert.doesNotMatch(ran.stdout + ran.stderr, /canary|operators-own/);
  });
}

type Far = Awaited<ReturnType<typeof hostFor>>;

/** What else is asked of others: the configuration, the command that asks, and what the host is asked for. */
const USES: readonly (readonly [string, (far: Far) => object, readonly string[], string])[] = [
  [
    "an upstream",
    ({ issuer }) => ({
      mcpServers: { far: { url: `${issuer}/mcp`, headers: { Authorization: "Bearer canary" } } },
    }),
    ["tools", "list"],
    "/mcp Bearer canary ",
  ],
  [
    "an alert",
    ({ issuer }) => ({
      alerts: { webhook_url: `${issuer}/hook`, secret: `whsec_${"A".repeat(32)}` },
    }),
    ["alerts", "test"],
    "/hook  ",
  ],
  [
    "the keys of an issuer",
    ({ issuer }) => ({ jwt: { issuer, audience: "a", jwks_uri: `${issuer}/keys` } }),
    ["auth", "status"],
    "/keys  ",
  ],
];

for (const [what, configOf, command, expected] of USES) {
  for (const manner of ["passes", 403] as const) {
    test(`${what} goes through the proxy that is named, which ${manner === 403 ? "refuses and is named" : "passes it on"}`, async (context) => {
      const far = await hostFor(context);
      const proxy = await proxyFor(context, manner);
      const folder = await folderFor(context);
      const config = await configIn(folder, configOf(far));
      const ran = await kubiya([...command, "--config", config], {
        env: {
          NODE_EXTRA_CA_CERTS: await trustedIn(folder),
          HTTPS_PROXY: `http://me:canary@127.0.0.1:${proxy.port}`,
          KUBIYA_AUTH_TOKEN: far.token,
        },
      });
      const said = ran.stdout + ran.stderr;
      const through = `through the proxy 127.0.0.1:${proxy.port}: it answered 403`;
      assert.equal(said.includes(through), manner === 403, said);
      assert.deepEqual([...new Set(far.asked)], manner === 403 ? [] : [expected]);
      assert.ok(proxy.told.every((line) => line.startsWith(`CONNECT ${FAR}:${far.port} Basic `)));
      assert.ok(proxy.told.length > 0);
      assert.doesNotMatch(proxy.heard.join() + said, /canary/);
    });
  }
}
