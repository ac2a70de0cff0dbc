import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { test, type TestContext } from "node:test";
import type { Proxies } from "../../src/config/types.ts";
import { createPostText } from "../../src/outbound/post-text.ts";
import { portOf } from "../support/loopback.ts";

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

async function receiver(context: TestContext, answer: Answer): Promise<string> {
  return `http://127.0.0.1:${await portOf(context, createServer(answer))}`;
}

const NO_PROXIES: Proxies = { http: null, https: null, none: null };
const post = createPostText(NO_PROXIES, { timeoutMs: 300, maxBytes: 1024 });
const POSTED = { headers: { "x-one": "1" }, body: "ü", signal: new AbortController().signal };

test("a text is posted with its own headers and no others that say who asks", async (context) => {
  let seen: unknown = null;
  const url = await receiver(context, (request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += String(chunk)));
    request.on("end", () => {
      seen = [request.method, Object.keys(request.headers).toSorted(), body];
      response.writeHead(204).end();
    });
  });
  assert.deepEqual(await post(url, POSTED), { ok: true, value: 204 });
  assert.deepEqual(seen, ["POST", ["connection", "content-length", "host", "x-one"], "ü"]);
});

test("a redirect is an answer, and is not followed", async (context) => {
  let asked = 0;
  const url = await receiver(context, (_request, response) => {
    asked += 1;
    response.writeHead(307, { location: "/other" }).end();
  });
  assert.deepEqual(await post(url, POSTED), { ok: true, value: 307 });
  assert.equal(asked, 1);
});

const SILENT: readonly (readonly [string, string, Answer])[] = [
  ["answers nothing", "TimeoutError", () => {}],
  ["closes", "UND_ERR_SOCKET", (request) => request.socket.destroy()],
  [
    "never ends its answer",
    "TimeoutError",
    (_request, response) => {
      response.writeHead(200);
      response.write("x");
    },
  ],
];

for (const [what, why, answer] of SILENT) {
  test(`a receiver that ${what} is a failure with its host alone`, async (context) => {
    const url = await receiver(context, answer);
    const outcome = await post(`${url}/canary?canary`, POSTED);
    assert.ok(!outcome.ok);
    assert.equal(outcome.failure.reason, "unreachable");
    assert.equal(outcome.failure.detail, `${new URL(url).host} cannot be reached: ${why}`);
  });
}

test("what is broken off ends at once", async (context) => {
  const abort = new AbortController();
  const url = await receiver(context, () => abort.abort());
  const patient = createPostText(NO_PROXIES, { timeoutMs: 60_000, maxBytes: 1024 });
  assert.equal((await patient(url, { ...POSTED, signal: abort.signal })).ok, false);
});

test("an answer without end is not read to it", async (context) => {
  const url = await receiver(context, (_request, response) => {
    response.writeHead(200);
    response.on("error", () => {});
    response.end("x".repeat(1024 * 1024));
  });
  const outcome = await post(url, POSTED);
  assert.ok(outcome.ok || outcome.failure.reason !== "not_json");
});

test("what is no address is a failure", async () => {
  assert.equal((await post("nowhere", POSTED)).ok, false);
});
