import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { test, type TestContext } from "node:test";
import type { Proxies } from "../../src/config/types.ts";
import { createSend } from "../../src/outbound/send.ts";
import type { Sent } from "../../src/outbound/types.ts";
import { portOf } from "../support/loopback.ts";

const NO_PROXIES: Proxies = { http: null, https: null, none: null };
const SENT: Omit<Sent, "url"> = {
  method: "POST",
  headers: { "x-one": "1" },
  body: "ü",
  silentMs: 300,
  maxBytes: 1_024,
  signal: new AbortController().signal,
};

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

async function receiver(context: TestContext, answer: Answer): Promise<string> {
  return `http://127.0.0.1:${await portOf(context, createServer(answer))}`;
}

test("a request has the headers that it was given, and no others that say who asks", async (context) => {
  let seen: unknown = null;
  const url = await receiver(context, (request, response) => {
    seen = [request.method, Object.keys(request.headers).toSorted()];
    response.writeHead(429, { "retry-after": "7" }).end("a");
  });
  const answered = await createSend(NO_PROXIES)({ ...SENT, url });
  assert.ok(answered.ok);
  assert.deepEqual([answered.value.status, answered.value.retryAfter], [429, "7"]);
  const texts: string[] = [];
  const read = await answered.value.read((text) => {
    texts.push(text);
    return "more";
  });
  assert.deepEqual([read.ok, texts.join("")], [true, "a"]);
  assert.deepEqual(seen, ["POST", ["connection", "content-length", "host", "x-one"]]);
});

test("requests one after the other go over one connection", async (context) => {
  const ports = new Set<number | undefined>();
  const url = await receiver(context, (request, response) => {
    ports.add(request.socket.remotePort);
    response.end("a");
  });
  const send = createSend(NO_PROXIES, { connectMs: 1_000, connections: 1 });
  for (let count = 0; count < 3; count += 1) {
    const answered = await send({ ...SENT, url });
    assert.ok(answered.ok);
    await answered.value.read(() => "more");
  }
  assert.equal(ports.size, 1);
});

test("who says nothing before its answer is silent", async (context) => {
  const url = await receiver(context, () => {});
  const answered = await createSend(NO_PROXIES)({ ...SENT, url });
  const { host } = new URL(url);
  const detail = `${host} said nothing for 300 ms`;
  assert.deepEqual(answered, { ok: false, failure: { reason: "silent", detail, afterMs: 300 } });
});

test("who says nothing within its answer is silent", async (context) => {
  const url = await receiver(context, (_request, response) => void response.write("a"));
  const answered = await createSend(NO_PROXIES)({ ...SENT, url });
  assert.ok(answered.ok);
  const read = await answered.value.read(() => "more");
  assert.ok(!read.ok);
  assert.equal(read.failure.reason, "silent");
});

test("what was asked for alone is read", async (context) => {
  const url = await receiver(context, (_request, response) => void response.end("x".repeat(1_025)));
  const answered = await createSend(NO_PROXIES)({ ...SENT, url });
  assert.ok(answered.ok);
  const failure = { reason: "too_large", allowedBytes: 1_024 };
  assert.deepEqual(await answered.value.read(() => "more"), { ok: false, failure });
});

test("a host that takes no connection was sent nothing, and what was to be sent is not told", async () => {
  const url = "http://127.0.0.1:1/canary?canary";
  const answered = await createSend(NO_PROXIES)({ ...SENT, url });
  const detail = "127.0.0.1:1 cannot be reached: ECONNREFUSED";
  assert.deepEqual(answered, { ok: false, failure: { reason: "not_sent", detail } });
});

test("a connection that ends before an answer may have carried the request", async (context) => {
  const url = await receiver(context, (request) => void request.socket.destroy());
  const answered = await createSend(NO_PROXIES)({ ...SENT, url });
  assert.ok(!answered.ok);
  assert.equal(answered.failure.reason, "unanswered");
});

test("what is no address is sent nowhere", async () => {
  const answered = await createSend(NO_PROXIES)({ ...SENT, url: "nowhere" });
  assert.equal(answered.ok, false);
});
