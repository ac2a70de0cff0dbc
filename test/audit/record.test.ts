import assert from "node:assert/strict";
import { test } from "node:test";
import { lineOf, MAX_LINE_BYTES } from "../../src/audit/line.ts";
import { eventOf, intentOf, outcomeOf } from "../../src/audit/record.ts";
import type { AuditedAction } from "../../src/audit/types.ts";
import { digestOf, sha256 } from "../../src/lib/digest.ts";
import type { Json } from "../../src/lib/json.ts";
import { ANONYMOUS, CIRCUMSTANCES, deniedWith } from "../support/world.ts";
import { folderFor } from "../support/server.ts";
import { ACTION, END, openIn, recordsIn } from "./trail.ts";

const MOMENT = {
  id: "0197a0b0-0000-7000-8000-000000000002",
  timestamp: "2026-11-23T12:00:00.000Z",
};

test("the outcome of a call says everything that trust.md lists, at the top level", () => {
  const caller: AuditedAction["circumstances"]["caller"] = {
    principal: { ...ANONYMOUS.principal, kind: "user", id: "alice", roles: ["developer"] },
    credential: { ...ANONYMOUS.credential, status: "verified", id: "4f", kind: "key" },
    replaced_by: "5a",
    session: { id: "9c", credential: "4f", started_ms: 0, used_ms: 0, idle_ms: 1, absolute_ms: 1 },
  };
  const client = { ip: "10.1.2.3", peer_ip: "10.0.0.1", name: "claude-desktop", version: "1.2" };
  const circumstances = { ...CIRCUMSTANCES, transport: "http", client, caller } as const;
  assert.deepEqual(outcomeOf(MOMENT, { ...ACTION, circumstances }, END), {
    ...MOMENT,
    phase: "outcome",
    user_id: "alice",
    action: "execute_tool",
    tool_name: "kubectl",
    origin: null,
    parameters: { command: "get pods" },
    result: "success",
    request_id: CIRCUMSTANCES.requestId,
    credential_id: "4f",
    credential_replaced_by: "5a",
    session: "9c",
    auth_method: "key",
    roles: ["developer"],
    transport: "http",
    client_ip: "10.1.2.3",
    peer_ip: "10.0.0.1",
    client: { name: "claude-desktop", version: "1.2" },
    runner: { requested: "default", name: "local", kind: "local" },
    tool_digest: digestOf("kubectl"),
    parameters_digest: digestOf({ command: "get pods" }),
    decision: {
      id: "0197a0b0-0000-7000-8000-00000000000a",
      allow: true,
      codes: [],
      revision: "r1",
      facts: digestOf({}),
      us: 1,
    },
    error_code: null,
    exit_code: 0,
    duration_ms: 3,
    output_bytes: 4,
    output_digest: digestOf("pods"),
  });
});

test("the record of a reading names the server that was asked, or that it is nobody's", () => {
  const reading = { ...ACTION, action: "resources/read", toolName: null, step: null };
  for (const origin of ["notes", null]) {
    assert.equal(outcomeOf(MOMENT, { ...reading, origin }, END).origin, origin);
    assert.equal(intentOf(MOMENT, { ...reading, origin }).origin, origin);
  }
});

test("an intent is pending and knows nothing of an end", () => {
  const intent = intentOf(MOMENT, ACTION);
  const { phase, result, exit_code, duration_ms, output_bytes, output_digest } = intent;
  assert.deepEqual(
    { phase, result, exit_code, duration_ms, output_bytes, output_digest },
    {
      phase: "intent",
      result: "pending",
      exit_code: null,
      duration_ms: null,
      output_bytes: null,
      output_digest: null,
    },
  );
});

for (const [asked, recorded] of [
  ["tools/call", "execute_tool"],
  ["tools/list", "list_tools"],
  ["keys/create", "keys/create"],
] as const) {
  test(`${asked} is recorded as ${recorded}`, () => {
    assert.equal(intentOf(MOMENT, { ...ACTION, action: asked }).action, recorded);
  });
}

for (const [status, kind, method] of [
  ["absent", null, "none"],
  ["malformed", null, "malformed"],
  ["unknown", null, "unknown"],
  ["unverifiable", null, "unverifiable"],
  ["verified", "token", "token"],
] as const) {
  test(`a credential that is ${status} is recorded as the method ${method}`, () => {
    const credential = { ...ANONYMOUS.credential, status, kind };
    const circumstances = { ...CIRCUMSTANCES, caller: { ...ANONYMOUS, credential } };
    const { auth_method, user_id } = intentOf(MOMENT, { ...ACTION, circumstances });
    assert.deepEqual({ auth_method, user_id }, { auth_method: method, user_id: "anonymous" });
  });
}

test("denials, lists and events fit the published schema too", async (context) => {
  const dir = await folderFor(context);
  const audit = await openIn(dir);
  const denied = { ...ACTION, decision: deniedWith("roles.tool_not_allowed", "runners.disabled") };
  await audit.event({ event: "server_start", result: "success", facts: { revision: "r1" } });
  await audit.note(denied, { ...END, result: "denied", errorCode: "roles.tool_not_allowed" });
  const list = { action: "tools/list", toolName: null, step: null, parameters: null };
  await audit.note({ ...ACTION, ...list, decision: null }, END);
  await audit.close();
  const told = (await recordsIn(dir)).map((record) => [record["action"], record.result]);
  assert.deepEqual(told, [
    ["server_start", "success"],
    ["execute_tool", "denied"],
    ["list_tools", "success"],
  ]);
});

