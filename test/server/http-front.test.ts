// The head of a request, before its body is read, and what the front keeps: sessions, limits, its end.

import assert from "node:assert/strict";
import { connect } from "node:net";
import { once } from "node:events";
import { test } from "node:test";
import { done, failed } from "../../src/lib/outcome.ts";
import { FAILURES_A_MINUTE } from "../../src/server/http-throttle.ts";
import { unproven } from "../../src/principal/caller.ts";
import { CONFIG, deniedWith, said } from "../support/world.ts";
import { until } from "../support/server.ts";
import {
  CALL,
  holderOf,
  INITIALIZE,
  legacy,
  LIST,
  modern,
  type Props,
  send,
  type Sent,
  standing,
  TYPES,
} from "./http-world.ts";

const NAMES = {
  http: {
    allowed_hosts: ["mcp.example.com", "other.example:8443"],
    allowed_origins: ["https://app.example"],
    public_url: "https://public.example",
  },
};

const HEADS: readonly (readonly [string, Sent["headers"] & {}, number])[] = [
  ["loopback by name", { host: "localhost" }, 200],
  ["loopback by name, with any port", { host: "LOCALHOST:1" }, 200],
  ["loopback of IPv6", { host: "[::1]:99" }, 200],
  ["an allowed host", { host: "mcp.example.com" }, 200],
  ["an allowed host with a port", { host: "MCP.example.com:443" }, 200],
  ["an allowed host on its port", { host: "other.example:8443" }, 200],
  ["an allowed host on another port", { host: "other.example" }, 403],
  ["the public host", { host: "public.example" }, 200],
  ["another host", { host: "evil.example" }, 403],
  ["a host that ends in an allowed one", { host: "evil.mcp.example.com" }, 403],
  ["a host that begins with loopback", { host: "127.0.0.1.evil.example" }, 403],
  ["a host behind a name", { host: "localhost@evil.example" }, 403],
  ["an address that is not loopback", { host: "10.0.0.1" }, 403],
  ["an origin of loopback", { origin: "http://localhost:3000" }, 200],
  ["an allowed origin", { origin: "https://app.example" }, 200],
  ["the public origin", { origin: "https://public.example" }, 200],
  ["an allowed origin by another scheme", { origin: "http://app.example" }, 403],
  ["an allowed origin on another port", { origin: "https://app.example:444" }, 403],
  ["another origin alone, with a good host", { origin: "https://evil.example" }, 403],
  ["another origin and host", { origin: "https://evil.example", host: "evil.example" }, 403],
  ["the origin of nobody", { origin: "null" }, 403],
  ["no origin that can be read", { origin: "app.example" }, 403],
  ["an empty origin", { origin: "" }, 403],
];

for (const [what, headers, status] of HEADS) {
  test(`${what}: ${status}`, async (context) => {
    const stand = await standing(context, NAMES);
    const answer = await send(stand, { headers, body: LIST });
    assert.equal(answer.status, status);
    if (status === 200) return;
    assert.deepEqual([answer.body.error.code, answer.body.id], [-32_053, null]);
    assert.deepEqual([stand.arrived, stand.presented], [[], []]);
  });
}

const OWN: readonly (readonly [string, string, number])[] = [
  ["10.9.9.9", "10.9.9.9:80", 200],
  ["fd00::1", "[fd00::1]:80", 200],
  ["mcp.internal", "MCP.internal", 200],
  ["0.0.0.0", "0.0.0.0", 403],
  ["::", "[::]", 403],
];

for (const [host, named, status] of OWN) {
  test(`a server on ${host} that is called ${named}: ${status}`, async (context) => {
    const stand = await standing(context, { http: { host } });
    assert.equal((await send(stand, { headers: { host: named }, body: LIST })).status, status);
  });
}

test("a head that is refused is answered before a byte of the body came", async (context) => {
  const { server } = await standing(context);
  const { port } = new URL(server.url);
  const socket = connect(Number(port), "127.0.0.1");
  context.after(() => socket.destroy());
  socket.write(
    "POST /mcp HTTP/1.1\r\nHost: evil.example\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n",
  );
  const [chunk] = await once(socket, "data");
  assert.match(String(chunk), /^HTTP\/1\.1 403 /);
});

