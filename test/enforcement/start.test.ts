// Calls that start something else: what is decided, in which order, and what is recorded of it.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Decide, Decision } from "../../src/decision/types.ts";
import type { Asking, Refusal } from "../../src/enforcement/types.ts";
import type { InputDocument } from "../../src/input/types.ts";
import { done, failed, type Outcome } from "../../src/lib/outcome.ts";
import { isMinted } from "../../src/lib/permit.ts";
import type { Started, Starts, Step, ToolResult } from "../../src/tools/types.ts";
import { ALLOWED, decideWith, deniedWith, RUNNING, said, stepOf } from "../support/world.ts";
import { type Props, type Stage, stage } from "./stage.ts";

const CALL = { name: "starter", arguments: { what: "kubectl" }, answered: null };
const RESULT = said("started");

/** Decides by the name of the tool and the runner; what is not named is allowed. */
function decideBy(denied: Readonly<Record<string, string>>, asked: string[] = []): Decide {
  const verdicts = (decision: Decision): Decide["call"] => decideWith(decision).call;
  return {
    ...decideWith(ALLOWED),
    call: (input: InputDocument, step) => {
      const name = `${input.tool?.name}@${input.runner?.name}`;
      asked.push(name);
      const code = denied[name];
      return verdicts(code === undefined ? ALLOWED : deniedWith(code))(input, step);
    },
  };
}

function on(name: string, runner: string, instead?: readonly string[]): Step {
  const step = stepOf(name, { a: 1 });
  const there = { requested: "auto", name: runner, kind: "kubiya", healthy: true } as const;
  return { ...step, runner: { ...there, ...(instead !== undefined && { instead }) } };
}

const STEPS = [on("first", "one"), on("second", "one")];

/** A call that starts these steps, on this stage. */
async function start(
  decide: Decide,
  starts: Starts,
  props: Props = {},
): Promise<Stage & { readonly answer: Outcome<ToolResult | Asking, Refusal> }> {
  const plan = () => done({ steps: [stepOf("starter", CALL.arguments)], starts });
  const staged = stage(decide, { plan, run: async () => assert.fail("the starter ran"), ...props });
  const permitted = await staged.enforcement.call(staged.arrived, CALL, RUNNING.signal);
  const answer = permitted.ok ? await permitted.value.run(RUNNING) : permitted;
  return { ...staged, answer };
}

test("what a call starts is looked up when the call is permitted, decided step by step, and run as one", async () => {
  const asked: string[] = [];
  const starts: Starts = async () => {
    assert.deepEqual(asked, ["starter@local"]);
    return done({
      steps: STEPS,
      run: async (permits) => {
        assert.deepEqual(asked, ["starter@local", "first@one", "second@one"]);
        assert.deepEqual(
          permits.map(({ subject }) => subject),
          STEPS,
        );
        assert.ok(permits.every(isMinted));
        return done(RESULT);
      },
    } satisfies Started);
  };
  const { answer, story, actions, ends } = await start(decideBy({}, asked), starts);
  assert.deepEqual(answer, done(RESULT));
  assert.deepEqual(story, ["intent", "intent", "intent", "outcome", "outcome", "outcome"]);
  assert.deepEqual(
    actions.map(({ toolName }) => toolName),
    ["starter", "first", "second"],
  );
  assert.deepEqual(new Set(ends.map(({ result }) => result)), new Set(["success"]));
});

const nothing: Started["run"] = async () => assert.fail("it ran");

test("a starter that is denied looks nothing up", async () => {
  const starts: Starts = async () => assert.fail("it was looked up");
  const { answer, story } = await start(
    decideBy({ "starter@local": "permissions.missing" }),
    starts,
  );
  assert.ok(!answer.ok && answer.failure.reason === "denied");
  assert.equal(answer.failure.started, undefined);
  assert.deepEqual(story, ["note"]);
});

test("one step that is denied is a denial of all, and is told by its own name", async () => {
  const decide = decideBy({ "second@one": "runners.not_allowed" });
  const { answer, story, actions } = await start(decide, async () =>
    done({ steps: STEPS, run: nothing }),
  );
  assert.ok(!answer.ok && answer.failure.reason === "denied");
  assert.equal(answer.failure.started, "second");
  assert.deepEqual(story, ["note"]);
  assert.equal(actions[0]?.toolName, "second");
});

test("a call that starts nothing that could be decided runs nothing", async () => {
  const { answer, story } = await start(decideBy({}), async () =>
    done({ steps: [], run: nothing }),
  );
  assert.deepEqual(answer, failed({ reason: "unknown_tool", name: "starter" }));
  assert.deepEqual(story, ["note"]);
});

test("a tool that is unknown, and one that is not for the caller, are told by the name that was asked for", async () => {
  const unknown = await start(decideBy({}), async () =>
    failed({ reason: "unknown_tool", name: "second" }),
  );
  assert.deepEqual(unknown.answer, failed({ reason: "unknown_tool", name: "second" }));
  assert.equal(unknown.ends[0]?.errorCode, "unknown_tool");
  const step = on("second", "one");
  const faults = [{ field: "a", message: "is missing" }];
  const hidden = await start(decideBy({ "second@one": "whitelist.not_listed" }), async () =>
    failed({ reason: "invalid_arguments", step, faults }),
  );
  assert.ok(!hidden.answer.ok && hidden.answer.failure.reason === "denied");
  assert.equal(hidden.answer.failure.started, "second");
  const shown = await start(decideBy({}), async () =>
    failed({ reason: "invalid_arguments", step, faults }),
  );
  assert.deepEqual(shown.answer, failed({ reason: "invalid_arguments", faults }));
});

