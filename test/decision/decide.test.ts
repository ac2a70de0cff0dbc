import assert from "node:assert/strict";
import { test } from "node:test";
import { createDecide } from "../../src/decision/decide.ts";
import type { Engine, EngineFault } from "../../src/decision/engine.ts";
import { createOrganisation } from "../../src/decision/organisation.ts";
import type { Decide } from "../../src/decision/types.ts";
import { buildInput } from "../../src/input/build.ts";
import type { InputDocument } from "../../src/input/types.ts";
import type { JsonObject } from "../../src/lib/json.ts";
import { done, failed, type Outcome } from "../../src/lib/outcome.ts";
import { isMinted } from "../../src/lib/permit.ts";
import { CIRCUMSTANCES, stepOf } from "../support/world.ts";
import { listening } from "./rego.ts";

const STEP = stepOf("kubectl", { command: "get pods" });
const CALL = asking("tools/call");
const YES = { allow: true, reasons: [], obligations: [] };
const NO = { allow: false, reasons: [{ code: "roles.unknown", message: "No." }], obligations: [] };

function asking(action: InputDocument["action"]): InputDocument {
  return buildInput(CIRCUMSTANCES, action === "tools/call" ? { action, step: STEP } : { action });
}

/** What an entrypoint does: answers with a value, with a fault, or throws. */
type Behaviour = () => Outcome<unknown, EngineFault>;

const answers =
  (value: unknown): Behaviour =>
  () =>
    done(value);
const fails =
  (reason: EngineFault["reason"]): Behaviour =>
  () =>
    failed({ reason, detail: "for a test" });
const throws =
  (thrown: unknown): Behaviour =>
  () => {
    throw thrown;
  };

/** An engine whose every entrypoint does the same, or what is said of it. */
function engine(behaviour: Behaviour, others: Readonly<Record<string, Behaviour>> = {}) {
  const asked: (readonly [entrypoint: string, input: JsonObject])[] = [];
  const made: Engine & { readonly asked: typeof asked } = {
    asked,
    ask: async (entrypoint, input) => {
      asked.push([entrypoint, input]);
      return (others[entrypoint] ?? behaviour)();
    },
    retire: () => {},
  };
  return made;
}

const NO_OBJECTION = { deny: [] };
const SILENT = engine(answers(NO_OBJECTION), { "custom/list": answers({ hide: [] }) });

function decider(builtin: Engine, theirs: Engine | null = null): Decide {
  const { log } = listening();
  const entrypoints = ["custom/decision", "custom/list", "custom/mask"];
  let now = 0;
  return createDecide({
    builtin,
    organisation: theirs && createOrganisation(theirs, entrypoints, log),
    revision: "r1",
    facts: "sha256:f",
    newId: () => "id",
    stopwatch: () => (now += 0.5),
    log,
  });
}

test("an allowed call has a permit for exactly its step", async () => {
  const verdict = await decider(engine(answers(YES))).call(CALL, STEP);
  const decision = { ...YES, id: "id", revision: "r1", facts: "sha256:f", micros: 500 };
  assert.deepEqual(verdict, {
    allowed: true,
    decision,
    permit: { decisionId: "id", subject: STEP },
  });
});

test("a denied call has its reasons, and no permit", async () => {
  const verdict = await decider(engine(answers(NO))).call(CALL, STEP);
  assert.deepEqual(Object.keys(verdict).toSorted(), ["allowed", "decision"]);
  assert.deepEqual(verdict.decision.reasons, NO.reasons);
});

