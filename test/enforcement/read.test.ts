// What sources have besides tools, and questions to the client: decided, recorded, and only then done.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Decision } from "../../src/decision/types.ts";
import type { Answered, Refusal } from "../../src/enforcement/types.ts";
import type { InputDocument } from "../../src/input/types.ts";
import { asObject } from "../../src/lib/json.ts";
import { done, failed, type Outcome } from "../../src/lib/outcome.ts";
import type {
  Given,
  Libraries,
  Ownerless,
  Question,
  Questions,
  Reading,
  Resumed,
} from "../../src/tools/types.ts";
import { ALLOWED, decideWith, deniedWith, RUNNING, said } from "../support/world.ts";
import { stage, type Stage } from "./stage.ts";

const READING: Reading = {
  action: "resources/read",
  name: "file:///notes",
  arguments: { uri: "file:///notes" },
};
const GIVEN: Given = { kind: "given", body: { contents: [{ uri: READING.name, text: "notes" }] } };
const LIBRARY: Partial<Libraries> = {
  resources: [{ uri: READING.name, name: "notes" }],
  originOf: ({ name }) => (name === READING.name ? done("notes") : failed("not_there")),
  read: async () => done(GIVEN),
};
const OWNERS: Readonly<Record<string, Outcome<string, Ownerless>>> = {
  "file:///notes": done("notes"),
  "file:///other": done("other"),
  "file:///contested": failed("contested"),
  "file:///nowhere": failed("not_there"),
};
const QUESTION: Question = { method: "roots/list", params: {} };
const QUESTIONS: Questions = { kind: "questions", questions: { q: QUESTION }, state: { step: 1 } };

async function read(
  { enforcement, arrived }: Stage,
  reading: Reading = READING,
  answered: Answered | null = null,
) {
  const permitted = await enforcement.read(arrived, { reading, answered });
  return permitted.ok ? permitted.value.run(RUNNING) : permitted;
}

function reasonOf(outcome: { readonly ok: boolean; readonly failure?: Refusal }): string {
  return outcome.failure?.reason ?? "none";
}

test("a reading that is allowed is recorded, reaches its source, and is recorded again", async () => {
  const on = stage(decideWith(ALLOWED), { library: LIBRARY });
  assert.deepEqual(await read(on), done(GIVEN));
  assert.deepEqual(on.story, ["intent", "read", "outcome"]);
  const [action] = on.actions;
  assert.equal(action?.action, "resources/read");
  assert.deepEqual([action?.toolName, action?.parameters], [null, READING.arguments]);
  assert.equal(on.ends[0]?.outputBytes, Buffer.byteLength(JSON.stringify(GIVEN.body)));
  assert.match(on.ends[0]?.outputDigest ?? "", /^sha256:[0-9a-f]{64}$/);
});

test("policies are told what is read", async () => {
  const asked: InputDocument[] = [];
  const decide = decideWith(ALLOWED);
  const on = stage(
    {
      ...decide,
      read: (input, subject) => {
        asked.push(input);
        return decide.read(input, subject);
      },
    },
    { library: LIBRARY },
  );
  await read(on);
  const [input] = asked;
  assert.deepEqual([input?.action, input?.tool, input?.runner], ["resources/read", null, null]);
  assert.deepEqual([input?.arguments, input?.reading], [READING.arguments, { origin: "notes" }]);
});

test("what is permitted is the reading of the one source that was decided on", async () => {
  const subjects: unknown[] = [];
  const on = stage(decideWith(ALLOWED), {
    library: {
      ...LIBRARY,
      read: async ({ subject }) => {
        subjects.push(subject);
        return done(GIVEN);
      },
    },
  });
  await read(on);
  assert.deepEqual(subjects, [{ ...READING, origin: "notes" }]);
  assert.deepEqual(
    on.actions.map(({ origin }) => origin),
    ["notes"],
  );
});

test("a policy that wants one source is denied nothing of it, and all else, before it is told whether it is there", async () => {
  const decide = decideWith(ALLOWED);
  const denied = decideWith(deniedWith("organisation.other_server"));
  const origins: unknown[] = [];
  const on = stage(
    {
      ...decide,
      read: (input, subject) => {
        origins.push(input.reading?.origin);
        return (input.reading?.origin === "notes" ? decide : denied).read(input, subject);
      },
    },
    {
      library: {
        ...LIBRARY,
        resources: [{ uri: READING.name }, { uri: "file:///other" }],
        originOf: ({ name }) => OWNERS[name] ?? failed("not_there"),
      },
    },
  );
  const outcomes = [];
  for (const name of Object.keys(OWNERS))
    outcomes.push(reasonOf(await read(on, { ...READING, name })));
  assert.deepEqual(outcomes, ["none", "denied", "denied", "denied"]);
  assert.deepEqual(origins, ["notes", "other", null, null]);
  assert.deepEqual(on.story, ["intent", "read", "outcome", "note", "note", "note"]);
  const shown = await on.enforcement.show(on.arrived, "resources/list");
  assert.deepEqual(shown, done([{ uri: READING.name }]));
});

