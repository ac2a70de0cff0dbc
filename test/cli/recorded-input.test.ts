// What an input is rebuilt from, and what no record has: record by record.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Recorded } from "../../src/audit/types.ts";
import type { Done, KnownCredential } from "../../src/credential/types.ts";
import { inputIn, isReplayed, type Rebuilding } from "../../src/cli/recorded-input.ts";
import { buildInput } from "../../src/input/build.ts";
import { digestOf } from "../../src/lib/digest.ts";
import { isJsonObject, type JsonObject } from "../../src/lib/json.ts";
import { holder, unproven } from "../../src/principal/caller.ts";
import { CONFIG, NOON, toolboxOf, toolNamed, upstreamNamed } from "../support/world.ts";

const KEY = "4f00000000000000";
const HOUR = 3_600_000;
const PARAMETERS = { command: "get pods" };

function stored(changes: Partial<KnownCredential["row"]> = {}): KnownCredential {
  return {
    row: {
      ...{ id: KEY, kind: "key", name: "ann", user: "ann", roles: ["dev"], permissions: null },
      ...{ allowed_ips: null, allow_stdio: true, parent: null, revoked_ms: null },
      ...{ created_ms: NOON - HOUR, expires_ms: NOON + HOUR, replaced_by: null },
      ...{ revision: 1, pepper: 1, verifier: "", mac: "" },
      ...changes,
    },
    last_used_ms: null,
    sealed: true,
  };
}

function left(...credentials: readonly KnownCredential[]): Done {
  return { atMs: NOON, made: null, opened: null, credentials, unreadable: 0, sessions: [] };
}

const toolbox = toolboxOf(["kubectl"], async () => {
  throw new Error("nothing may run");
});
const PARTS: Rebuilding = {
  ...{ callerOf: holder, unproven, config: CONFIG, left: left(stored()), toolbox, buildInput },
  resolveRunner: (requested) => ({ requested, name: "resolved", kind: "local", healthy: true }),
};

/** A record of a call that a holder of the key made. */
function recorded(changes: JsonObject = {}): Recorded {
  const whole: JsonObject = {
    ...{ user_id: "ann", credential_id: KEY, credential_replaced_by: null, session: "s1" },
    ...{ auth_method: "key", roles: ["dev"], transport: "http", client_ip: "10.0.0.1" },
    ...{ peer_ip: "10.0.0.2", client: { name: "cursor", version: "1" }, request_id: "r1" },
    ...{ tool_name: "kubectl", tool_digest: toolNamed("kubectl").digest, duration_ms: 250 },
    runner: { requested: "auto", name: "local", kind: "local" },
    ...{ parameters: PARAMETERS, parameters_digest: digestOf(PARAMETERS) },
    decision: { id: "d1", allow: true, codes: [], revision: "r", facts: "f", us: 1 },
    ...changes,
  };
  const { parameters, action } = whole;
  return {
    ...{ chain: "c", seq: 1, prev: null, id: "i", phase: "outcome", whole },
    action: typeof action === "string" ? action : "execute_tool",
    timestamp: new Date(NOON + 250).toISOString(),
    parameters: isJsonObject(parameters) ? parameters : {},
  };
}

function codes(...some: readonly string[]): JsonObject {
  return { decision: { id: "d1", allow: false, codes: some, revision: "r", facts: "f", us: 1 } };
}

test("a call is rebuilt with what its record has, at the time that it came", () => {
  const rebuilt = inputIn(recorded(), PARTS);
  assert.ok(rebuilt.ok, JSON.stringify(rebuilt));
  const { input, definition } = rebuilt.value;
  assert.equal(definition, "same");
  assert.deepEqual(
    [input.action, input.now.ms, input.request.id, input.request.transport, input.client],
    [
      "tools/call",
      NOON,
      "r1",
      "http",
      { ip: "10.0.0.1", peer_ip: "10.0.0.2", name: "cursor", version: "1" },
    ],
  );
  assert.deepEqual([input.principal.id, input.principal.roles], ["ann", ["dev"]]);
  assert.deepEqual([input.tool?.name, input.arguments], ["kubectl", PARAMETERS]);
  assert.deepEqual([input.runner?.requested, input.runner?.name], ["auto", "resolved"]);
  assert.deepEqual([input.session?.id, input.session?.used_ms], ["s1", NOON]);
});

test("a caller without a credential, and one whose credential counted for nothing, are rebuilt as they were", () => {
  for (const [method, status] of [
    ["none", "absent"],
    ["unknown", "unknown"],
    ["malformed", "malformed"],
  ] as const) {
    const record = recorded({ auth_method: method, credential_id: null, roles: [], session: null });
    const rebuilt = inputIn(record, PARTS);
    assert.ok(rebuilt.ok);
    assert.deepEqual(rebuilt.value.input.credential.status, status);
    assert.equal(rebuilt.value.input.principal.kind, "anonymous");
  }
});

