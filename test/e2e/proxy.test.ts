// The way to the Kubiya cloud that the environment names, with TLS within it: through a proxy, beside it, or
// not at all.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { connect } from "node:net";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { json, OPERATORS_KEY, saysWho } from "../support/cloud.ts";
import { portOf } from "../support/loopback.ts";
import { configIn, folderFor, kubiya } from "../support/server.ts";

const CERTIFICATES = "test/support/certificates";
const TRUSTED = join(CERTIFICATES, "first.cert.pem");

/** A cloud with TLS; gives its port, and the credentials that it was asked with. */
async function cloudFor(context: TestContext) {
  const [cert, key] = await Promise.all(
    ["cert", "key"].map((what) => readFile(join(CERTIFICATES, `first.${what}.pem`))),
  );
  const asked: string[] = [];
  const server = createTlsServer({ cert, key }, ({ url = "", headers }, response) => {
    asked.push(`${headers.authorization} ${headers["proxy-authorization"] ?? ""}`);
    if (!saysWho({ url }, response)) json(response, 404, {});
  });
  return { port: await portOf(context, server), asked };
}

/** A proxy that lets through or refuses; gives its port, and what it was told in the clear. */
async function proxyFor(context: TestContext, status: 200 | 403) {
  const told: string[] = [];
  const server = createServer((request, response) => {
    told.push(`${request.method} ${request.url}`);
    response.writeHead(502).end();
  });
  server.on("connect", ({ url, headers, rawHeaders }: IncomingMessage, socket) => {
    told.push(`CONNECT ${url} ${headers["proxy-authorization"] ?? ""}`.trimEnd());
    assert.ok(!rawHeaders.join().includes(OPERATORS_KEY));
    socket.on("error", () => {});
    if (status !== 200) return void socket.end(`HTTP/1.1 ${status} no\r\n\r\n`);
    const there = connect(Number(new URL(`http://${url}`).port), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      there.pipe(socket).pipe(there);
    });
    there.on("error", () => socket.destroy());
  });
  return { port: await portOf(context, server), told };
}

/** The environment's words, where PORT is the proxy's; what the proxy is asked for, and whether the cloud answers. */
const WAYS: readonly (readonly [
  string,
  { readonly status?: 403; readonly env: Readonly<Record<string, string>> },
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
    "beside the proxy, where the host needs none",
    { env: { HTTPS_PROXY: "http://127.0.0.1:PORT", NO_PROXY: "elsewhere.example,localhost" } },
    [],
    "ok",
  ],
  [
    "beside the proxy, where no host needs one",
    { env: { HTTPS_PROXY: "http://127.0.0.1:PORT", NO_PROXY: "*" } },
    [],
    "ok",
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
    "ok",
  ],
  [
    "nowhere, where the proxy lets nobody through",
    { status: 403, env: { HTTPS_PROXY: "http://127.0.0.1:PORT" } },
    [""],
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

for (const [where, { status = 200, env }, through, answers] of WAYS) {
  test(`a request to the cloud goes ${where}`, async (context) => {
    const [cloud, proxy] = [await cloudFor(context), await proxyFor(context, status)];
    const config = await configIn(await folderFor(context), {
      api_key: OPERATORS_KEY,
      kubiya: { base_url: `https://localhost:${cloud.port}` },
    });
    const named = Object.entries(env).map(([name, value]) => [
      name,
      value.replace("PORT", String(proxy.port)),
    ]);
    const ran = await kubiya(["mcp", "doctor", "--json", "--config", config], {
      env: { NODE_EXTRA_CA_CERTS: TRUSTED, ...Object.fromEntries(named) },
    });
    const { checks } = JSON.parse(ran.stdout);
    const found = checks.find(({ check }: { check: string }) => check === "cloud");
    assert.equal(found.status, answers, found.message);
    const asked = answers === "ok" ? [`UserKey ${OPERATORS_KEY} `] : [];
    assert.deepEqual([...new Set(cloud.asked)], asked);
    assert.deepEqual(
      [...new Set(proxy.told)],
      through.map((who) => `CONNECT localhost:${cloud.port}${who}`),
    );
    assert.doesNotMatch(ran.stdout + ran.stderr, /canary|operators-own/);
  });
}
