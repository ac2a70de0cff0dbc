// interface.md, "What a caller gets", over HTTP, and protocol.md, "What the standard demands": a row each.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Decision } from "../../src/decision/types.ts";
import { ALLOWED, deniedWith } from "../support/world.ts";
import {
  type Answer,
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
} from "./http-world.ts";

const METADATA =
  /resource_metadata="http:\/\/127\.0\.0\.1:\d+\/\.well-known\/oauth-protected-resource\/mcp"$/;
const INVALID_TOKEN = /^Bearer error="invalid_token", resource_metadata=/;

/** A denial: what was sent by whom, the status, the JSON-RPC code, and the challenge. */
interface Refusal {
  readonly what: string;
  readonly codes: readonly string[];
  readonly status: number;
  readonly error: number;
  readonly challenge?: RegExp;
  /** The code that the caller learns, where it is not that of the decision. */
  readonly told?: string;
  readonly sent?: Sent;
  readonly props?: Props;
}

const KEY: Props = { caller: ({ session }) => holderOf("key", session) };
const SESSION: Props = { caller: () => holderOf("session", "k1") };
const NAMED: Sent = { headers: { "mcp-session-id": "s9" } };

const REFUSALS: readonly Refusal[] = [
  {
    what: "nothing was sent: no error is told",
    ...{ codes: ["credential.missing"], status: 401, error: -32_051 },
    challenge: /^Bearer resource_metadata=/,
  },
  {
    what: "a credential that nobody knows",
    ...{ codes: ["credential.unknown"], status: 401, error: -32_051, challenge: INVALID_TOKEN },
  },
  {
    what: "one that has expired",
    ...{ codes: ["credential.expired"], status: 401, error: -32_051, challenge: INVALID_TOKEN },
  },
  {
    what: "one that was revoked",
    ...{ codes: ["credential.revoked"], status: 401, error: -32_051, challenge: INVALID_TOKEN },
  },
  {
    what: "one that cannot be verified now",
    ...{ codes: ["credential.unverifiable"], status: 503, error: -32_054 },
  },
  {
    what: "a session that is over",
    ...{ codes: ["session.expired"], status: 404, error: -32_052, sent: NAMED, props: KEY },
  },
  {
    what: "a session of another credential",
    ...{ codes: ["session.foreign"], status: 404, error: -32_052, sent: NAMED, props: KEY },
    told: "session.expired",
  },
  {
    what: "a session that nobody knows",
    ...{ codes: ["session.missing"], status: 404, error: -32_052, sent: NAMED },
    told: "session.expired",
    props: { caller: () => holderOf("key", null) },
  },
  {
    what: "no session where one must be named",
    ...{ codes: ["session.missing"], status: 400, error: -32_052, props: KEY },
  },
  {
    what: "a credential that is a session, and over",
    ...{ codes: ["session.expired"], status: 401, error: -32_052, props: SESSION },
    challenge: INVALID_TOKEN,
  },
  {
    what: "an address that is not allowed",
    ...{ codes: ["addresses.not_allowed"], status: 403, error: -32_053 },
  },
  {
    what: "an address that cannot be told",
    ...{ codes: ["addresses.unknown"], status: 403, error: -32_053 },
  },
  {
    what: "a missing permission: all that is needed, at once",
    ...{ codes: ["permissions.missing"], status: 403, error: -32_053 },
    challenge:
      /^Bearer error="insufficient_scope", scope="tools:execute tools:list", resource_metadata=/,
  },
  {
    what: "a role that is not defined: no scope would help",
    ...{ codes: ["roles.unknown"], status: 403, error: -32_053 },
    challenge: /^Bearer error="insufficient_scope", resource_metadata=/,
  },
  { what: "policies that fail", codes: ["policy.error"], status: 503, error: -32_054 },
];

/** With what a reason of missing permissions tells. */
function denial(codes: readonly string[]): Decision {
  const decision = deniedWith(...codes);
  return {
    ...decision,
    reasons: decision.reasons.flatMap((reason) =>
      reason.code === "permissions.missing"
        ? [
            { ...reason, needed: ["tools:list"] },
            { ...reason, needed: ["tools:execute"] },
          ]
        : [reason],
    ),
  };
}