/** What is no answer: each of these denies, with this code. */
const BROKEN: readonly (readonly [what: string, behaviour: Behaviour, code: string])[] = [
  ["undefined", answers(undefined), "policy.invalid_decision"],
  ["null", answers(null), "policy.invalid_decision"],
  ["true", answers(true), "policy.invalid_decision"],
  ["a list", answers([YES]), "policy.invalid_decision"],
  ["nothing but allow", answers({ allow: true }), "policy.invalid_decision"],
  ["allow as text", answers({ ...YES, allow: "true" }), "policy.invalid_decision"],
  ["allow as number", answers({ ...YES, allow: 1 }), "policy.invalid_decision"],
  ["no obligations", answers({ allow: true, reasons: [] }), "policy.invalid_decision"],
  ["obligations of no kind", answers({ ...YES, obligations: {} }), "policy.invalid_decision"],
  ["no reasons", answers({ allow: true, obligations: [] }), "policy.invalid_decision"],
  ["reasons that are none", answers({ ...NO, reasons: ["no"] }), "policy.invalid_decision"],
  ["an allow with reasons", answers({ ...NO, allow: true }), "policy.invalid_decision"],
  ["a denial without reasons", answers({ ...YES, allow: false }), "policy.invalid_decision"],
  [
    "a reason without a code",
    answers({ ...NO, reasons: [{ message: "x" }] }),
    "policy.invalid_decision",
  ],
  [
    "an unknown obligation",
    answers({ ...YES, visible: {}, obligations: [{ kind: "fly" }] }),
    "policy.unknown_obligation",
  ],
  [
    "a known obligation with more to it",
    answers({ ...YES, visible: {}, obligations: [{ kind: "limit_output", bytes: 1, unit: "MB" }] }),
    "policy.unknown_obligation",
  ],
  [
    "a limit that is none",
    answers({ ...YES, visible: {}, obligations: [{ kind: "limit_output", bytes: -1 }] }),
    "policy.unknown_obligation",
  ],
  ["a trap", fails("trapped"), "policy.error"],
  ["no time left", fails("timed_out"), "policy.error"],
  ["an input that nobody can judge", fails("unfit_input"), "input.invalid"],
  ["a thrown text", throws("boom"), "policy.error"],
  ["a thrown object", throws({ message: "boom" }), "policy.error"],
  ["a thrown error", throws(new RangeError("boom")), "policy.error"],
  ["a thrown null", throws(null), "policy.error"],
  ["a thrown object that has no text", throws(Object.create(null)), "policy.error"],
];

for (const [what, behaviour, code] of BROKEN) {
  test(`built-in policies that answer with ${what} deny everything`, async () => {
    const { admit, call, manage, list } = decider(engine(behaviour), SILENT);
    const decisions = [
      await admit(asking("resources/list")),
      (await call(CALL, STEP)).decision,
      (await manage(asking("keys/create"), null)).decision,
      await list(asking("tools/list")),
    ];
    for (const decision of decisions) {
      assert.equal(decision.allow, false);
      assert.deepEqual(
        decision.reasons.map((reason) => reason.code),
        [code],
      );
      assert.match(decision.reasons[0]?.message ?? "", /^[A-Z].+\.$/);
    }
    assert.deepEqual((await list(asking("tools/list"))).visible, {});
  });
}

test("an input that is no object denies everything, and no policy is asked", async () => {
  for (const written of ["[]", '"tools/call"', "1"]) {
    const input: InputDocument = JSON.parse(written);
    const asked = engine(answers({ ...YES, visible: { kubectl: "yes" } }));
    const { admit, call, manage, list } = decider(asked, SILENT);
    const listed = await list(input);
    for (const decision of [
      await admit(input),
      (await call(input, STEP)).decision,
      (await manage(input, null)).decision,
      listed,
    ]) {
      assert.deepEqual(
        [decision.allow, decision.reasons.map(({ code }) => code)],
        [false, ["policy.error"]],
      );
    }
    assert.deepEqual([listed.visible, asked.asked], [{}, []]);
  }
});

