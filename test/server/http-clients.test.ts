import assert from "node:assert/strict";
import { test } from "node:test";
import type { JSONRPCMessage } from "@modelcontextprotocol/server";
import type { Arrived } from "../../src/enforcement/types.ts";
import { createHttpClients } from "../../src/server/http-clients.ts";
import { CIRCUMSTANCES, decideWith, ALLOWED, snapshotOf, toolboxOf } from "../support/world.ts";
import { holderOf } from "./http-world.ts";

const { signal } = new AbortController();
const SNAPSHOT = snapshotOf(
  toolboxOf([], async () => assert.fail("nothing runs")),
  decideWith(ALLOWED),
);

function within(session: string | null): Arrived {
  const circumstances = { ...CIRCUMSTANCES, caller: holderOf("key", session) };
  return { snapshot: SNAPSHOT, circumstances };
}

function counter(): () => string {
  let id = 0;
  return () => `q${(id += 1)}`;
}

function answerTo(id: string, roots: number): JSONRPCMessage {
  return { jsonrpc: "2.0", id, result: { roots } };
}

test("an answer reaches the question of its own session, and no other", async () => {
  const clients = createHttpClients(counter());
  for (const session of ["s1", "s2"]) clients.begin(session, { roots: {} });
  const sent: string[] = [];
  const answers: unknown[] = [];
  const asked = clients
    .of(within("s1"))
    .put(async (id) => void sent.push(id), signal)
    .then((answer) => answers.push(answer));
  await Promise.resolve();
  assert.deepEqual(sent, ["q1"]);
  clients.answered(within("s2"), answerTo("q1", 2));
  clients.answered(within(null), answerTo("q1", 0));
  clients.answered(within("s1"), answerTo("q2", 1));
  await new Promise(setImmediate);
  assert.deepEqual(answers, []);
  clients.answered(within("s1"), answerTo("q1", 1));
  await asked;
  assert.deepEqual(answers, [{ roots: 1 }]);
});

test("an answer that is an error is none", async () => {
  const clients = createHttpClients(counter());
  clients.begin("s1", {});
  const asked = clients.of(within("s1")).put(async () => {}, signal);
  const error = { code: -1, message: "User declined" };
  clients.answered(within("s1"), { jsonrpc: "2.0", id: "q1", error });
  assert.equal(await asked, null);
});

test("a question ends with the request that it was asked for", async () => {
  const clients = createHttpClients(counter());
  clients.begin("s1", {});
  const over = new AbortController();
  const asked = clients.of(within("s1")).put(async () => {}, over.signal);
  over.abort();
  await assert.rejects(asked, /nobody answered/);
});

test("what a client said of itself, and the level that it wants, are kept for its session alone", () => {
  const clients = createHttpClients(counter());
  clients.begin("s1", { sampling: {} });
  clients.begin("s2", "nonsense");
  clients.of(within("s1")).setLevel("error");
  assert.deepEqual(clients.of(within("s1")).capabilities(), { sampling: {} });
  assert.equal(clients.of(within("s1")).level(), "error");
  for (const other of ["s2", "s3", null]) {
    assert.deepEqual(clients.of(within(other)).capabilities(), {});
    assert.equal(clients.of(within(other)).level(), "info");
  }
});

test("of what a client declares only what it can be asked for is kept, and nothing that is long", () => {
  const clients = createHttpClients(counter());
  clients.begin("s1", { elicitation: { form: {} }, experimental: { much: "x".repeat(100_000) } });
  assert.deepEqual(clients.of(within("s1")).capabilities(), { elicitation: { form: {} } });
  clients.begin("s2", { roots: {}, sampling: { much: "x".repeat(100_000) } });
  assert.deepEqual(clients.of(within("s2")).capabilities(), {});
});
