// The ways out: through a proxy, or beside it. Every name is this machine to the proxies, and nothing without one.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { before, test, type TestContext } from "node:test";
import type { Proxies, ProxySetting } from "../../src/config/types.ts";
import { createSecret } from "../../src/lib/secret.ts";
import { createFetch } from "../../src/outbound/fetch.ts";
import { createGetJson } from "../../src/outbound/get-json.ts";
import type { Resolve } from "../../src/outbound/lookup.ts";
import { createPostText } from "../../src/outbound/post-text.ts";
import { createSend } from "../../src/outbound/send.ts";
import { closedPort, portOf } from "../support/loopback.ts";
import { FAR, FAR_CERTIFICATE, type Manner, proxyFor, tlsServer } from "../support/proxy.ts";

const NO_PROXIES: Proxies = { http: null, https: null, none: null };
const LIMITS = { connectMs: 600, silenceMs: 2_000, maxBytes: 1_000, connections: 4 };
const CREDENTIAL = "me:canary";

before(async () => {
  const trusted = await Promise.all(
    [FAR_CERTIFICATE, FAR_CERTIFICATE.replace("far", "first")].map((file) => readFile(file)),
  );
  setDefaultCACertificates([...getCACertificates(), ...trusted.map(String)]);
});

const setting = (port: number, { tls = false, credential = "" } = {}): ProxySetting => ({
  url: `${tls ? "https" : "http"}://127.0.0.1:${port}`,
  credential: credential === "" ? null : createSecret(credential),
});

/** A host with TLS and one without, and what they were asked with. */
async function hostsFor(context: TestContext) {
  const asked: IncomingMessage["headers"][] = [];
  const answer: RequestListener = ({ headers }, response) => {
    asked.push(headers);
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  };
  const https = await portOf(context, await tlsServer("far", answer));
  return { https, http: await portOf(context, createServer(answer)), asked };
}

/** Every name is this machine, or it has no address. */
const here: Resolve = (_host, _options, found) =>
  found(null, [{ address: "127.0.0.1", family: 4 }]);
const nowhere: Resolve = (host, _options, found) => found(new Error(`${host} was looked up`), []);

/** What came of a request with a header that is for the host alone. */
async function saidOf(
  context: TestContext,
  url: string,
  { proxies, resolve = nowhere }: { readonly proxies: Proxies; readonly resolve?: Resolve },
): Promise<string> {
  const { fetch, close } = createFetch(LIMITS, proxies, resolve);
  context.after(close);
  const asked = { method: "POST", headers: { authorization: "Bearer for-the-host" }, body: "{}" };
  return fetch(url, asked).then(
    async (answer) => `${answer.status} ${await answer.text()}`,
    (thrown: unknown) => (thrown instanceof Error ? thrown.message : "no error"),
  );
}

for (const [what, credential, tls] of [
  ["a proxy", "", false],
  ["a proxy that asks who one is", CREDENTIAL, false],
  ["a proxy with TLS", CREDENTIAL, true],
] as const) {
  const who = credential === "" ? "" : ` Basic ${Buffer.from(credential).toString("base64")}`;
  const serverOf = (answer: RequestListener) =>
    tls ? tlsServer("first", answer) : createServer(answer);

  test(`what goes to a host of https through ${what} is for the host alone`, async (context) => {
    const hosts = await hostsFor(context);
    const proxy = await proxyFor(context, "passes", serverOf);
    const proxies = { ...NO_PROXIES, https: setting(proxy.port, { tls, credential }) };
    assert.equal(await saidOf(context, `https://${FAR}:${hosts.https}/a?b`, { proxies }), "200 {}");
    assert.deepEqual(proxy.told, [`CONNECT ${FAR}:${hosts.https}${who}`]);
    assert.doesNotMatch(proxy.heard.join(), /for-the-host/);
    assert.deepEqual(
      hosts.asked.map((headers) => [headers.authorization, headers["proxy-authorization"]]),
      [["Bearer for-the-host", undefined]],
    );
  });

  test(`what goes to a host of http through ${what} is passed on by it`, async (context) => {
    const hosts = await hostsFor(context);
    const proxy = await proxyFor(context, "passes", serverOf);
    const proxies = { ...NO_PROXIES, http: setting(proxy.port, { tls, credential }) };
    const url = `http://${FAR}:${hosts.http}/a?b`;
    assert.equal(await saidOf(context, url, { proxies }), "200 {}");
    assert.deepEqual(proxy.told, [`POST ${url}${who}`]);
    assert.equal(hosts.asked[0]?.host, `${FAR}:${hosts.http}`);
  });
}

