// Two callers at once, over everything that they share: nothing of one ever reaches the other.

import assert from "node:assert/strict";
import { Agent } from "node:http";
import { test } from "node:test";
import type { Refusal } from "../../src/enforcement/types.ts";
import type { Secret } from "../../src/lib/secret.ts";
import { CIRCUMSTANCES, RUNNING } from "../support/world.ts";
import { INITIALIZE, legacy, modern, send, type Sent } from "./http-world.ts";
import { ROLES, type Whole, wholeServer } from "./whole-world.ts";

/** `INTERLEAVED=100000` sets more. */
const QUESTIONS = Number(process.env["INTERLEAVED"] ?? 20_000);
/** A request costs ten times what its decision does. */
const REQUESTS = QUESTIONS / 12;
const WORKERS_EACH = 6;

/** Somebody with a key and a session, and a tool that nobody else sees. */
interface Person {
  readonly user: string;
  readonly tool: string;
  readonly key: { readonly id: string; readonly secret: Secret };
  readonly session: string;
}

/** Both are at work at once; each question has a number of its own. */
async function interleaved(
  people: readonly [Person, Person],
  times: number,
  ask: (number: number, self: Person, other: Person) => Promise<void>,
): Promise<void> {
  const [ada, eve] = people;
  let asked = 0;
  const work = async (self: Person, other: Person): Promise<void> => {
    while (asked < times) await ask((asked += 1), self, other);
  };
  const pairs = Array.from({ length: WORKERS_EACH }, () => [work(ada, eve), work(eve, ada)]);
  await Promise.all(pairs.flat());
}

async function peopleOf(whole: Whole): Promise<readonly [Person, Person]> {
  const [ada, eve] = await Promise.all([
    personOf(whole, "ada@company", "developer"),
    personOf(whole, "eve@company", "auditor"),
  ]);
  return [ada, eve];
}

async function personOf(whole: Whole, user: string, role: keyof typeof ROLES): Promise<Person> {
  const key = await whole.keyOf(user, role);
  const opened = await send(whole, { headers: bearer(key.secret), body: INITIALIZE });
  const session = opened.headers["mcp-session-id"]?.toString() ?? assert.fail(opened.text);
  return { user, tool: ROLES[role], key, session };
}

function bearer(secret: Secret): Record<string, string> {
  return { authorization: `Bearer ${secret.reveal()}` };
}

type Arrived = Parameters<Whole["enforcement"]["list"]>[0];

interface Turn {
  readonly whole: Whole;
  readonly self: Person;
  readonly other: Person;
  /** How a request of oneself within this session arrives. */
  readonly within: (session: string) => Promise<Arrived>;
}

/** What each asks of enforcement in turn, what must become of it, and which tool its records name. */
const TURNS: readonly {
  readonly names: (self: Person, other: Person) => string | null;
  readonly ask: (turn: Turn) => Promise<void>;
}[] = [
  {
    names: () => null,
    ask: async ({ whole, within, self }) => {
      const listed = await whole.enforcement.list(await within(self.session));
      assert.deepEqual(listed.ok && listed.value.map(({ tool }) => tool.name), [self.tool]);
    },
  },
  {
    names: (self) => self.tool,
    ask: async ({ whole, within, self }) => {
      const call = { name: self.tool, arguments: {}, answered: null };
      const permitted = await whole.enforcement.call(
        await within(self.session),
        call,
        RUNNING.signal,
      );
      assert.ok(permitted.ok);
      const { signal } = new AbortController();
      const ran = await permitted.value.run({ ...RUNNING, signal });
      assert.ok(!ran.ok && ran.failure.reason === "tool_failed");
      assert.equal(ran.failure.tool, self.tool);
    },
  },
  {
    names: (_self, other) => other.tool,
    ask: async ({ whole, within, self, other }) => {
      const call = { name: other.tool, arguments: {}, answered: null };
      const permitted = await whole.enforcement.call(
        await within(self.session),
        call,
        RUNNING.signal,
      );
      assert.ok(!permitted.ok);
      assert.deepEqual(codesOf(permitted.failure), ["roles.tool_not_allowed"]);
    },
  },
  {
    names: () => null,
    ask: async ({ whole, within, other }) => {
      const listed = await whole.enforcement.list(await within(other.session));
      assert.ok(!listed.ok);
      assert.deepEqual(codesOf(listed.failure), ["session.foreign"]);
    },
  },
];

