// What of requests over HTTP is noted, and who may read the metrics.

import assert from "node:assert/strict";
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { test } from "node:test";
import type { Access } from "../../src/lib/log.ts";
import { createRequests } from "../../src/observe/requests.ts";
import { createUuid } from "../../src/lib/uuid.ts";
import { UNOBSERVED } from "../support/observed.ts";
import { until } from "../support/server.ts";
import { CONFIG, said } from "../support/world.ts";
import { metricsResponse } from "../../src/server/http-metrics.ts";
import { CALL, holderOf, LIST, type Props, send, standing } from "./http-world.ts";

const EXPOSED = { type: "text/plain; version=0.0.4", text: "kubiya_sessions 3\n" };
const METERED: Props = {
  observed: { metrics: { ...UNOBSERVED.metrics, exposition: async () => EXPOSED } },
};

function noting(): { readonly noted: Access[]; readonly props: Props } {
  const noted: Access[] = [];
  return { noted, props: { observed: { logAccess: (access) => noted.push(access) } } };
}

test("each request is noted with its caller and its answer, and without its query", async (context) => {
  const { noted, props } = noting();
  const caller = () => holderOf("key", null);
  const http = { trusted_proxies: ["127.0.0.0/8"] };
  const stand = await standing(context, { ...props, caller, http });
  const headers = { "x-forwarded-for": "10.1.2.3", authorization: "Bearer k" };
  const { text } = await send(stand, { body: LIST, headers, path: "/mcp?page=secret" });
  await send(stand, { method: "GET", path: "/health?x=secret" });
  await send(stand, { body: LIST, headers: { host: "evil.example" } });
  await send(stand, { body: "{", path: "/nowhere" });
  await until(() => noted.length === 4);
  const seen = noted.map(({ ms, ...access }) => ({ ...access, quick: ms < 5_000 && ms >= 0 }));
  const anybody = { user: null, ip: "127.0.0.1", quick: true };
  assert.deepEqual(seen.slice(0, 1), [
    {
      ...{ method: "POST", path: "/mcp", status: 200, bytes: Buffer.byteLength(text) },
      ...{ user: "ada", ip: "10.1.2.3", quick: true },
    },
  ]);
  assert.deepEqual(
    seen.slice(1).map(({ bytes: _bytes, ...access }) => access),
    [
      { method: "GET", path: "/health", status: 200, ...anybody },
      { method: "POST", path: "/mcp", status: 403, ...anybody },
      { method: "POST", path: "/nowhere", status: 404, ...anybody },
    ],
  );
});

test("all that follows from a request belongs to it, and to no other", async (context) => {
  const requests = createRequests(createUuid(Date.now));
  const ids: (string | null)[] = [];
  const note = async (): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    ids.push(requests.id());
  };
  const stand = await standing(context, {
    observed: { begin: requests.begin, logAccess: () => void ids.push(requests.id()) },
    run: async () => {
      await note();
      return { ok: true, value: said("") };
    },
  });
  await Promise.all([send(stand, { body: CALL }), send(stand, { body: CALL })]);
  await until(() => ids.length === 4);
  assert.equal(requests.id(), null);
  const times = ids.map((id) => ids.filter((other) => other === id).length);
  assert.deepEqual([times, ids.includes(null)], [[2, 2, 2, 2], false]);
});

test("metrics are told to this machine", async (context) => {
  const stand = await standing(context, METERED);
  const { status, text, headers } = await send(stand, { method: "GET", path: "/metrics" });
  assert.deepEqual([status, text, headers["content-type"]], [200, EXPOSED.text, EXPOSED.type]);
});

const ELSEWHERE: readonly (readonly [string, Props, Readonly<Record<string, string>>])[] = [
  [
    "for whom a trusted proxy speaks",
    { http: { trusted_proxies: ["127.0.0.1/32"] } },
    { "x-forwarded-for": "10.1.2.3" },
  ],
  [
    "of whom a trusted proxy says nothing that can be read",
    { http: { trusted_proxies: ["127.0.0.1/32"] } },
    { "x-forwarded-for": "me" },
  ],
  ...["forwarded", "via", "x-forwarded-for", "x-forwarded-proto", "x-real-ip", "x-client-ip"].map(
    (name) => [`for whom a proxy that nobody named says ${name}`, {}, { [name]: "1.1 a" }] as const,
  ),
  [
    "on this machine for whom a trusted proxy speaks",
    { http: { trusted_proxies: ["127.0.0.1/32"] } },
    { "x-forwarded-for": "127.0.0.1" },
  ],
  ["that calls the server by another name", {}, { host: "evil.example" }],
  ["of a page of another site", {}, { origin: "https://evil.example" }],
];

for (const [what, props, headers] of ELSEWHERE) {
  test(`to somebody ${what} there are no metrics`, async (context) => {
    const stand = await standing(context, { ...METERED, ...props });
    const answer = await send(stand, { method: "GET", path: "/metrics", headers });
    const nothing = await send(stand, { path: "/nowhere" });
    assert.deepEqual([answer.status, answer.text], [404, nothing.text]);
  });
}

for (const [peer, status] of [
  ["127.0.0.1", 200],
  ["::1", 200],
  ["::ffff:127.0.0.1", 200],
  ["10.1.2.3", 404],
  ["::ffff:10.1.2.3", 404],
  [undefined, 404],
] as const) {
  test(`a peer at ${peer} that asks for metrics: ${status}`, async () => {
    const socket = new Socket();
    Object.defineProperty(socket, "remoteAddress", { value: peer });
    const request = new IncomingMessage(socket);
    request.headers.host = "localhost";
    const metrics = { exposition: async () => EXPOSED };
    assert.equal((await metricsResponse(request, CONFIG.http, metrics)).status, status);
  });
}