/** What is named, the scheme of what is asked, and whether it goes through the proxy. */
const BESIDE: readonly (readonly [string, "http" | "https", (proxy: ProxySetting) => Proxies])[] = [
  ["the proxy is for http alone", "https", (http) => ({ ...NO_PROXIES, http })],
  ["the proxy is for https alone", "http", (https) => ({ ...NO_PROXIES, https })],
  ["its host needs none", "https", (https) => ({ ...NO_PROXIES, https, none: FAR })],
  ["its host needs none", "http", (http) => ({ ...NO_PROXIES, http, none: ".example" })],
  ["none is named", "https", () => NO_PROXIES],
];

for (const [where, scheme, named] of BESIDE) {
  test(`a request of ${scheme} goes directly where ${where}`, async (context) => {
    const hosts = await hostsFor(context);
    const proxy = await proxyFor(context);
    const proxies = named(setting(proxy.port));
    const url = `${scheme}://${FAR}:${hosts[scheme]}/`;
    assert.equal(await saidOf(context, url, { proxies, resolve: here }), "200 {}");
    assert.deepEqual([proxy.told, hosts.asked.length], [[], 1]);
  });
}

for (const host of ["localhost", "127.0.0.1", "[::1]"]) {
  for (const scheme of ["http", "https"] as const) {
    test(`no proxy is asked for ${scheme}://${host}`, async (context) => {
      const hosts = await hostsFor(context);
      const proxy = await proxyFor(context);
      const through = setting(proxy.port);
      const proxies = { http: through, https: through, none: null };
      const url = `${scheme}://${host}:${hosts[scheme]}/`;
      await saidOf(context, url, { proxies, resolve: here });
      assert.deepEqual(proxy.told, []);
      // This machine's TLS has the other name, and its IPv6 nobody listens on.
      assert.equal(hosts.asked.length, scheme === "http" && host !== "[::1]" ? 1 : 0);
    });
  }
}

for (const host of [
  "169.254.169.254",
  "0xa9fea9fe",
  "[fe80::1]",
  "[::ffff:169.254.169.254]",
  "100.100.100.200",
  "metadata.google.internal",
  "METADATA.google.internal.",
]) {
  for (const scheme of ["http", "https"] as const) {
    test(`no proxy is asked for what serves metadata of a cloud: ${scheme}://${host}`, async (context) => {
      const proxy = await proxyFor(context);
      const through = setting(proxy.port);
      const proxies = { http: through, https: through, none: null };
      assert.match(
        await saidOf(context, `${scheme}://${host}/`, { proxies }),
        /^\S+ serves metadata of a cloud, and no proxy is asked for it$/,
      );
      assert.deepEqual(proxy.told, []);
    });
  }
}

test("a name that needs no proxy and leads to metadata of a cloud is not connected to", async (context) => {
  const proxy = await proxyFor(context);
  const proxies = { ...NO_PROXIES, https: setting(proxy.port), none: FAR };
  const resolve: Resolve = (_host, _options, found) =>
    found(null, [{ address: "169.254.169.254", family: 4 }]);
  assert.match(await saidOf(context, `https://${FAR}/`, { proxies, resolve }), /serves metadata/);
  assert.deepEqual(proxy.told, []);
});

