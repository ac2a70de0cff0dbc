// Requests of the plainest form are answered without the protocol's library, as the library answers them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { done, failed } from "../../src/lib/outcome.ts";
import { isObject } from "../../src/lib/json.ts";
import { deniedWith } from "../support/world.ts";
import { type Answer, modern, type Props, send, type Sent, standing } from "./http-world.ts";

const CALL = { name: "kubectl", arguments: { command: "get pods" } };

const QUESTIONS = {
  kind: "questions",
  questions: { who: { method: "roots/list", params: {} } },
  state: null,
} as const;

/** What a request comes to, each once by either way. */
const CASES: readonly (readonly [string, Props, Sent])[] = [
  ["a call that runs", {}, modern("tools/call", CALL)],
  [
    "a call whose tool fails",
    { run: async () => failed({ reason: "broke_off" }) },
    modern("tools/call", CALL),
  ],
  [
    "a call that is denied by itself",
    { decision: deniedWith("runners.unknown") },
    modern("tools/call", CALL),
  ],
  ["a call that cannot be recorded", { auditBroken: true }, modern("tools/call", CALL)],
  [
    "a call whose tool asks a client that cannot be asked",
    { run: async () => done(QUESTIONS) },
    modern("tools/call", CALL),
  ],
  ["a call of a tool that there is not", {}, modern("tools/call", { ...CALL, name: "nothing" })],
  ["a call without arguments", {}, modern("tools/call", { name: "kubectl" })],
  ["a list", {}, modern("tools/list")],
  ["a list that is denied", { decision: deniedWith("credential.missing") }, modern("tools/list")],
];

for (const [what, props, sent] of CASES) {
  test(`${what} is answered as by the protocol's library`, async (context) => {
    const front = await standing(context, props);
    const plain = await send(front, sent);
    const runs = front.runs();
    const theirs = await send(front, withMember(sent, "com.example/more", 1));
    assert.deepEqual(seen(plain), seen(theirs));
    assert.equal(front.runs(), 2 * runs);
  });
}

test("only the library names the result of what it answers first", async (context) => {
  const front = await standing(context);
  const sent = modern("tools/call", CALL);
  assert.match((await send(front, sent)).text, /^\{"jsonrpc"/);
  for (const [name, value] of [
    ["com.example/more", 1],
    // A client that can be asked something may be asked.
    ["io.modelcontextprotocol/clientCapabilities", { elicitation: {} }],
  ] as const) {
    assert.match((await send(front, withMember(sent, name, value))).text, /^\{"result"/);
  }
});

/** What the version demands, left out or contradicted: the status and the code of each. */
const DEMANDS: readonly (readonly [string, Sent["headers"], number, number])[] = [
  ["no method in its headers", { "mcp-method": [] }, 400, -32_020],
  ["another method in its headers", { "mcp-method": "tools/list" }, 400, -32_020],
  ["no name in its headers", { "mcp-name": [] }, 400, -32_020],
  ["another name in its headers", { "mcp-name": "deploy" }, 400, -32_020],
  ["no version in its headers", { "mcp-protocol-version": [] }, 400, -32_020],
  ["another version in its headers", { "mcp-protocol-version": "2025-11-25" }, 400, -32_020],
  ["a body that is said to be text", { "content-type": "text/plain" }, 415, -32_000],
];

for (const [what, headers, status, code] of DEMANDS) {
  test(`a call with ${what} is refused, and runs nothing`, async (context) => {
    const front = await standing(context);
    const sent = modern("tools/call", CALL);
    const { status: given, body } = await send(front, {
      ...sent,
      headers: { ...sent.headers, ...headers },
    });
    assert.deepEqual([given, body.error.code, front.runs()], [status, code, 0]);
  });
}

test("a call that asks to hear of its progress hears of it", async (context) => {
  const front = await standing(context, {
    run: async (_permit, { report }) => {
      report({ kind: "progress", progress: 1, total: 2, message: "half" });
      return failed({ reason: "broke_off" });
    },
  });
  const { text } = await send(front, withMember(modern("tools/call", CALL), "progressToken", "p"));
  assert.match(text, /"message":"half"/);
});

test("a call ends when its client is gone", async (context) => {
  const gone = new AbortController();
  const { promise: ended, resolve: isEnded } = Promise.withResolvers<void>();
  const front = await standing(context, {
    run: (_permit, { signal }) =>
      new Promise((settle) => {
        signal.addEventListener("abort", () => {
          isEnded();
          settle(failed({ reason: "broke_off" }));
        });
        gone.abort();
      }),
  });
  await assert.rejects(send(front, { ...modern("tools/call", CALL), signal: gone.signal }));
  await ended;
});

/** The same with a member more in what it says of itself. */
function withMember({ body, ...sent }: Sent, name: string, value: unknown): Sent {
  const message = JSON.parse(JSON.stringify(body));
  message.params["_meta"][name] = value;
  return { ...sent, body: message };
}

/** What a client sees, but for the order of members and the time. */
function seen({ status, headers, text }: Answer): object {
  const body: unknown = JSON.parse(text);
  assert.ok(isObject(body));
  return { status, headers: { ...headers, date: "" }, body };
}