for (const { what, codes, status, error, challenge, sent, props, told } of REFUSALS) {
  for (const [method, body] of [["call", CALL] as const, ["list", LIST] as const]) {
    test(`${method}: ${what}: ${status}, and nothing runs`, async (context) => {
      const stand = await standing(context, { ...props, decision: denial(codes) });
      const answer = await send(stand, { body, ...sent });
      assert.equal(answer.status, status);
      assert.equal(answer.body.id, 7);
      assert.equal(answer.body.error.code, error);
      assert.equal(answer.body.error.data.code, told ?? codes[0]);
      assert.equal(answer.body.error.data.decision_id, ALLOWED.id);
      const header = answer.headers["www-authenticate"];
      if (challenge === undefined) assert.equal(header, undefined);
      else assert.ok(challenge.test(header ?? "") && METADATA.test(header ?? ""), header);
      assert.equal(answer.headers["retry-after"], status === 503 ? "5" : undefined);
      assert.equal(stand.runs(), 0);
    });
  }
}

test("a modern client is refused with the same status", async (context) => {
  const stand = await standing(context, { decision: denial(["credential.missing"]) });
  const answer = await send(stand, modern("tools/call", { name: "kubectl" }));
  assert.deepEqual([answer.status, answer.body.error.code, stand.runs()], [401, -32_051, 0]);
});

test("an audit trail that cannot be written: 503, and nothing runs", async (context) => {
  const stand = await standing(context, {
    auditBroken: true,
    decision: denial(["runners.disabled"]),
  });
  const answer = await send(stand, { body: CALL });
  assert.equal(answer.status, 503);
  assert.equal(answer.body.error.data.code, "audit.unavailable");
  assert.equal(stand.runs(), 0);
});

test("what the protocol answers by itself is answered on 200: results, denied calls, unknown tools", async (context) => {
  const good = await standing(context);
  const called = await send(good, { body: CALL });
  assert.equal(called.status, 200);
  assert.equal(called.body.result.content[0].text, "pods");
  const unknown = await send(good, { body: legacy("tools/call", { name: "nope" }) });
  assert.equal(unknown.status, 200);
  assert.deepEqual(unknown.body.error, { code: -32_602, message: "Unknown tool: nope" });
  const bad = await standing(context, { decision: denial(["runners.disabled"]) });
  const denied = await send(bad, { body: CALL });
  assert.equal(denied.status, 200);
  assert.equal(denied.body.result.isError, true);
  assert.match(denied.body.result.content[0].text, /^Insufficient permissions: /);
  assert.equal(bad.runs(), 0);
  const hidden = await standing(context, { decision: denial(["tools.hidden"]) });
  const gone = await send(hidden, { body: CALL });
  assert.deepEqual(gone.body.error, { code: -32_602, message: "Unknown tool: kubectl" });
});

test("a modern client lists for itself alone, calls and discovers", async (context) => {
  const stand = await standing(context);
  const listed = await send(stand, modern("tools/list"));
  assert.equal(listed.status, 200);
  assert.equal(listed.body.result.cacheScope, "private");
  const called = await send(stand, modern("tools/call", { name: "kubectl" }));
  assert.equal(called.body.result.content[0].text, "pods");
  const discovered = await send(stand, modern("server/discover"));
  assert.equal(discovered.body.result.serverInfo?.name ?? "kubiya", "kubiya");
  assert.deepEqual(
    stand.arrived.map(({ circumstances: { era, transport, client } }) => [
      era,
      transport,
      client.name,
    ]),
    [1, 2, 3].map(() => ["modern", "http", "new"]),
  );
});

test("header and body that disagree: 400 -32020, and nothing runs", async (context) => {
  const stand = await standing(context);
  const good = modern("tools/call", { name: "kubectl" });
  for (const header of [{ "mcp-method": "tools/list" }, { "mcp-name": "other" }]) {
    const answer = await send(stand, { ...good, headers: { ...good.headers, ...header } });
    assert.deepEqual([answer.status, answer.body.error.code], [400, -32_020]);
  }
  assert.equal(stand.runs(), 0);
});

test("a caller comes with its address, its credential and its session", async (context) => {
  const stand = await standing(context, KEY);
  await send(stand, {
    body: LIST,
    headers: { authorization: "Bearer kbk_1", "mcp-session-id": "s9" },
  });
  await send(stand, {
    body: INITIALIZE,
    headers: { "x-api-key": "kbk_2", "mcp-session-id": "s9" },
  });
  const sent = modern("tools/list");
  await send(stand, {
    ...sent,
    headers: { ...sent.headers, "mcp-session-id": "s9", authorization: "Basic x" },
  });
  assert.deepEqual(stand.presented, [
    ["kbk_1", "s9"],
    ["kbk_2", null],
    ["Basic x", null],
  ]);
  const { circumstances } = stand.arrived[0] ?? assert.fail("nobody came");
  assert.deepEqual(
    [circumstances.client.ip, circumstances.client.peer_ip],
    ["127.0.0.1", "127.0.0.1"],
  );
});