/** What the proxy does, and what is said of it after its host. */
const FAILURES: readonly (readonly ["http" | "https", Manner | "is not there", RegExp])[] = [
  ["https", "is not there", /^: ECONNREFUSED$/],
  ["https", 403, /^: it answered 403$/],
  ["https", 407, /^: it answered 407, as it wants to know who asks$/],
  ["https", "closes", /^: UND_ERR_SOCKET$/],
  ["https", "hangs", /^: TimeoutError$/],
  ["https", "hangs after", /^: TimeoutError$/],
  ["http", "is not there", /^: ECONNREFUSED$/],
  ["http", 407, /^: it answered 407, as it wants to know who asks$/],
];

for (const [scheme, manner, said] of FAILURES) {
  test(`a proxy for ${scheme} that ${typeof manner === "number" ? `answers ${manner}` : manner} is named, and what it is told is not`, async (context) => {
    const hosts = await hostsFor(context);
    const port =
      manner === "is not there" ? await closedPort() : (await proxyFor(context, manner)).port;
    const proxies = { ...NO_PROXIES, [scheme]: setting(port, { credential: CREDENTIAL }) };
    const host = `${FAR}:${hosts[scheme]}`;
    const beganMs = performance.now();
    const found = await saidOf(context, `${scheme}://${host}/path?query`, { proxies });
    // The library by itself waits for 10 s and more.
    assert.ok(performance.now() - beganMs < LIMITS.connectMs * 8);
    const begin = `${host} cannot be reached through the proxy 127.0.0.1:${port}`;
    assert.equal(found.slice(0, begin.length), begin);
    assert.match(found.slice(begin.length), said);
    assert.deepEqual(hosts.asked, []);
  });
}

test("a host whose certificate nobody vouches for is not asked, and what it is says so", async (context) => {
  const hosts = await hostsFor(context);
  const proxy = await proxyFor(context);
  const proxies = { ...NO_PROXIES, https: setting(proxy.port) };
  assert.match(
    await saidOf(context, `https://other.example:${hosts.https}/`, { proxies }),
    /^other\.example:\d+ cannot be reached through the proxy 127\.0\.0\.1:\d+: ERR_TLS_CERT_ALTNAME_INVALID$/,
  );
  assert.deepEqual(hosts.asked, []);
});

test("a host of http that refuses says so itself, through a proxy too", async (context) => {
  const proxy = await proxyFor(context, 403);
  const proxies = { ...NO_PROXIES, http: setting(proxy.port) };
  assert.equal(await saidOf(context, `http://${FAR}/`, { proxies }), "403 no");
});

/** Each client, and whether it was answered. */
const CLIENTS: readonly (readonly [string, (proxies: Proxies, url: string) => Promise<unknown>])[] =
  [
    [
      "what is sent to the cloud",
      async (proxies, url) => {
        const sent = { method: "GET", headers: {}, body: null, silentMs: 500 } as const;
        const signal = new AbortController().signal;
        const answer = await createSend(proxies)({ ...sent, url, maxBytes: 9, signal });
        return answer.ok ? answer.value.read(() => "enough") : answer;
      },
    ],
    ["an issuer's keys", (proxies, url) => createGetJson(proxies)(url, "operator")],
    [
      "an alert",
      (proxies, url) => {
        const signal = new AbortController().signal;
        return createPostText(proxies)(url, { headers: {}, body: "", signal });
      },
    ],
  ];

for (const [what, ask] of CLIENTS) {
  test(`${what} goes through the proxy, and a failure names it`, async (context) => {
    const hosts = await hostsFor(context);
    const [good, bad] = [await proxyFor(context), await proxyFor(context, 403)];
    const url = `https://${FAR}:${hosts.https}/`;
    const answered = await ask({ ...NO_PROXIES, https: setting(good.port) }, url);
    assert.match(JSON.stringify(answered), /^\{"ok":true/);
    assert.deepEqual(good.told, [`CONNECT ${FAR}:${hosts.https}`]);
    const failed = await ask({ ...NO_PROXIES, https: setting(bad.port) }, url);
    assert.match(
      JSON.stringify(failed),
      /"detail":"far\.example:\d+ cannot be reached through the proxy 127\.0\.0\.1:\d+: it answered 403"/,
    );
    assert.equal(hosts.asked.length, 1);
  });
}
