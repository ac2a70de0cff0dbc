import assert from "node:assert/strict";
import { test } from "node:test";
import { failed } from "../../src/lib/outcome.ts";
import { answerCall, answerReading, answerRequest } from "../../src/server/wire.ts";
import { ALLOWED, deniedWith } from "../support/world.ts";

const ERRORS = [
  ["credential.missing", -32_051, /^Authentication failed: /],
  ["credential.unknown", -32_051, /^Authentication failed: /],
  ["credential.expired", -32_051, /^Token expired: /],
  ["credential.revoked", -32_051, /^Token revoked: /],
  ["credential.unverifiable", -32_054, /^Not available: /],
  ["session.expired", -32_052, /^Session expired: /],
  ["session.too_many", -32_053, /^Insufficient permissions: /],
  ["request.host_not_allowed", -32_053, /^Insufficient permissions: /],
  ["request.query", -32_600, /^Invalid request: /],
  ["server.busy", -32_054, /^Not available: /],
  ["throttle.source", -32_054, /^Not available: /],
  ["addresses.not_allowed", -32_053, /^Insufficient permissions: /],
  ["permissions.missing", -32_053, /^Insufficient permissions: /],
  ["roles.unknown", -32_053, /^Insufficient permissions: /],
  ["policy.error", -32_054, /^Not available: /],
  ["input.invalid", -32_054, /^Not available: /],
  ["access.unverifiable", -32_054, /^Not available: /],
] as const;

for (const [code, number, message] of ERRORS) {
  test(`${code} is the JSON-RPC error ${number} with what to check`, () => {
    const answer = answerCall("kubectl", { reason: "denied", decision: deniedWith(code) });
    assert.ok(answer.kind === "error" && answer.data !== null);
    assert.equal(answer.code, number);
    assert.match(answer.message, message);
    assert.equal(answer.data["code"], code);
    assert.equal(answer.data["decision_id"], ALLOWED.id);
    assert.ok(Array.isArray(answer.data["check"]) && answer.data["check"].length > 0);
  });
}

for (const code of ["whitelist.not_listed", "roles.tool_not_allowed", "tools.hidden"]) {
  test(`a tool that is not for this caller (${code}) answers as one that does not exist`, () => {
    const unknown = answerCall("kubectl", { reason: "unknown_tool", name: "kubectl" });
    for (const other of ["permissions.missing", "access.frozen", "access.unverifiable"]) {
      const decision = deniedWith(other, code);
      const hidden = answerCall("kubectl", { reason: "denied", decision });
      assert.equal(JSON.stringify(hidden), JSON.stringify(unknown), other);
    }
    assert.deepEqual(unknown, {
      kind: "error",
      code: -32_602,
      message: "Unknown tool: kubectl",
      data: null,
    });
  });
}

test("an organisation that calls a reason of its own `hidden` hides nothing by it", () => {
  const answer = answerCall("kubectl", {
    reason: "denied",
    decision: deniedWith("organisation.hidden"),
  });
  assert.equal(answer.kind, "tool_result");
});

test("a role that is not defined answers alike for a tool that is not for the caller", () => {
  const decision = deniedWith("roles.unknown", "whitelist.not_listed");
  const answer = answerCall("kubectl", { reason: "denied", decision });
  assert.ok(answer.kind === "error");
  assert.equal(answer.code, -32_053);
});

test("any other denial is a tool result with every reason's sentence and the decision id", () => {
  const decision = deniedWith("runners.disabled", "organisation.no_fridays");
  const answer = answerCall("kubectl", { reason: "denied", decision });
  assert.deepEqual(answer, {
    kind: "tool_result",
    text: `Insufficient permissions: No: runners.disabled. No: organisation.no_fridays.\nDecision ${decision.id}`,
    meta: { "kubiya.ai/decision": { id: decision.id, reasons: decision.reasons } },
  });
});

test("who has not proven a credential learns nothing of the other reasons", () => {
  const decision = deniedWith("roles.tool_not_allowed", "credential.unknown");
  const answer = answerCall("kubectl", { reason: "denied", decision });
  assert.equal(JSON.stringify(answer).includes("roles."), false);
});

for (const code of ["addresses.not_allowed", "roles.unknown"]) {
  test(`who may not be here (${code}) is told that, and not that there is no session`, () => {
    const decision = deniedWith(code, "session.missing");
    const answer = answerRequest({ reason: "denied", decision });
    assert.deepEqual([answer.code, answer.data?.["code"]], [-32_053, code]);
    assert.equal(JSON.stringify(answer).includes("session."), false);
  });
}