const BODIES: readonly (readonly [string, unknown, number, number])[] = [
  ["no JSON", "{", 400, -32_700],
  ["nothing", "", 400, -32_700],
  ["a batch", [LIST], 400, -32_600],
  ["no message", { id: 7 }, 400, -32_600],
  ["too deep", `${'{"a":'.repeat(70)}1${"}".repeat(70)}`, 400, -32_600],
  ["too long", "x".repeat(4 * 1024 * 1024 + 1), 413, -32_600],
];

for (const [what, body, status, error] of BODIES) {
  test(`a body that is ${what}: ${status}`, async (context) => {
    const stand = await standing(context);
    const answer = await send(stand, { body });
    assert.deepEqual([answer.status, answer.body.error.code], [status, error]);
  });
}

test("whoever may not be here learns nothing about the form of messages", async (context) => {
  const stand = await standing(context, { decision: denial(["credential.missing"]) });
  const answer = await send(stand, { body: "{" });
  assert.equal(answer.status, 401);
});

test("a method that the protocol has not is asked about as any other", async (context) => {
  const stand = await standing(context);
  const answer = await send(stand, { body: legacy("tools/destroy") });
  assert.equal(answer.body.error.code, -32_601);
  const newer = await send(stand, modern("tools/destroy"));
  assert.deepEqual([newer.status, newer.body.error.code], [404, -32_601]);
  const denied = await standing(context, { decision: denial(["permissions.missing"]) });
  assert.equal((await send(denied, { body: legacy("tools/destroy") })).status, 403);
});

const OTHERS: readonly (readonly [string, string, number, string | undefined])[] = [
  ["GET", "/mcp", 405, "POST, DELETE, OPTIONS"],
  ["PUT", "/mcp", 405, "POST, DELETE, OPTIONS"],
  ["OPTIONS", "/mcp", 405, "POST, DELETE, OPTIONS"],
  ["GET", "/auth/session", 405, "POST, OPTIONS"],
  ["POST", "/health", 404, undefined],
  ["GET", "/", 404, undefined],
  ["GET", "/mcp/", 404, undefined],
  ["GET", "http://127.0.0.1/other", 404, undefined],
];

for (const [method, path, status, allow] of OTHERS) {
  test(`${method} ${path}: ${status}`, async (context) => {
    const stand = await standing(context);
    const answer = await send(stand, { method, path: path.replace("http://127.0.0.1", "") });
    assert.deepEqual([answer.status, answer.headers.allow], [status, allow]);
    assert.equal(answer.body.id, null);
  });
}

test("other methods need to be allowed here too", async (context) => {
  const stand = await standing(context, { decision: denial(["credential.missing"]) });
  const statuses = await Promise.all(
    ["GET", "PUT", "DELETE"].map(async (method) => (await send(stand, { method })).status),
  );
  assert.deepEqual(statuses, [401, 401, 401]);
});

test("whoever asks whether the server lives is answered, whatever it calls the server", async (context) => {
  const stand = await standing(context, { decision: denial(["credential.missing"]) });
  const headers = { host: "10.0.0.1:80" };
  const health = await send(stand, { method: "GET", path: "/health", headers });
  assert.deepEqual([health.status, health.body], [200, { status: "ok" }]);
  const ready = await send(stand, { method: "GET", path: "/ready", headers });
  assert.deepEqual([ready.status, ready.body], [200, { ready: true }]);
  assert.deepEqual(stand.arrived, []);
});

test("a server of which something does not work is not ready, and says what", async (context) => {
  const stand = await standing(context, { failing: ["store"] });
  const ready = await send(stand, { method: "GET", path: "/ready" });
  assert.deepEqual([ready.status, ready.body], [503, { ready: false, failing: ["store"] }]);
});

for (const path of ["", "/mcp"].map((end) => `/.well-known/oauth-protected-resource${end}`)) {
  test(`the metadata of the resource is at ${path}`, async (context) => {
    const stand = await standing(context);
    const own = await send(stand, { method: "GET", path });
    assert.deepEqual(own.body, {
      resource: `${stand.server.url}/mcp`,
      resource_name: "kubiya",
      bearer_methods_supported: ["header"],
    });
    const named = await standing(context, { http: { public_url: "https://mcp.example.com/" } });
    const told: Answer = await send(named, { method: "GET", path });
    assert.equal(told.body.resource, "https://mcp.example.com/mcp");
    const issuer = "https://issuer.example";
    const jwt = {
      ...{ issuer, audience: "kubiya", jwks_uri: null },
      ...{ user_claim: "sub", roles_claim: "roles" },
    };
    const external = await standing(context, { config: { jwt } });
    const { body } = await send(external, { method: "GET", path });
    assert.deepEqual(body.authorization_servers, [issuer]);
  });
}