test("where nobody can say what it would start, that is recorded and told", async () => {
  const failure = { reason: "cancelled", stderr: "" } as const;
  const { answer, ends } = await start(decideBy({}), async () =>
    failed({ reason: "not_found_out", failure }),
  );
  assert.deepEqual(answer, failed({ reason: "tool_failed", tool: "starter", failure }));
  assert.deepEqual([ends[0]?.result, ends[0]?.errorCode], ["error", "cancelled"]);
});

test("looking up that throws is recorded, and its caller learns nothing of what was thrown", async () => {
  const { answer, story, ends } = await start(decideBy({}), async () => {
    throw new Error("ENOENT: /srv/secret/place");
  });
  const failure = { reason: "broke_off" } as const;
  assert.deepEqual(answer, failed({ reason: "tool_failed", tool: "starter", failure }));
  assert.deepEqual(story, ["logged: what a call would start cannot be found out", "note"]);
  assert.equal(ends[0]?.errorCode, "broke_off");
});

test("what is started may ask its caller first; the answers come back to it with a call that is decided anew", async () => {
  const question = { method: "elicitation/create", params: {} } as const;
  const resumes: unknown[] = [];
  const asked: string[] = [];
  const starts: Starts = async () =>
    done({
      steps: [on("first", "one")],
      run: async (_permits, _running, resumed) => {
        resumes.push(resumed);
        if (resumed !== null) return done(RESULT);
        return done({ kind: "questions", questions: { name: question }, state: "where it was" });
      },
    });
  const { answer, enforcement, arrived } = await start(decideBy({}, asked), starts);
  assert.ok(answer.ok && answer.value.kind === "questions");
  const answered = { answers: { name: "ada" }, state: answer.value.state };
  const again = await enforcement.call(arrived, { ...CALL, answered }, RUNNING.signal);
  assert.ok(again.ok);
  assert.deepEqual(await again.value.run(RUNNING), done(RESULT));
  assert.deepEqual(resumes, [null, { answers: { name: "ada" }, state: "where it was" }]);
  assert.deepEqual(asked, ["starter@local", "first@one", "starter@local", "first@one"]);
});

test("without all intents nothing runs, and those that were written end", async () => {
  let begun = 0;
  const { answer, ends } = await start(
    decideBy({}),
    async () => done({ steps: STEPS, run: nothing }),
    { mayBegin: () => (begun += 1) < 3 },
  );
  assert.ok(!answer.ok && answer.failure.reason === "audit_unavailable");
  assert.deepEqual(
    ends.map(({ result, errorCode }) => [result, errorCode]),
    [
      ["error", "audit.unavailable"],
      ["error", "audit.unavailable"],
    ],
  );
});

const GONE = failed({ reason: "runner_not_available", runner: "one" } as const);

test("a runner that is gone before anything ran is replaced by the next, which is decided and recorded anew", async () => {
  const asked: string[] = [];
  const ran: string[] = [];
  const { answer, story } = await start(decideBy({}, asked), async () =>
    done({
      steps: [on("first", "one", ["two"])],
      run: async ([permit]) => {
        const name = permit?.subject.runner.name ?? "";
        ran.push(name);
        return name === "one" ? GONE : done(RESULT);
      },
    }),
  );
  assert.deepEqual(answer, done(RESULT));
  assert.deepEqual(ran, ["one", "two"]);
  assert.deepEqual(asked, ["starter@local", "first@one", "starter@local", "first@two"]);
  assert.equal(story.filter((what) => what === "intent").length, 4);
});

test("the next runner that is not allowed runs nothing", async () => {
  const ran: string[] = [];
  const { answer } = await start(decideBy({ "first@two": "runners.not_allowed" }), async () =>
    done({
      steps: [on("first", "one", ["two"])],
      run: async ([permit]) => {
        ran.push(permit?.subject.runner.name ?? "");
        return GONE;
      },
    }),
  );
  assert.ok(!answer.ok && answer.failure.reason === "denied");
  assert.deepEqual(ran, ["one"]);
});

test("what may have run is not tried elsewhere, and neither is what has no other place", async () => {
  const late = failed({ reason: "left_running", runner: "one", afterMs: 1 } as const);
  for (const [step, failure] of [
    [on("first", "one", ["two"]), late],
    [on("first", "one"), GONE],
    [on("first", "one", []), GONE],
  ] as const) {
    let ran = 0;
    const { answer } = await start(decideBy({}), async () =>
      done({
        steps: [step],
        run: async () => {
          ran += 1;
          return failure;
        },
      }),
    );
    assert.ok(!answer.ok && answer.failure.reason === "tool_failed");
    assert.equal(ran, 1);
  }
});