function codesOf(refusal: Refusal): readonly string[] {
  return refusal.reason === "denied" ? refusal.decision.reasons.map(({ code }) => code) : [];
}

test("of two callers at once each is decided about and recorded as itself", async (context) => {
  const whole = await wholeServer(context);
  const people = await peopleOf(whole);
  whole.recorded.length = 0;
  const expected = new Map<string, unknown>();
  await interleaved(people, QUESTIONS, async (number, self, other) => {
    const turn = TURNS[number % TURNS.length] ?? assert.fail("no turn");
    const requestId = `request-${number}`;
    expected.set(requestId, [self.user, self.key.id, turn.names(self, other)]);
    const within = async (session: string): Promise<Arrived> => {
      const caller = await whole.authenticate({ credential: self.key.secret, session });
      const circumstances = { ...CIRCUMSTANCES, ...HTTP, requestId, caller };
      return { snapshot: whole.current(), circumstances };
    };
    await turn.ask({ whole, self, other, within });
  });
  const recorded = whole.recorded.map(({ circumstances: { requestId, caller }, toolName }) => [
    requestId,
    [caller.principal.id, caller.credential.id, toolName],
  ]);
  assert.deepEqual(new Map(Object.entries(Object.fromEntries(recorded))), expected);
  assert.equal(recorded.length, QUESTIONS);
});

const HERE = { ...CIRCUMSTANCES.client, ip: "127.0.0.1", peer_ip: "127.0.0.1" };
const HTTP = { transport: "http", era: "legacy", client: HERE } as const;

/** What each sends in turn, and what its answer must be. */
const SENDS: readonly {
  readonly sent: (self: Person, other: Person) => Sent;
  readonly status: number;
  /** What stands in the answer; the name of the other's tool stands there only where it was sent. */
  readonly answer: (self: Person, other: Person) => string;
}[] = [
  {
    sent: () => modern("tools/list"),
    status: 200,
    answer: ({ tool }) => `"name":"${tool}"`,
  },
  {
    sent: ({ tool }) => modern("tools/call", { name: tool }),
    status: 200,
    answer: ({ tool }) => `${tool} needs a container engine`,
  },
  {
    sent: (_self, { tool }) => modern("tools/call", { name: tool }),
    status: 200,
    answer: (_self, { tool }) => `"message":"Unknown tool: ${tool}"`,
  },
  {
    sent: ({ session }) => ({ headers: inSession(session), body: legacy("tools/list") }),
    status: 200,
    answer: ({ tool }) => `"name":"${tool}"`,
  },
  {
    sent: ({ session, tool }) => ({
      headers: inSession(session),
      body: legacy("tools/call", { name: tool }),
    }),
    status: 200,
    answer: ({ tool }) => `${tool} needs a container engine`,
  },
  {
    sent: (_self, { session }) => ({ headers: inSession(session), body: legacy("tools/list") }),
    status: 404,
    answer: () => `"error"`,
  },
];

function inSession(session: string): Record<string, string> {
  return { "mcp-session-id": session };
}

test("two callers at once are each answered with what is theirs, over one front", async (context) => {
  const whole = await wholeServer(context);
  const people = await peopleOf(whole);
  const agent = new Agent({ keepAlive: true });
  context.after(() => agent.destroy());
  await interleaved(people, REQUESTS, async (number, self, other) => {
    const { sent, status, answer } = SENDS[number % SENDS.length] ?? assert.fail("nothing to send");
    const { headers, body } = sent(self, other);
    const got = await send(whole, {
      agent,
      headers: { ...headers, ...bearer(self.key.secret) },
      body: { ...Object(body), id: number },
    });
    assert.equal(got.status, status, got.text);
    assert.equal(got.body.id, number);
    const expected = answer(self, other);
    assert.ok(got.text.includes(expected), got.text);
    const rest = got.text.replace(expected, "");
    for (const foreign of [other.tool, other.session, other.key.id, other.user]) {
      assert.equal(rest.includes(foreign), false, got.text);
    }
  });
});