test("an audit trail that cannot be written says so, and not where it is", () => {
  const { failure } = failed({ reason: "audit_unavailable", detail: "/secret/place" } as const);
  const answer = answerRequest(failure);
  assert.equal(answer.kind === "error" && answer.code, -32_054);
  assert.equal(JSON.stringify(answer).includes("/secret/place"), false);
});

test("a tool that ended badly tells its exit code and the end of its stderr", () => {
  const answer = answerCall("kubectl", {
    reason: "tool_failed",
    tool: "kubectl",
    failure: { reason: "exited", exitCode: 3, stdout: "", stderr: "no route\n", outputBytes: 0 },
  });
  assert.deepEqual(answer, {
    kind: "tool_result",
    text: "kubectl ended with exit code 3.\nstderr: no route",
    meta: {},
  });
});

const RESOURCE = { action: "resources/read", name: "a:b", arguments: { uri: "a:b" } } as const;
const PROMPT = { action: "prompts/get", name: "review", arguments: {} } as const;

const CONTESTED =
  "More than one server says that this is its own, so it is read from none; tell this server's operator";

/** What came to nothing, and the JSON-RPC error that says so. */
const READINGS = [
  [RESOURCE, { reason: "not_there" }, -32_602, "Resource not found", { uri: "a:b" }],
  [PROMPT, { reason: "not_there" }, -32_602, "Unknown: review", null],
  [PROMPT, { reason: "contested" }, -32_602, CONTESTED, null],
  [
    RESOURCE,
    { reason: "invalid_state" },
    -32_602,
    "Invalid or expired requestState",
    { reason: "invalid_request_state" },
  ],
  [
    PROMPT,
    {
      reason: "tool_failed",
      tool: "review",
      failure: { reason: "not_preparable", field: "arg1", detail: "is required" },
    },
    -32_602,
    "review could not be prepared: arg1: is required.",
    null,
  ],
  [
    RESOURCE,
    { reason: "tool_failed", tool: "a:b", failure: { reason: "broke_off" } },
    -32_603,
    "a:b could not run.\nThe server's log says why.",
    null,
  ],
] as const;

for (const [reading, refusal, code, message, data] of READINGS) {
  test(`a reading that came to nothing answers: ${message.split("\n")[0]}`, () => {
    assert.deepEqual(answerReading(reading, refusal), { kind: "error", code, message, data });
  });
}

test("a reading that is denied answers as any request that is", () => {
  const refusal = { reason: "denied", decision: deniedWith("permissions.missing") } as const;
  assert.deepEqual(answerReading(RESOURCE, refusal), answerRequest(refusal));
});

test("a reading that is not for this caller answers as one of what is not there, byte for byte", () => {
  for (const code of ["whitelist.not_listed", "roles.tool_not_allowed"]) {
    const refusal = { reason: "denied", decision: deniedWith(code) } as const;
    const answer = JSON.stringify(answerReading(RESOURCE, refusal));
    assert.equal(answer, JSON.stringify(answerReading(RESOURCE, { reason: "not_there" })));
  }
});

/** The page's "Troubleshooting", word for word. */
const TROUBLESHOOTING = [
  [
    "credential.unknown",
    "Authentication failed",
    [
      "API key is valid and not expired",
      "Environment variable is set correctly",
      "Key has required permissions",
      "Network connectivity to Kubiya API",
    ],
  ],
  [
    "permissions.missing",
    "Insufficient permissions",
    [
      "API key has necessary permissions",
      "Tool is whitelisted (if using whitelist)",
      "OPA policies allow the action",
      "User role includes required permissions",
    ],
  ],
  [
    "session.expired",
    "Session expired",
    [
      "Session timeout",
      "Re-authenticate with fresh token",
      "System clock synchronization",
      "Token expiration time",
    ],
  ],
] as const;

for (const [code, headline, check] of TROUBLESHOOTING) {
  test(`"${headline}" says what the page says to look at`, () => {
    const answer = answerRequest({ reason: "denied", decision: deniedWith(code) });
    assert.match(answer.message, new RegExp(`^${headline}: `));
    assert.deepEqual(answer.data?.["check"], check);
  });
}