test("a denial keeps every code", () => {
  const { decision } = intentOf(MOMENT, { ...ACTION, decision: deniedWith("a.b", "c.d") });
  assert.deepEqual([decision?.allow, decision?.codes], [false, ["a.b", "c.d"]]);
});

test("an event has no user: the server did it", () => {
  const event = eventOf(MOMENT, { event: "server_stop", result: "success", facts: { why: "end" } });
  assert.deepEqual([event.user_id, event.parameters, event.phase], [null, { why: "end" }, "event"]);
});

test("every character that moves a cursor, ends a line or turns the text is escaped", () => {
  const points = [
    ...range(0x00, 0x1f),
    ...range(0x7f, 0x9f),
    ...[0x061c, 0x200e, 0x200f],
    ...range(0x2028, 0x202e),
    ...range(0x2066, 0x2069),
  ];
  for (const point of points) {
    const text = `a${String.fromCharCode(point)}b`;
    const line = lineOf({ [text]: text }).toString();
    assert.match(line, /^[\x20-\x7e]+\n$/);
    assert.deepEqual(JSON.parse(line), { [text]: text });
  }
});

test("other languages stay readable, and half a surrogate pair is escaped", () => {
  assert.equal(lineOf({ a: "Grüße, 世界 🎉" }).toString(), '{"a":"Grüße, 世界 🎉"}\n');
  assert.equal(lineOf({ a: "\ud800" }).toString(), '{"a":"\\ud800"}\n');
});

test("a long value is cut, and says how long it was and its digest; short ones stay whole", () => {
  const content = "y".repeat(200_000);
  const statement = intentOf(MOMENT, { ...ACTION, parameters: { content, name: "web" } });
  const { parameters, parameters_digest } = JSON.parse(lineOf(statement).toString());
  const mark = `[cut: 200000 bytes, sha256:${sha256(content)}]`;
  assert.deepEqual(parameters, { content: `${"y".repeat(8192)}${mark}`, name: "web" });
  assert.equal(parameters_digest, digestOf({ content, name: "web" }));
});

test("a record of exactly 64 KiB stays whole, one byte more is cut", () => {
  const base = lineOf({ a: "" }).length;
  const fits = lineOf({ a: "x".repeat(MAX_LINE_BYTES - base) });
  assert.equal(fits.length, MAX_LINE_BYTES);
  assert.doesNotMatch(fits.toString(), /cut/);
  assert.match(
    lineOf({ a: "x".repeat(MAX_LINE_BYTES - base + 1) }).toString(),
    /cut: 65\d\d\d bytes/,
  );
});

const MANY = Object.fromEntries(range(0, 9999).map((at) => [`name${at}`, at]));

for (const [what, action] of [
  ["many members", { parameters: MANY }],
  ["a long member name", { parameters: { ["n".repeat(100_000)]: 1 } }],
  ["a long list", { parameters: { list: range(0, 50_000) } }],
  ["deep nesting", { parameters: { deep: nested(1000, "z".repeat(100)) } }],
  ["a long tool name of control characters", { toolName: "\u0001".repeat(100_000) }],
  [
    "everything at once, all of it escaped",
    {
      action: "\u0001".repeat(9999),
      toolName: "\u007f".repeat(9999),
      parameters: MANY,
      decision: deniedWith(...range(0, 99).map(() => "\u0002".repeat(9999))),
      circumstances: {
        ...CIRCUMSTANCES,
        client: {
          ...CIRCUMSTANCES.client,
          name: "\u0003".repeat(9999),
          version: "\u202e".repeat(9999),
        },
        caller: {
          ...ANONYMOUS,
          principal: {
            ...ANONYMOUS.principal,
            roles: range(0, 99).map(() => "\u0004".repeat(9999)),
          },
        },
      },
    },
  ],
] as const) {
  test(`a record with ${what} still fits its schema and 64 KiB`, async (context) => {
    const dir = await folderFor(context);
    const audit = await openIn(dir);
    assert.equal((await audit.note({ ...ACTION, ...action }, END)).ok, true);
    await audit.close();
    const [record] = await recordsIn(dir);
    assert.equal(record?.["request_id"], CIRCUMSTANCES.requestId);
  });
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}

function nested(depth: number, value: Json): Json {
  return depth === 0 ? value : [nested(depth - 1, value)];
}

test("users with different names are recorded under different names, and none as the operator or nobody", () => {
  const names = ["ada", "operator", "anonymous"].flatMap((name) => [
    ...[name, `user:${name}`, `user:user:${name}`],
  ]);
  const recorded = names.map((id) => {
    const principal = { ...ANONYMOUS.principal, kind: "user", id } as const;
    const circumstances = { ...CIRCUMSTANCES, caller: { ...ANONYMOUS, principal } };
    return intentOf(MOMENT, { ...ACTION, circumstances }).user_id;
  });
  assert.equal(new Set([...recorded, "operator", "anonymous"]).size, names.length + 2);
});

test("a user who is called as nobody and the operator are is told apart from them", () => {
  for (const id of ["operator", "anonymous"]) {
    const { caller } = ACTION.circumstances;
    const principal = { ...caller.principal, kind: "user", id } as const;
    const circumstances = { ...ACTION.circumstances, caller: { ...caller, principal } };
    assert.equal(outcomeOf(MOMENT, { ...ACTION, circumstances }, END).user_id, `user:${id}`);
  }
});