test("a page of an allowed origin may ask, and read the answer; none other is told anything", async (context) => {
  const stand = await standing(context, NAMES);
  const origin = "https://app.example";
  const asked = await send(stand, { method: "OPTIONS", headers: { origin } });
  assert.equal(asked.status, 204);
  assert.equal(asked.headers["access-control-allow-origin"], origin);
  assert.match(
    asked.headers["access-control-allow-headers"] ?? "",
    /Authorization.*Mcp-Session-Id/,
  );
  const answered = await send(stand, { headers: { origin }, body: LIST });
  assert.equal(answered.headers["access-control-allow-origin"], origin);
  assert.match(answered.headers["access-control-expose-headers"] ?? "", /Mcp-Session-Id/);
  const other = await send(stand, {
    method: "OPTIONS",
    headers: { origin: "https://evil.example" },
  });
  assert.deepEqual([other.status, other.headers["access-control-allow-origin"]], [403, undefined]);
});

const AMBIGUOUS: readonly (readonly [string, Sent])[] = [
  ["two Authorization headers", { headers: { authorization: ["Bearer a", "Bearer a"] } }],
  ["Authorization beside X-API-Key", { headers: { authorization: "Bearer a", "x-api-key": "a" } }],
  ["two X-API-Key headers", { headers: { "x-api-key": ["a", "b"] } }],
  ["two sessions", { headers: { "mcp-session-id": ["a", "b"] } }],
  ["access_token in the query", { path: "/mcp?access_token=a" }],
  ["token in the query", { path: "/mcp?x=1&token=a" }],
  ["api_key in the query, in another case", { path: "/mcp?API_Key=a" }],
  ["an escaped name in the query", { path: "/mcp?%61pi_key=a" }],
  ["a credential in the query of another path", { path: "/auth/session?token=a" }],
];

for (const [what, sent] of AMBIGUOUS) {
  test(`${what}: 400, and nobody looks at any`, async (context) => {
    const stand = await standing(context);
    const answer = await send(stand, { body: LIST, ...sent });
    assert.deepEqual([answer.status, answer.body.error.code, answer.body.id], [400, -32_600, null]);
    assert.deepEqual(stand.presented, []);
  });
}

const KEY: Props = { idleMs: 1_000, caller: ({ session }) => holderOf("key", session) };

test("a legacy client gets a session as it initializes", async (context) => {
  const stand = await standing(context, KEY);
  const answer = await send(stand, { body: INITIALIZE });
  assert.deepEqual([answer.status, answer.headers["mcp-session-id"]], [200, "s1"]);
  assert.equal(answer.body.result.serverInfo?.name, "kubiya");
  assert.deepEqual(stand.orders, [
    { do: "open_session", of: { credential: "k1", user: "ada", idle_ms: 1_000 } },
  ]);
});

const SESSIONLESS: readonly (readonly [string, Props])[] = [
  ["where there are no sessions", { caller: () => holderOf("key", null) }],
  [
    "with a session that is the credential",
    { idleMs: 1_000, caller: () => holderOf("session", "k1") },
  ],
  ["without a credential", { idleMs: 1_000, caller: () => unproven("absent") }],
];

for (const [what, props] of SESSIONLESS) {
  test(`${what} none is opened`, async (context) => {
    const stand = await standing(context, props);
    const answer = await send(stand, { body: INITIALIZE });
    assert.deepEqual([answer.status, answer.headers["mcp-session-id"]], [200, undefined]);
    assert.deepEqual(stand.orders, []);
  });
}

test("a modern client gets none", async (context) => {
  const stand = await standing(context, KEY);
  const answer = await send(stand, modern("server/discover"));
  assert.deepEqual([answer.status, answer.headers["mcp-session-id"]], [200, undefined]);
  assert.deepEqual(stand.orders, []);
});

test("a modern client that initializes all the same is told that there is no such method, and gets none", async (context) => {
  const stand = await standing(context, KEY);
  const answer = await send(stand, modern("initialize"));
  assert.deepEqual([answer.status, answer.body.error.code], [404, -32_601]);
  assert.deepEqual(stand.orders, []);
});