/** The same for an organisation, where the built-in policies allow. */
const OBJECTIONS: readonly (readonly [what: string, behaviour: Behaviour, code: string])[] = [
  ["undefined", answers(undefined), "policy.invalid_decision"],
  ["true", answers(true), "policy.invalid_decision"],
  ["allow", answers({ allow: true }), "policy.invalid_decision"],
  ["a third member", answers({ deny: [], oblige: [], hide: [] }), "policy.invalid_decision"],
  ["deny as an object", answers({ deny: { code: "x" } }), "policy.invalid_decision"],
  ["deny as a text", answers({ deny: "no" }), "policy.invalid_decision"],
  ["a denial without a code", answers({ deny: [{}] }), "policy.invalid_decision"],
  ["a denial with an empty code", answers({ deny: [{ code: "" }] }), "policy.invalid_decision"],
  [
    "a message of no text",
    answers({ deny: [{ code: "x", message: 1 }] }),
    "policy.invalid_decision",
  ],
  ["a denial", answers({ deny: [{ code: "night" }] }), "organisation.night"],
  ["an unknown obligation", answers({ oblige: [{ kind: "fly" }] }), "policy.unknown_obligation"],
  ["a trap", fails("trapped"), "policy.error"],
  ["no time left", fails("timed_out"), "policy.error"],
  ["a throw", throws({}), "policy.error"],
];

for (const [what, behaviour, code] of OBJECTIONS) {
  test(`an organisation that answers with ${what} denies what the built-in policies allow`, async () => {
    const theirs = engine(behaviour, { "custom/list": answers({ hide: [] }) });
    const visible = { kubectl: "yes" };
    const { admit, call, manage, list } = decider(engine(answers({ ...YES, visible })), theirs);
    const listed = await list(asking("tools/list"));
    for (const decision of [
      await admit(asking("prompts/list")),
      (await call(CALL, STEP)).decision,
      (await manage(asking("keys/create"), null)).decision,
      listed,
    ]) {
      assert.deepEqual(
        decision.reasons.map((reason) => reason.code),
        [code],
      );
      assert.equal(decision.allow, false);
    }
    assert.deepEqual(listed.visible, {});
  });
}

test("a reading that is allowed has a permit, for exactly what would be read", async () => {
  const builtin = engine(answers(YES));
  const subject = { uri: "file:///notes" };
  const verdict = await decider(builtin).read(asking("resources/read"), subject);
  assert.ok(verdict.allowed);
  assert.equal(verdict.permit.subject, subject);
  assert.ok(isMinted(verdict.permit));
  assert.deepEqual(
    builtin.asked.map(([entrypoint]) => entrypoint),
    ["kubiya/read/decision"],
  );
});

for (const [what, builtin, theirs] of [
  ["the built-in policies deny", answers(NO), answers(NO_OBJECTION)],
  ["the built-in policies break", throws("trap"), answers(NO_OBJECTION)],
  ["an organisation denies", answers(YES), answers({ deny: [{ code: "x", message: "No." }] })],
  ["an organisation breaks", answers(YES), fails("trapped")],
] as const) {
  test(`a reading has no permit where ${what}`, async () => {
    const { read } = decider(engine(builtin), engine(theirs));
    const verdict = await read(asking("resources/read"), {});
    assert.equal(verdict.allowed, false);
    assert.ok(!("permit" in verdict));
    assert.ok(verdict.decision.reasons.length > 0);
  });
}

test("an organisation cannot grant what the built-in policies deny", async () => {
  for (const answer of [NO_OBJECTION, {}, { allow: true }, { deny: [], oblige: [] }]) {
    const theirs = engine(answers(answer), { "custom/list": answers({ hide: [] }) });
    const { call, list } = decider(engine(answers({ ...NO, visible: { kubectl: "yes" } })), theirs);
    const verdict = await call(CALL, STEP);
    assert.equal(verdict.allowed, false);
    assert.equal(verdict.decision.reasons[0]?.code, "roles.unknown");
    assert.deepEqual((await list(asking("tools/list"))).visible, {});
  }
});