test("what more than one source says is its own is recorded, and read from none", async () => {
  const library: Partial<Libraries> = { ...LIBRARY, originOf: () => failed("contested") };
  const on = stage(decideWith(ALLOWED), { library });
  assert.equal(reasonOf(await read(on)), "contested");
  assert.deepEqual(on.story, ["note"]);
  assert.deepEqual([on.ends[0]?.result, on.ends[0]?.errorCode], ["denied", "contested"]);
  const off = stage(decideWith(deniedWith("permissions.missing")), { library });
  assert.equal(reasonOf(await read(off)), "denied");
});

test("the state of another source's reading is that of none", async () => {
  let owner = "notes";
  const resumed: (Resumed | null)[] = [];
  const on = stage(decideWith(ALLOWED), {
    library: {
      originOf: () => done(owner),
      read: async (_permit, _running, given) => {
        resumed.push(given);
        return done(QUESTIONS);
      },
    },
  });
  const asked = await read(on);
  assert.ok(asked.ok && asked.value.kind === "questions");
  const { state } = asked.value;
  owner = "other";
  assert.equal(reasonOf(await read(on, READING, { answers: {}, state })), "invalid_state");
  assert.deepEqual(resumed, [null]);
});

test("a reading that is denied never reaches its source", async () => {
  const on = stage(decideWith(deniedWith("permissions.missing")), { library: LIBRARY });
  assert.equal(reasonOf(await read(on)), "denied");
  assert.deepEqual(on.story, ["note"]);
  assert.deepEqual([on.ends[0]?.result, on.ends[0]?.errorCode], ["denied", "permissions.missing"]);
});

test("who may not read does not learn what there is", async () => {
  const on = stage(decideWith(deniedWith("permissions.missing")), { library: LIBRARY });
  assert.deepEqual(await read(on, { ...READING, name: "file:///other" }), await read(on));
});

test("what is not there is recorded, and nothing is read", async () => {
  const on = stage(decideWith(ALLOWED), { library: LIBRARY });
  const other = { ...READING, name: "file:///other" };
  assert.deepEqual(await read(on, other), failed({ reason: "not_there" }));
  assert.deepEqual(on.story, ["note"]);
});

for (const [what, broken, story] of [
  ["an intent that cannot be recorded reads nothing", "begin", []],
  ["what was read leaves only with its outcome", "end", ["intent", "read"]],
] as const) {
  test(what, async () => {
    const on = stage(decideWith(ALLOWED), { library: LIBRARY, broken: [broken] });
    assert.equal(reasonOf(await read(on)), "audit_unavailable");
    assert.deepEqual(on.story, story);
  });
}

test("a reading beyond a policy's limit leaves not even in part", async () => {
  const limited: Decision = { ...ALLOWED, obligations: [{ kind: "limit_output", bytes: 20 }] };
  const on = stage(decideWith(limited), { library: LIBRARY });
  const answer = await read(on);
  assert.ok(!answer.ok && answer.failure.reason === "tool_failed");
  assert.equal(answer.failure.failure.reason, "too_large");
});

test("a list shows what may be read and no more, and what it asks for itself counts nowhere", async () => {
  const asked: string[] = [];
  const allowing = decideWith(ALLOWED);
  const denying = decideWith(deniedWith("roles.tool_not_allowed"));
  const on = stage(
    {
      ...allowing,
      read: (input, subject) => {
        const { uri, name: known } = asObject(input.arguments);
        const name = JSON.stringify(uri ?? known);
        asked.push(`${input.action} ${name}`);
        return (name.endsWith('notes"') ? allowing : denying).read(input, subject);
      },
    },
    {
      library: {
        resources: [{ uri: "file:///notes" }, { uri: "file:///keys" }, { name: "no URI" }],
        templates: [{ uriTemplate: "file:///{a}" }],
        prompts: [{ name: "fs_notes" }, { name: "fs_keys" }],
      },
    },
  );
  const { enforcement, arrived } = on;
  const resources = await enforcement.show(arrived, "resources/list");
  assert.deepEqual(resources, done([{ uri: "file:///notes" }]));
  assert.deepEqual(await enforcement.show(arrived, "resources/templates/list"), done([]));
  assert.deepEqual(await enforcement.show(arrived, "prompts/list"), done([{ name: "fs_notes" }]));
  assert.deepEqual(asked, [
    'resources/read "file:///notes"',
    'resources/read "file:///keys"',
    'resources/read ""',
    'resources/read "file:///{a}"',
    'prompts/get "fs_notes"',
    'prompts/get "fs_keys"',
  ]);
  assert.deepEqual(on.heard, ["resources/list", "resources/templates/list", "prompts/list"]);
});

