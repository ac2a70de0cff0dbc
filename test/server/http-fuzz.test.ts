// Whatever is sent, the front answers, goes on, and lets nobody in who is not.

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import { deniedWith } from "../support/world.ts";
import { CALL, send, standing, type Standing } from "./http-world.ts";

/** Sends bytes as they are, and gives the first line of what comes back; empty where nothing does. */
async function raw({ server }: Standing, text: string): Promise<string> {
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
  let heard = "";
  socket.on("data", (chunk) => (heard += String(chunk)));
  socket.on("error", () => {});
  socket.end(text);
  await once(socket, "close");
  return heard.split("\r\n", 1)[0] ?? "";
}

const name = fc.constantFrom(
  ...["authorization", "x-api-key", "host", "origin", "mcp-session-id", "x-forwarded-for"],
  ...["mcp-protocol-version", "mcp-method", "mcp-name", "content-type", "accept", "content-length"],
);
const value = fc.oneof(
  fc.constantFrom("localhost", "application/json", "2026-07-28", "tools/call", "Bearer kbk_x", "3"),
  fc.string({ maxLength: 30 }).map((text) => text.replaceAll(/[^ -~]/g, "")),
);
const body = fc.oneof(
  fc.constant(JSON.stringify(CALL)),
  fc.json({ maxDepth: 5 }),
  fc.string(),
  fc
    .record({
      jsonrpc: fc.constant("2.0"),
      id: fc.anything(),
      method: fc.string(),
      params: fc.anything(),
    })
    .map((message) => JSON.stringify(message) ?? "")
    .filter((text) => !text.includes("\0")),
);
const message = fc.record({
  method: fc.constantFrom("POST", "POST", "POST", "GET", "DELETE", "OPTIONS", "PATCH"),
  path: fc.oneof(
    fc.constant("/mcp"),
    fc.webPath(),
    fc.constantFrom("/auth/session", "/mcp?a=%", "*"),
  ),
  headers: fc.array(fc.tuple(name, value), { maxLength: 8 }),
  body,
});

test("whoever is nobody gets nothing, whatever is sent", async (context) => {
  // A refusal that does not count as a failed authentication: those would soon be sent away unread.
  const stand = await standing(context, { decision: deniedWith("addresses.not_allowed") });
  await fc.assert(
    fc.asyncProperty(message, async ({ method, path, headers, body: sent }) => {
      const lines = headers.map(([header, written]) => `${header}: ${written}\r\n`).join("");
      const length = Buffer.byteLength(sent);
      const line = await raw(
        stand,
        `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: ${length}\r\n${lines}\r\n${sent}`,
      );
      // A preflight of an allowed origin tells which headers there are, and no more.
      assert.match(line, /^(?:HTTP\/1\.1 (?:204|4\d\d) |$)/);
    }),
    { numRuns: 400 },
  );
  assert.ok(stand.arrived.length > 0);
  assert.equal(stand.runs(), 0);
  assert.deepEqual(stand.orders, []);
  assert.equal((await send(stand, { method: "GET", path: "/health" })).status, 200);
});

test("bytes that are no request do no harm", async (context) => {
  const stand = await standing(context);
  await fc.assert(
    fc.asyncProperty(fc.string(), async (text) => {
      assert.match(await raw(stand, `${text}\r\n\r\n`), /^(?:HTTP\/1\.1 4\d\d |$)/);
    }),
    { numRuns: 100 },
  );
  assert.equal((await send(stand, { method: "GET", path: "/health" })).status, 200);
});