test("a key is as it was then: revoked only if it was already, with the end that it has", () => {
  for (const [revoked, then] of [
    [NOON - 1, NOON - 1],
    [NOON, NOON],
    [NOON + 1, null],
  ] as const) {
    const rebuilt = inputIn(recorded(), { ...PARTS, left: left(stored({ revoked_ms: revoked })) });
    assert.ok(rebuilt.ok);
    assert.equal(rebuilt.value.input.credential.revoked_ms, then);
  }
});

test("a token has its key's record as it was then", () => {
  const token = stored({ id: "5a00000000000000", kind: "token", roles: [], parent: KEY });
  const record = recorded({ auth_method: "token", credential_id: token.row.id });
  const rebuilt = inputIn(record, {
    ...PARTS,
    left: left(token, stored({ revoked_ms: NOON + 1 })),
  });
  assert.ok(rebuilt.ok);
  const { credential, principal } = rebuilt.value.input;
  assert.deepEqual([credential.parent?.id, credential.parent?.revoked_ms], [KEY, null]);
  assert.deepEqual(principal.roles, ["dev"]);
});

test("a tool that is defined otherwise now is said to be", () => {
  const rebuilt = inputIn(recorded({ tool_digest: "sha256:other" }), PARTS);
  assert.ok(rebuilt.ok);
  assert.equal(rebuilt.value.definition, "changed");
});

/** What is in a record, or in the store, and why nobody can say what would be decided now. */
const UNKNOWABLE: readonly (readonly [string, JsonObject, Partial<Rebuilding>, RegExp])[] = [
  ["a token of an issuer", { auth_method: "jwt" }, {}, /of the kind jwt claimed is not recorded/],
  ["a key of the cloud", { auth_method: "cloud" }, {}, /of the kind cloud/],
  ["a key that is gone", {}, { left: left() }, /not in this store/],
  [
    "a token whose key is gone",
    {},
    { left: left(stored({ parent: "gone" })) },
    /not in this store/,
  ],
  ["a forged row", {}, { left: left({ ...stored(), sealed: false }) }, /somebody else changed/],
  ["other roles", { roles: ["admin"] }, {}, /had other roles/],
  ["an expired session", codes("session.expired"), {}, /session began .* is not recorded/],
  ["a frozen server", codes("access.frozen"), {}, /frozen/],
  ["policies that broke", codes("policy.error"), {}, /no policy answered/],
  ["a caller that was too fast", codes("throttle.rate"), {}, /no policy answered/],
  [
    "a redacted value",
    { parameters: { command: "[REDACTED:0123456789ab]" } },
    {},
    /a secret was taken out/,
  ],
  ["a redacted name", { user_id: "[REDACTED:0123456789ab]" }, {}, /a secret was taken out/],
  ["a value that was cut", { parameters: { command: "get" } }, {}, /recorded in part/],
  ["a tool that is gone", { tool_name: "gone" }, {}, /no source offers its tool now/],
  [
    "a tool of a server that nobody has seen",
    { tool_name: "fs_read" },
    { config: { ...CONFIG, mcpServers: [upstreamNamed("fs")] } },
    /no tool of fs is known: kubiya tools list starts it and says what stands in the way/,
  ],
  ["a tool that is new", { tool_digest: null }, {}, /no source offered its tool then/],
  ["a key that was made", { action: "keys/create" }, {}, /only calls, lists and readings/],
  ["the command line", { transport: "cli" }, {}, /only calls, lists and readings/],
  ["an action without a decision", { decision: null }, {}, /only calls, lists and readings/],
];

for (const [what, changes, parts, why] of UNKNOWABLE) {
  test(`of ${what} it is said why it cannot be decided again`, () => {
    const rebuilt = inputIn(recorded(changes), { ...PARTS, ...parts });
    assert.ok(!rebuilt.ok, JSON.stringify(rebuilt));
    assert.match(rebuilt.failure, why);
  });
}

test("a missing session is decided again: that there was none is recorded", () => {
  const rebuilt = inputIn(recorded({ ...codes("session.missing"), session: null }), PARTS);
  assert.ok(rebuilt.ok);
  assert.equal(rebuilt.value.input.session, null);
});

test("what is read is rebuilt with its arguments and whose it was, and a list with none", () => {
  const uri = { uri: "file:///a" };
  const reading = { action: "resources/read", tool_name: null, tool_digest: null, runner: null };
  for (const origin of ["notes", null]) {
    const read = inputIn(
      recorded({ ...reading, origin, parameters: uri, parameters_digest: digestOf(uri) }),
      PARTS,
    );
    assert.ok(read.ok);
    const { action, arguments: args, reading: asked } = read.value.input;
    assert.deepEqual([action, args, asked], ["resources/read", uri, { origin }]);
  }
  const nothing = { parameters: null, parameters_digest: null };
  const list = inputIn(recorded({ ...reading, ...nothing, action: "list_tools" }), PARTS);
  assert.ok(list.ok);
  const { action, arguments: args, reading: asked } = list.value.input;
  assert.deepEqual([action, args, asked], ["tools/list", null, null]);
});

test("only what clients asked is counted", () => {
  assert.ok(isReplayed(recorded()));
  for (const changes of [{ transport: "cli" }, { decision: null }, { action: "keys/read" }]) {
    assert.equal(isReplayed(recorded(changes)), false);
  }
});