const UNOPENED: readonly (readonly [Props["manage"] & {}, number, number])[] = [
  [{ reason: "denied", decision: deniedWith("session.too_many") }, 403, -32_053],
  [{ reason: "denied", decision: deniedWith("credential.expired") }, 401, -32_051],
  [{ reason: "audit_unavailable", detail: "full" }, 503, -32_054],
  [
    { reason: "not_managed", failure: { reason: "store_unavailable", detail: "away" } },
    503,
    -32_054,
  ],
];

for (const [manage, status, code] of UNOPENED) {
  test(`a session that is not opened is the answer to initialize: ${status}`, async (context) => {
    const stand = await standing(context, { ...KEY, manage });
    const answer = await send(stand, { body: INITIALIZE });
    assert.deepEqual([answer.status, answer.body.error.code], [status, code]);
    assert.equal(answer.headers["mcp-session-id"], undefined);
  });
}

test("DELETE ends the session that it names", async (context) => {
  const stand = await standing(context, KEY);
  const headers = { "mcp-session-id": "s1" };
  const answer = await send(stand, { method: "DELETE", headers });
  assert.deepEqual([answer.status, answer.text], [204, ""]);
  assert.deepEqual(stand.orders, [{ do: "close_session", id: "s1" }]);
});

test("DELETE of a session that somebody ended meanwhile: it is ended", async (context) => {
  const manage = { reason: "not_managed", failure: { reason: "unknown_id", id: "s1" } } as const;
  const stand = await standing(context, { ...KEY, manage });
  const answer = await send(stand, { method: "DELETE", headers: { "mcp-session-id": "s1" } });
  assert.deepEqual([answer.status, answer.text], [204, ""]);
});

test("DELETE where there are no sessions: 405", async (context) => {
  const answer = await send(await standing(context), { method: "DELETE" });
  assert.deepEqual([answer.status, answer.headers.allow], [405, "POST"]);
});

test("a source that fails too often waits, whatever it presents then", async (context) => {
  let decision = deniedWith("credential.unknown");
  const stand = await standing(context, {
    decide: { list: async () => ({ ...decision, visible: {} }) },
  });
  for (let failures = 0; failures < FAILURES_A_MINUTE; failures += 1) {
    assert.equal((await send(stand, { body: LIST })).status, 401);
  }
  decision = { ...decision, allow: true, reasons: [] };
  const slowed = await send(stand, { body: LIST });
  assert.deepEqual([slowed.status, slowed.body.error.code], [429, -32_054]);
  assert.equal(slowed.body.error.data.code, "throttle.source");
  const seconds = Number(slowed.headers["retry-after"]);
  assert.ok(seconds >= 1 && seconds <= 60);
  assert.equal((await send(stand, { method: "GET", path: "/health" })).status, 200);
  assert.deepEqual(stand.throttled, ["127.0.0.1"]);
});

test("a caller that asks faster than it may is told how long to wait", async (context) => {
  const limits = { ...CONFIG.limits, rate: { per_second: 0.1, burst: 1 } };
  const stand = await standing(context, { config: { limits } });
  assert.equal((await send(stand, { body: LIST })).status, 200);
  const slowed = await send(stand, { body: LIST });
  assert.deepEqual([slowed.status, slowed.body.error.code], [429, -32_054]);
  assert.equal(slowed.body.error.data.code, "throttle.rate");
  const seconds = Number(slowed.headers["retry-after"]);
  assert.ok(seconds >= 1 && seconds <= 10);
});

test("other refusals do not slow anybody down", async (context) => {
  const stand = await standing(context, { decision: deniedWith("permissions.missing") });
  for (let refused = 0; refused <= FAILURES_A_MINUTE; refused += 1) {
    assert.equal((await send(stand, { body: LIST })).status, 403);
  }
});

test("sources are told apart by what trusted proxies say", async (context) => {
  const stand = await standing(context, {
    decision: deniedWith("credential.unknown"),
    http: { trusted_proxies: ["127.0.0.0/8"] },
  });
  const from = (address: string): Sent => ({ body: LIST, headers: { "x-forwarded-for": address } });
  for (let failures = 0; failures < FAILURES_A_MINUTE; failures += 1) {
    await send(stand, from("2001:db8::1"));
  }
  assert.equal((await send(stand, from("2001:db8::2"))).status, 429);
  assert.equal((await send(stand, from("2001:db8:0:1::1"))).status, 401);
  assert.deepEqual(stand.throttled, ["2001:db8::"]);
});

