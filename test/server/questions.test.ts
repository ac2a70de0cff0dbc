import assert from "node:assert/strict";
import { test } from "node:test";
import type { Answered, Asking } from "../../src/enforcement/types.ts";
import { done } from "../../src/lib/outcome.ts";
import { answerQuestions, type Askable } from "../../src/server/questions.ts";
import { said } from "../support/world.ts";

const ASKING: Asking = {
  kind: "questions",
  questions: { folders: { method: "roots/list", params: {} } },
  state: "sealed",
};
/** How often what went on was given up. */
let givenUp = 0;
const GOING_ON: Asking = { ...ASKING, giveUp: () => (givenUp += 1) };
const UNANSWERED = { answers: {}, state: "sealed" };
const ROOTS = { roots: [] };

/** Asks a client until there is a result; gives how it ended, and what each round was called with. */
async function ask(client: Partial<Askable>, rounds: number) {
  const called: (Answered | null)[] = [];
  givenUp = 0;
  const result = await answerQuestions(done(GOING_ON), {
    name: "tool",
    client: {
      ...{ capabilities: { roots: {} }, signal: new AbortController().signal },
      put: async () => ROOTS,
      ...client,
    },
    round: async (answered) => {
      called.push(answered);
      return done(called.length < rounds ? GOING_ON : said("pods"));
    },
  });
  return { result, called };
}

function detailOf(result: Awaited<ReturnType<typeof ask>>["result"]): string {
  assert.ok(!result.ok && result.failure.reason === "tool_failed");
  const { failure } = result.failure;
  return failure.reason === "not_preparable" ? failure.detail : failure.reason;
}

test("each round is called with the answers to the last one's questions, and its state", async () => {
  const { result, called } = await ask({}, 2);
  assert.deepEqual(result, done(said("pods")));
  const answered = { answers: { folders: ROOTS }, state: "sealed" };
  assert.deepEqual(called, [answered, answered]);
});

test("a client is never asked what it does not say it can be asked", async () => {
  const put = async () => assert.fail("asked");
  const { result, called } = await ask({ capabilities: { sampling: {} }, put }, 2);
  assert.equal(detailOf(result), "the client does not offer roots");
  assert.equal(givenUp, 1);
  assert.deepEqual(called, []);
});

for (const [what, put] of [
  ["that refuses", async () => Promise.reject(new Error("no"))],
  ["that answers nothing", async () => null],
  ["that answers a text", async () => "folders"],
] as const) {
  test(`a source goes on once without the answer of a client ${what}`, async () => {
    const asksOn = await ask({ put }, 2);
    assert.equal(detailOf(asksOn.result), "the client did not answer roots/list");
    assert.deepEqual(asksOn.called, [UNANSWERED]);
    assert.equal(givenUp, 1);
    const { result } = await ask({ put }, 1);
    assert.deepEqual(result, done(said("pods")));
    assert.equal(givenUp, 0);
  });
}

test("for a client that is gone there is no round more", async () => {
  const gone = new AbortController();
  const put = async () => {
    gone.abort();
    throw new Error("closed");
  };
  const { result, called } = await ask({ put, signal: gone.signal }, 1);
  assert.equal(detailOf(result), "the client did not answer roots/list");
  assert.deepEqual(called, []);
  assert.equal(givenUp, 1);
});

test("a source that asks on and on is stopped", async () => {
  const { result, called } = await ask({}, 100);
  assert.equal(detailOf(result), "there are more than 8 rounds");
  assert.equal(called.length, 8);
  assert.equal(givenUp, 1);
});