test("reasons of both are told, the built-in ones first", async () => {
  const theirs = engine(answers({ deny: [{ code: "night" }] }), {
    "custom/list": answers({ hide: [] }),
  });
  const { decision } = await decider(engine(answers(NO)), theirs).call(CALL, STEP);
  assert.deepEqual(
    decision.reasons.map(({ code }) => code),
    ["roles.unknown", "organisation.night"],
  );
});

test("what is hidden is hidden, whatever else the organisation answers", async () => {
  const judgements = [
    answers({ deny: [{ code: "night" }] }),
    answers({ oblige: [{ kind: "dance" }] }),
    answers("nonsense"),
    fails("timed_out"),
  ];
  for (const judgement of judgements) {
    const theirs = engine(judgement, { "custom/list": answers({ hide: ["kubectl"] }) });
    const { decision } = await decider(engine(answers(YES)), theirs).call(CALL, STEP);
    assert.deepEqual(
      decision.reasons.map(({ code }) => code),
      ["tools.hidden"],
    );
  }
});

test("an organisation that cannot say what it hides answers alike for a tool that does not exist", async () => {
  const theirs = engine(answers(NO_OBJECTION), { "custom/list": fails("trapped") });
  const { admit, call } = decider(engine(answers(YES)), theirs);
  const unknown = await admit(buildInput(CIRCUMSTANCES, { action: "tools/call" }));
  const known = await call(CALL, STEP);
  assert.equal(unknown.allow, false);
  assert.deepEqual(unknown.reasons, known.decision.reasons);
});

test("obligations of both are kept", async () => {
  const oblige = [{ kind: "notify", channel: "ops" }];
  const theirs = engine(answers({ oblige }), { "custom/list": answers({ hide: [] }) });
  const ours = [{ kind: "limit_output", bytes: 5 }];
  const verdict = await decider(engine(answers({ ...YES, obligations: ours })), theirs).call(
    CALL,
    STEP,
  );
  assert.equal(verdict.allowed, true);
  assert.deepEqual(verdict.decision.obligations, [...ours, ...oblige]);
});

test("what an organisation hides is neither listed nor callable, and nothing is certain any more", async () => {
  const visible = { kubectl: "yes", git: "no_runner", terraform: "maybe", jq: "yes" };
  const builtin = engine(answers({ ...YES, visible }));
  const alone = decider(builtin);
  assert.deepEqual((await alone.list(asking("tools/list"))).visible, visible);

  const theirs = engine(answers(NO_OBJECTION), { "custom/list": answers({ hide: ["kubectl"] }) });
  const { list, call } = decider(builtin, theirs);
  const shown = { git: "no_runner", terraform: "maybe", jq: "maybe" };
  assert.deepEqual((await list(asking("tools/list"))).visible, shown);
  const verdict = await call(CALL, STEP);
  assert.equal(verdict.allowed, false);
  assert.deepEqual(
    verdict.decision.reasons.map(({ code }) => code),
    ["tools.hidden"],
  );
});

for (const [what, behaviour] of [
  ["a wrong shape", answers({ show: [] })],
  ["names that are none", answers({ hide: [1] })],
  ["a trap", fails("trapped")],
] as const) {
  test(`an organisation that cannot say what it hides (${what}) hides everything`, async () => {
    const builtin = engine(answers({ ...YES, visible: { kubectl: "yes" } }));
    const theirs = engine(answers(NO_OBJECTION), { "custom/list": behaviour });
    const { list, call } = decider(builtin, theirs);
    const listed = await list(asking("tools/list"));
    assert.equal(listed.allow, false);
    assert.deepEqual(listed.visible, {});
    assert.equal((await call(CALL, STEP)).allowed, false);
  });
}

test("a list that shows in a way nobody knows shows nothing", async () => {
  for (const visible of [{ kubectl: "sure" }, ["kubectl"], null, "all", { kubectl: true }]) {
    const listed = await decider(engine(answers({ ...YES, visible }))).list(asking("tools/list"));
    assert.equal(listed.allow, false);
    assert.deepEqual(listed.visible, {});
  }
});