test("a client that is gone cancels what runs for it", async (context) => {
  const { promise: cancelled, resolve } = Promise.withResolvers<void>();
  const stand = await standing(context, {
    run: async (_permit, { signal }) => {
      await once(signal, "abort");
      resolve();
      return done(said(""));
    },
  });
  for (const sent of [{ body: CALL }, modern("tools/call", { name: "kubectl" })]) {
    const gone = new AbortController();
    const asked = send(stand, { ...sent, signal: gone.signal });
    const before = stand.runs();
    await until(() => stand.runs() > before);
    gone.abort();
    await assert.rejects(asked);
    await cancelled;
  }
});

test("a legacy client cancels a call of its own session, and of no other", async (context) => {
  const stand = await standing(context, {
    ...KEY,
    run: async (_permit, { signal }) => {
      await once(signal, "abort");
      return failed({ reason: "cancelled", stderr: "" });
    },
  });
  const named = (session: string): Pick<Sent, "headers"> => ({
    headers: { "mcp-session-id": session },
  });
  const cancel = { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 7 } };
  let answered = false;
  const running = send(stand, { body: CALL, ...named("s1") }).finally(() => (answered = true));
  await until(() => stand.runs() === 1);
  for (const [session, requestId] of [
    ["s2", 7] as const,
    ["s1", "7"] as const,
    ["s1", 8] as const,
  ]) {
    const other = { ...cancel, params: { requestId } };
    assert.equal((await send(stand, { body: other, ...named(session) })).status, 202);
  }
  assert.equal(answered, false);
  assert.equal((await send(stand, { body: cancel, ...named("s1") })).status, 202);
  assert.equal((await running).body.result.isError, true);
});

test("more requests than can be taken at once are asked to come again", async (context) => {
  const { promise: end, resolve } = Promise.withResolvers<void>();
  const stand = await standing(context, {
    limits: { requests: 2 },
    run: async () => {
      await end;
      return done(said(""));
    },
  });
  const running = [1, 2].map(() => send(stand, { body: CALL }));
  await until(() => stand.runs() === 2);
  const answer = await send(stand, { body: CALL });
  assert.deepEqual([answer.status, answer.headers["retry-after"]], [503, "5"]);
  assert.equal(answer.body.error.data.code, "server.busy");
  resolve();
  assert.ok((await Promise.all(running)).every(({ status }) => status === 200));
});

test("a server that ends takes nothing new, and answers what runs", async (context) => {
  const { promise: end, resolve } = Promise.withResolvers<void>();
  const stand = await standing(context, {
    run: async () => {
      await end;
      return done(said("pods"));
    },
  });
  const running = send(stand, { body: CALL });
  await until(() => stand.runs() === 1);
  const closing = stand.server.close();
  const ready = await send(stand, { method: "GET", path: "/ready" });
  assert.deepEqual([ready.status, ready.body.failing], [503, ["stopping"]]);
  const refused = await send(stand, { body: CALL });
  assert.deepEqual([refused.status, refused.body.error.data.code], [503, "server.stopping"]);
  resolve();
  assert.equal((await running).body.result.content[0].text, "pods");
  await closing;
  await stand.server.closed;
  await assert.rejects(send(stand, { body: CALL }), { code: "ECONNREFUSED" });
});

test("headers beyond the limit are refused", async (context) => {
  const stand = await standing(context);
  const answer = await send(stand, { headers: { "x-long": "x".repeat(20_000) }, body: LIST });
  assert.equal(answer.status, 431);
});