test("a list of resources is decided and recorded, and a denied one shows nothing", async () => {
  const on = stage(decideWith(ALLOWED), { library: LIBRARY });
  const shown = await on.enforcement.show(on.arrived, "resources/list");
  assert.deepEqual(shown, done(LIBRARY.resources));
  assert.deepEqual(
    on.actions.map(({ action }) => action),
    ["resources/list"],
  );
  const off = stage(decideWith(deniedWith("permissions.missing")), { library: LIBRARY });
  assert.equal(reasonOf(await off.enforcement.show(off.arrived, "resources/list")), "denied");
  assert.equal(off.ends[0]?.result, "denied");
});

/** A tool that asks first, and what it was given when it was called again. */
function asking(): { readonly on: Stage; readonly resumed: (Resumed | null)[] } {
  const resumed: (Resumed | null)[] = [];
  const on = stage(decideWith(ALLOWED), {
    run: async (_permit, _running, given) => {
      resumed.push(given);
      return done(given === null ? QUESTIONS : said("pods"));
    },
  });
  return { on, resumed };
}

const CALL = { name: "kubectl", arguments: { command: "get pods" }, answered: null };

async function firstRound({ enforcement, arrived }: Stage): Promise<string> {
  const permitted = await enforcement.call(arrived, CALL, RUNNING.signal);
  assert.ok(permitted.ok);
  const asked = await permitted.value.run(RUNNING);
  assert.ok(asked.ok && asked.value.kind === "questions");
  assert.deepEqual(asked.value.questions, QUESTIONS.questions);
  return asked.value.state;
}

test("a call that goes on is decided and recorded anew, with its answers and its state", async () => {
  const { on, resumed } = asking();
  const state = await firstRound(on);
  assert.ok(!state.includes("step"));
  assert.equal(on.ends[0]?.errorCode, "input_required");
  const answered = { answers: { q: { roots: [] } }, state };
  const permitted = await on.enforcement.call(on.arrived, { ...CALL, answered }, RUNNING.signal);
  assert.ok(permitted.ok);
  assert.deepEqual(await permitted.value.run(RUNNING), done(said("pods")));
  assert.deepEqual(resumed, [null, { answers: answered.answers, state: { step: 1 } }]);
  assert.deepEqual(on.story, ["intent", "run", "outcome", "intent", "run", "outcome"]);
});

for (const [what, change] of [
  ["a state that was changed", { answered: { answers: {}, state: "AAAA" } }],
  ["the state of another call", { arguments: { command: "delete pods" } }],
] as const) {
  test(`${what} runs nothing, and is recorded`, async () => {
    const { on, resumed } = asking();
    const answered = { answers: {}, state: await firstRound(on) };
    const again = { ...CALL, answered, ...change };
    const permitted = await on.enforcement.call(on.arrived, again, RUNNING.signal);
    const ran = permitted.ok ? await permitted.value.run(RUNNING) : permitted;
    assert.equal(reasonOf(ran), "invalid_state");
    assert.deepEqual(resumed, [null]);
    assert.equal(on.ends.at(-1)?.errorCode, "invalid_state");
  });
}

test("the state of another caller runs nothing", async () => {
  const { on, resumed } = asking();
  const answered = { answers: {}, state: await firstRound(on) };
  const { circumstances } = on.arrived;
  const { caller } = circumstances;
  const bob = { ...caller, principal: { ...caller.principal, kind: "user", id: "bob" } } as const;
  const arrived = { ...on.arrived, circumstances: { ...circumstances, caller: bob } };
  const permitted = await on.enforcement.call(arrived, { ...CALL, answered }, RUNNING.signal);
  const ran = permitted.ok ? await permitted.value.run(RUNNING) : permitted;
  assert.equal(reasonOf(ran), "invalid_state");
  assert.deepEqual(resumed, [null]);
});