test("an organisation is asked for every action but the handshake, and of a tool that is not there only what it hides", async () => {
  const asked = async (action: InputDocument["action"]): Promise<readonly string[]> => {
    const theirs = engine(answers(NO_OBJECTION), { "custom/list": answers({ hide: [] }) });
    const { admit } = decider(engine(answers(YES)), theirs);
    await admit(buildInput(CIRCUMSTANCES, { action }));
    return theirs.asked.map(([entrypoint]) => entrypoint);
  };
  assert.deepEqual(await asked("server/discover"), []);
  assert.deepEqual(await asked("tools/call"), ["custom/list"]);
  assert.deepEqual(await asked("resources/read"), ["custom/decision"]);
  assert.deepEqual(await asked("prompts/get"), ["custom/decision"]);
});

test("each question goes to its entrypoint with the whole input", async () => {
  const builtin = engine(answers(YES));
  const { admit, call, manage, list, mask, alerts, read } = decider(builtin);
  await admit(CALL);
  await call(CALL, STEP);
  await manage(CALL, null);
  await list(CALL);
  await mask({ a: 1 });
  await alerts({ a: 2 });
  await read(CALL, null);
  assert.deepEqual(builtin.asked, [
    ["kubiya/admit/decision", CALL],
    ["kubiya/call/decision", CALL],
    ["kubiya/manage/decision", CALL],
    ["kubiya/list/decision", CALL],
    ["kubiya/mask/decision", { a: 1 }],
    ["kubiya/alerts/decision", { a: 2 }],
    ["kubiya/read/decision", CALL],
  ]);
});

const ALERT = { code: "a.b", severity: "critical", message: "Look.", key: "k" };

test("what somebody must hear of is told as it was answered, and no organisation is asked", async () => {
  const theirs = engine(answers(NO_OBJECTION));
  const { alerts } = decider(engine(answers({ alerts: [ALERT] })), theirs);
  assert.deepEqual(await alerts({}), [ALERT]);
  assert.deepEqual(theirs.asked, []);
});

test("where policies cannot say what to alert of, that is told", async () => {
  const bad = [
    answers(undefined),
    answers([]),
    answers({ alerts: ALERT }),
    answers({ alerts: [ALERT], more: 1 }),
    answers({ alerts: [{ ...ALERT, severity: "none" }] }),
    answers({ alerts: [{ ...ALERT, key: 1 }] }),
    answers({ alerts: [ALERT, { ...ALERT, more: 1 }] }),
    fails("trapped"),
    throws("boom"),
  ];
  for (const behaviour of bad) assert.equal(await decider(engine(behaviour)).alerts({}), null);
});

test("what either masks is masked", async () => {
  const ours = engine(answers({ paths: ["/parameters/token"] }));
  const theirs = engine(answers({ paths: ["/parameters/name"] }));
  assert.deepEqual(await decider(ours).mask({}), ["/parameters/token"]);
  assert.deepEqual(await decider(ours, theirs).mask({}), ["/parameters/token", "/parameters/name"]);
});

test("where either cannot say what to mask, that is told", async () => {
  const good = answers({ paths: [] });
  const bad = [
    answers(undefined),
    answers([]),
    answers({ paths: [1] }),
    answers({ paths: [], more: 1 }),
    answers({ paths: ["parameters/x"] }),
    answers({ paths: ["/tool_name"] }),
    answers({ paths: ["/parametersx"] }),
    fails("trapped"),
    throws("boom"),
  ];
  for (const behaviour of bad) {
    assert.equal(await decider(engine(behaviour)).mask({}), null);
    assert.equal(await decider(engine(good), engine(behaviour)).mask({}), null);
  }
});

test("a record that no policy can look into shows none of its values", async () => {
  const { mask } = decider(engine(fails("unfit_input")), engine(answers({ paths: [] })));
  const record = { action: "tools/call", parameters: { a: 1, "b/c~d": [[]] } };
  assert.deepEqual(await mask(record), ["/parameters"]);
});