test("a client that listens hears of changes, until it may not be here any more", async (context) => {
  let allowed = true;
  const stand = await standing(context, {
    limits: { recheckMs: 20 },
    decide: {
      admit: async () =>
        allowed ? { ...deniedWith(), allow: true } : deniedWith("credential.revoked"),
    },
  });
  const sent = modern("subscriptions/listen");
  const body = { ...Object(sent.body) };
  body.params = { ...body.params, notifications: { toolsListChanged: true } };
  const answer = await fetch(`${stand.server.url}/mcp`, {
    method: "POST",
    headers: { ...TYPES, ...Object(sent.headers) },
    body: JSON.stringify(body),
  });
  const heard = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  assert.match((await heard?.read())?.value ?? "", /subscriptions\/acknowledged/);
  stand.server.changed();
  assert.match((await heard?.read())?.value ?? "", /tools\/list_changed/);
  allowed = false;
  await assert.rejects(async () => {
    while ((await heard?.read())?.done === false);
    throw new Error("it ended");
  });
});

test("a credential is exchanged only where there is one", async (context) => {
  const stand = await standing(context);
  const answer = await send(stand, { path: "/auth/session" });
  assert.deepEqual([answer.status, answer.body.error.code], [401, -32_051]);
  assert.equal(answer.body.error.data.code, "credential.missing");
  assert.deepEqual(stand.orders, []);
});

test("a credential that is not kept here and does not hold is refused for that", async (context) => {
  const manage = { reason: "not_managed", failure: { reason: "unknown_id", id: "jwt:a" } } as const;
  const decision = deniedWith("credential.expired");
  const stand = await standing(context, { ...KEY, manage, decision });
  const answer = await send(stand, { path: "/auth/session" });
  assert.deepEqual([answer.status, answer.body.error.code], [401, -32_051]);
  assert.equal(answer.body.error.data.decision_id, decision.id);
});

test("a credential that is not kept here is exchanged for nothing", async (context) => {
  const manage = { reason: "not_managed", failure: { reason: "unknown_id", id: "jwt:a" } } as const;
  const stand = await standing(context, { ...KEY, manage });
  const answer = await send(stand, { path: "/auth/session" });
  assert.deepEqual([answer.status, answer.body.error.code], [403, -32_053]);
});

test("the protocol's own limits on types hold", async (context) => {
  const stand = await standing(context);
  const answer = await send(stand, {
    body: legacy("ping"),
    headers: { "content-type": "text/plain" },
  });
  assert.equal(answer.status, 415);
});

const SLOW: readonly (readonly [string, string])[] = [
  ["its headers", "POST /mcp HTTP/1.1\r\nHost: localhost\r\n"],
  ["its body", "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{"],
];

for (const [what, beginning] of SLOW) {
  test(`a client that does not send ${what} in time is sent away`, async (context) => {
    const { server, arrived } = await standing(context, {
      limits: { headersMs: 50, requestMs: 50 },
    });
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
    context.after(() => socket.destroy());
    let heard = "";
    socket.on("data", (chunk) => (heard += String(chunk)));
    socket.write(beginning);
    await once(socket, "close");
    assert.match(heard, /^HTTP\/1\.1 408 /);
    assert.deepEqual(arrived, []);
  });
}

test("a client that does not read its answer is gone after a while", async (context) => {
  const text = "x".repeat(16 * 1024 * 1024);
  const stand = await standing(context, {
    limits: { stallMs: 50 },
    run: async () => done(said(text)),
  });
  const socket = connect(Number(new URL(stand.server.url).port), "127.0.0.1");
  context.after(() => socket.destroy());
  const body = JSON.stringify(CALL);
  socket.write(
    `POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  await until(() => stand.runs() === 1);
  await stand.server.close();
  socket.resume();
  await once(socket, "close");
});

test("what does not end in its time is cancelled as the server ends", async (context) => {
  const stand = await standing(context, {
    limits: { graceMs: 50 },
    run: async (_permit, { signal }) => {
      await once(signal, "abort");
      return failed({ reason: "cancelled", stderr: "" });
    },
  });
  const running = send(stand, { body: CALL });
  await until(() => stand.runs() === 1);
  await Promise.all([stand.server.close(), assert.rejects(running)]);
});

test("one stream more than there may be is refused", async (context) => {
  const stand = await standing(context, { limits: { streams: 0 } });
  const sent = modern("subscriptions/listen");
  const body = { ...Object(sent.body) };
  body.params = { ...body.params, notifications: { toolsListChanged: true } };
  const answer = await send(stand, { ...sent, body });
  assert.match(answer.body.error.message, /limit/);
});
