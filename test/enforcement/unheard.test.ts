// What goes on at a source while its caller is asked: how it ends with nobody waiting is a record, and no answer.

import assert from "node:assert/strict";
import { test } from "node:test";
import { done, failed, type Outcome } from "../../src/lib/outcome.ts";
import type { Questions, RunsOn, ToolFailure, ToolResult } from "../../src/tools/types.ts";
import { ALLOWED, decideWith, NOON, RUNNING, said } from "../support/world.ts";
import { type Props, stage } from "./stage.ts";

const CALL = { name: "kubectl", arguments: { command: "get pods" }, answered: null };
const QUESTIONS: Questions = {
  ...{ kind: "questions", state: "where it was" },
  questions: { q: { method: "elicitation/create", params: {} } },
};
const BROKE = { reason: "upstream_broke_off", upstream: "up", detail: "ended" } as const;
const LATE = { reason: "timed_out", afterMs: 9_000, stderr: "" } as const;

/** How it ended; null where somebody came back. */
type Ended = Outcome<ToolResult, ToolFailure> | null;

/** A call that is asked something, on this stage, and what a test does with it. */
async function asked(props: Props = {}, decision = ALLOWED) {
  const { promise: unheard, resolve, reject } = Promise.withResolvers<Ended>();
  let givenUp = 0;
  const giveUp: RunsOn["giveUp"] = () => {
    givenUp += 1;
    resolve(failed({ reason: "cancelled", stderr: "" }));
  };
  const run = async () => done({ ...QUESTIONS, runsOn: { unheard, giveUp } });
  const staged = stage(decideWith(decision), { run, ...props });
  const permitted = await staged.enforcement.call(staged.arrived, CALL, RUNNING.signal);
  assert.ok(permitted.ok);
  const { run: round } = permitted.value;
  const end = async (ended: Ended): Promise<void> => {
    resolve(ended);
    await staged.enforcement.close();
  };
  const throws = async (thrown: Error): Promise<void> => {
    reject(thrown);
    await staged.enforcement.close();
  };
  return { ...staged, round: () => round(RUNNING), end, throws, givenUp: () => givenUp };
}

for (const [what, ended, result, errorCode] of [
  ["an answer", done(said("pods")), "success", null],
  ["an error of its own", done({ ...said("no"), isError: true }), "failure", "tool_error"],
  ["a connection that ended", failed(BROKE), "failure", "upstream_broke_off"],
  ["no time left", failed(LATE), "timeout", "timed_out"],
] as const) {
  test(`${what} that nobody waits for is recorded, and reaches nobody`, async () => {
    let now = NOON;
    const on = await asked({ clock: () => now });
    const answer = await on.round();
    assert.ok(answer.ok && answer.value.kind === "questions");
    assert.deepEqual(Object.keys(answer.value), ["kind", "questions", "state", "giveUp"]);
    now += 7_000;
    await on.end(ended);
    assert.deepEqual(on.story, ["intent", "run", "outcome", "unheard end"]);
    const [, end] = on.ends;
    assert.deepEqual([end?.result, end?.errorCode, end?.durationMs], [result, errorCode, 7_000]);
    assert.equal(end?.outputBytes, ended.ok ? ended.value.outputBytes : null);
    assert.equal(typeof end?.outputDigest, ended.ok ? "string" : "object");
  });
}

test("where its caller came back in time there is no such record", async () => {
  const on = await asked();
  await on.round();
  await on.end(null);
  assert.deepEqual(on.story, ["intent", "run", "outcome"]);
});

test("an end that comes before its outcome is recorded after it", async () => {
  const on = await asked();
  const ending = on.end(done(said("pods")));
  await on.round();
  await ending;
  await on.enforcement.close();
  assert.deepEqual(on.story, ["intent", "run", "outcome", "unheard end"]);
});

test("where the outcome could not be recorded nobody is asked: it is given up, and recorded", async () => {
  const on = await asked({ broken: ["end"] });
  const answer = await on.round();
  assert.ok(!answer.ok && answer.failure.reason === "audit_unavailable");
  assert.equal(on.givenUp(), 1);
  await on.end(null);
  assert.deepEqual(on.story, ["intent", "run", "unheard end"]);
});

test("where its questions are more than may leave it is given up, and recorded", async () => {
  const obligations = [{ kind: "limit_output", bytes: 1 }] as const;
  const on = await asked({}, { ...ALLOWED, obligations });
  const answer = await on.round();
  assert.ok(!answer.ok && answer.failure.reason === "tool_failed");
  assert.equal(on.givenUp(), 1);
  await on.end(null);
  assert.deepEqual(on.story, ["intent", "run", "outcome", "unheard end"]);
});

test("what cannot be recorded is said aloud", async () => {
  const on = await asked({ broken: ["unheard end"] });
  await on.round();
  await on.end(done(said("pods")));
  const logged = "logged: a call ended while its caller was asked, and its record is missing";
  assert.deepEqual(on.story, ["intent", "run", "outcome", logged]);
});

test("a source that throws has ended too", async () => {
  const on = await asked();
  await on.round();
  await on.throws(new Error("ENOENT: /srv/secret/place"));
  assert.deepEqual(on.story, [
    ...["intent", "run", "outcome"],
    ...["logged: a tool broke off", "unheard end"],
  ]);
  assert.equal(on.ends[1]?.errorCode, "broke_off");
});

test("at the end what nobody came back for is given up, and has its record when that is over", async () => {
  const on = await asked();
  await on.round();
  await on.enforcement.close();
  assert.equal(on.givenUp(), 1);
  assert.deepEqual(on.story, ["intent", "run", "outcome", "unheard end"]);
  assert.deepEqual([on.ends[1]?.result, on.ends[1]?.errorCode], ["cancelled", "cancelled"]);
  await on.enforcement.close();
  assert.equal(on.givenUp(), 1);
});
