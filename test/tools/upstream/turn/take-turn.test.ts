// Questions of the newer era, which an upstream asks with its answer: all of them are passed on, or none.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { Client } from "@modelcontextprotocol/client";
import type { JsonObject } from "../../../../src/lib/json.ts";
import { done } from "../../../../src/lib/outcome.ts";
import { createCallers } from "../../../../src/tools/upstream/questions/callers.ts";
import { createHide } from "../../../../src/tools/hide.ts";
import type { Resumed } from "../../../../src/tools/types.ts";
import { LIMITS } from "../../../../src/tools/upstream/limits.ts";
import { createTakeTurn, type Send } from "../../../../src/tools/upstream/turn/take-turn.ts";
import { createUnderWay } from "../../../../src/tools/upstream/questions/under-way.ts";
import { runningWith } from "../world.ts";

const FORM = {
  method: "elicitation/create",
  params: { message: "Who?", requestedSchema: { type: "object", properties: {} } },
};
const ACCEPTED = { action: "accept", content: { name: "Ada" } };

/** A turn with an upstream that answers this; gives what it was asked with as well. */
async function turn(answer: JsonObject, resumed: Resumed | null = null, maxQuestions = 2) {
  const limits = { ...LIMITS, maxQuestions, maxQuestionBytes: 2_000 };
  const asking = { upstream: "up", allow: ["elicitation"], hide: createHide([]), limits } as const;
  const takeTurn = createTakeTurn(asking);
  const underWay = createUnderWay({ ...asking, callers: createCallers(), newId: randomUUID });
  const client = new Client({ name: "test", version: "1" });
  const connection = { client, underWay, ended: Promise.resolve(""), close: async () => {} };
  const running = runningWith({ capabilities: { elicitation: {} } });
  const asked: JsonObject[] = [];
  const send: Send = async (_client, _around, again) => {
    asked.push(again);
    return answer;
  };
  const taken = await takeTurn<never>(connection, { running, resumed }, () => done(send));
  return { taken, asked };
}

function asking(requests: JsonObject, requestState = "kept"): JsonObject {
  return { resultType: "input_required", inputRequests: requests, requestState };
}

test("questions go out under names of ours, and answers to them alone come back under the upstream's", async () => {
  const { taken, asked } = await turn(asking({ __proto__x: FORM, second: FORM }));
  assert.ok(taken.ok && taken.value.kind === "questions");
  assert.deepEqual(asked, [{}]);
  const { questions, state, waiting } = taken.value;
  assert.equal(waiting, null, "nothing is open at the upstream");
  assert.deepEqual(Object.keys(questions), ["question1", "question2"]);
  assert.equal(questions["question1"]?.params["message"], "The MCP server up asks: Who?");
  const answers = { question1: ACCEPTED, question2: { action: "x" }, second: ACCEPTED, more: {} };
  const next = await turn({ content: [] }, { answers, state });
  const inputResponses = { __proto__x: ACCEPTED };
  assert.deepEqual(next.asked, [{ inputResponses, requestState: "kept" }]);
  assert.deepEqual(next.taken, { ok: true, value: { kind: "answer", answer: { content: [] } } });
  // The questions of all rounds count.
  const more = await turn(asking({ third: FORM }), { answers, state });
  assert.match(JSON.stringify(more.taken), /a call may ask 2 times/);
});

for (const [what, requests, why] of [
  ["no question", {}, /it says of no question what it is/],
  ["one that is not allowed", { a: FORM, b: { method: "roots/list" } }, /"roots\/list".*nobody/],
  ["one that is none", { a: FORM, b: 7 }, /"more input".*nobody/],
  ["a method that hides text", { a: { method: "a\u202Eb" } }, /"more input".*nobody/],
  ["more than may be asked", { a: FORM, b: FORM, c: FORM }, /a call may ask 2 times/],
  ["a long name", { ["x".repeat(3_000)]: FORM }, /it has more than 2000 bytes/],
] as const) {
  test(`with ${what} nobody is asked anything`, async () => {
    const { taken } = await turn(asking(requests));
    assert.ok(!taken.ok && taken.failure.reason === "upstream_asked", JSON.stringify(taken));
    assert.match(JSON.stringify(taken.failure), why);
  });
}

test("what an upstream keeps with a question is bounded as the question is", async () => {
  const { taken } = await turn(asking({ a: FORM }, "x".repeat(2_000)));
  assert.match(JSON.stringify(taken), /it has more than 2000 bytes/);
});

test("what comes back without what was kept is a first round", async () => {
  for (const state of [null, {}, { asked: 7, count: 1 }, { asked: [["a", FORM.method]] }]) {
    const { asked } = await turn({ content: [] }, { answers: { question1: ACCEPTED }, state });
    assert.deepEqual(asked, [{}]);
  }
});
