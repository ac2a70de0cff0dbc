import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import { test, type TestContext } from "node:test";
import type { Proxies } from "../../src/config/types.ts";
import { createFetch, type FetchLimits } from "../../src/outbound/fetch.ts";
import type { Resolve } from "../../src/outbound/lookup.ts";
import type { Fetch } from "../../src/outbound/types.ts";
import { portOf } from "../support/loopback.ts";

const NO_PROXIES: Proxies = { http: null, https: null, none: null };
const LIMITS = { connectMs: 1_000, silenceMs: 300, maxBytes: 1_000, connections: 4 };

async function serverFor(context: TestContext, answer: RequestListener): Promise<number> {
  return portOf(context, createServer(answer));
}

function fetchFor(
  context: TestContext,
  limits: Partial<FetchLimits> = {},
  resolve?: Resolve,
): Fetch {
  const { fetch, close } = createFetch({ ...LIMITS, ...limits }, NO_PROXIES, resolve);
  context.after(close);
  return fetch;
}

/** What was thrown, in words. */
async function thrownBy(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "nothing",
    (thrown: unknown) => (thrown instanceof Error ? thrown.message : "no error"),
  );
}

test("a request has the headers that it was given, and none that say who asks", async (context) => {
  let seen: unknown = null;
  const port = await serverFor(context, (request, response) => {
    seen = [request.method, Object.keys(request.headers).toSorted()];
    response.writeHead(200, { "content-type": "application/json", "x-two": ["a", "b"] }).end("{}");
  });
  const answer = await fetchFor(context)(`http://127.0.0.1:${port}/`, {
    method: "POST",
    headers: { "x-one": "1" },
    body: "{}",
  });
  assert.deepEqual(await answer.json(), {});
  assert.deepEqual([answer.status, answer.headers.get("x-two")], [200, "a, b"]);
  assert.deepEqual(seen, ["POST", ["connection", "content-length", "host", "x-one"]]);
});

test("a redirect is not followed, wherever it leads", async (context) => {
  let asked = 0;
  const port = await serverFor(context, (_request, response) => {
    asked += 1;
    response.writeHead(307, { location: "/other" }).end();
  });
  const url = `http://127.0.0.1:${port}/`;
  assert.match(
    await thrownBy(fetchFor(context)(url)),
    /redirects elsewhere, which is not followed/,
  );
  assert.equal(asked, 1);
});

test("an answer without end is cut off", async (context) => {
  const port = await serverFor(context, (_request, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    const pour = (): void => {
      while (response.write("x".repeat(10_000)));
      response.once("drain", pour);
    };
    pour();
  });
  const answer = await fetchFor(context)(`http://127.0.0.1:${port}/`);
  assert.match(await thrownBy(answer.text()), /answered with more than 1000 bytes/);
});

test("a stream of events may be long, and none of its events may", async (context) => {
  const event = `data: ${"x".repeat(400)}\n\n`;
  const port = await serverFor(context, (request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    const write = async (texts: readonly string[]): Promise<void> => {
      for (const text of texts) await new Promise((written) => response.write(text, written));
      response.end();
    };
    void write(
      request.url === "/many" ? Array(20).fill(event) : Array(20).fill("data: x\n".repeat(40)),
    );
  });
  const fetch = fetchFor(context);
  const many = await fetch(`http://127.0.0.1:${port}/many`);
  assert.equal((await many.text()).length, event.length * 20);
  const one = await fetch(`http://127.0.0.1:${port}/one`);
  assert.match(await thrownBy(one.text()), /more than 1000 bytes/);
});

test("a server that never answers is given up, and one that is not there is told", async (context) => {
  const port = await serverFor(context, () => {});
  const fetch = fetchFor(context);
  const url = `http://127.0.0.1:${port}/`;
  assert.match(await thrownBy(fetch(url, { method: "POST", body: "" })), /UND_ERR_HEADERS_TIMEOUT/);
  assert.match(await thrownBy(fetch("http://127.0.0.1:1/")), /127.0.0.1:1 cannot be reached: /);
});

/** Addresses that a name leads to, and whether a connection is made. */
const LEADS: readonly (readonly [readonly string[], boolean])[] = [
  [["127.0.0.1"], true],
  [["169.254.169.254"], false],
  [["127.0.0.1", "169.254.1.1"], false],
  [["::ffff:169.254.169.254"], false],
  [["fe80::1"], false],
  [["fe80::1%eth0"], false],
  [["fd00:ec2::254"], false],
];

for (const [addresses, reached] of LEADS) {
  test(`a name that leads to ${addresses.join(" and ")} is ${reached ? "" : "not "}connected to`, async (context) => {
    let asked = 0;
    const port = await serverFor(context, (_request, response) => {
      asked += 1;
      response.end("here");
    });
    const fetch = fetchFor(context, {}, (_host, _options, found) => {
      found(
        null,
        addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
      );
    });
    const answer = fetch(`http://somewhere.example:${port}/`).then((response) => response.text());
    const said = reached ? await answer : await thrownBy(answer);
    assert.match(said, reached ? /^here$/ : /serves metadata/);
    assert.equal(asked, reached ? 1 : 0);
  });
}
