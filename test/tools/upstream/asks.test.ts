// What an upstream asks of the client's side: passed on where that is allowed, to the client of the one call that
// is under way, and refused in words otherwise.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { isJsonObject, type JsonObject } from "../../../src/lib/json.ts";
import { until } from "../../support/server.ts";
import { call, type Calling, hostile, round, textOf, TOKEN, type World } from "./world.ts";

const BOTH = { allow: ["elicitation", "sampling"] } as const;
const CAPABILITIES = { elicitation: { form: {}, url: {} }, sampling: {} };
const SCHEMA = { type: "object", properties: { name: { type: "string" } }, required: ["name"] };
const FORM = {
  method: "elicitation/create",
  params: { message: "Who are you?", requestedSchema: SCHEMA },
} as const;
const ACCEPTED = { action: "accept", content: { name: "Ada" } };
const MESSAGES = [{ role: "user", content: { type: "text", text: "Say yes." } }];
const MODEL = {
  method: "sampling/createMessage",
  params: { messages: MESSAGES, maxTokens: 10 },
} as const;

function calling(args: JsonObject, more: Calling = {}): Calling {
  return { args, capabilities: CAPABILITIES, ...more };
}

/** What the client of a call is asked, and what it goes on with. */
async function askedOf(world: World, tool: string, given: Calling) {
  const asked = await round(world, tool, given);
  assert.ok(asked.ok && asked.value.kind === "questions", JSON.stringify(asked));
  const { questions, state, runsOn } = asked.value;
  assert.ok(runsOn !== undefined);
  return {
    questions,
    runsOn,
    goOn: (answer: JsonObject, more: Calling = {}) =>
      round(world, tool, { ...given, ...more, resumed: { answers: { question1: answer }, state } }),
  };
}

/** What the upstream was answered. */
function heard(outcome: Awaited<ReturnType<typeof round>>): unknown {
  const { result, error } = JSON.parse(textOf(outcome));
  return result ?? error.message;
}

test("a form goes to the client of the call, marked and without what is not its own, and its answer comes back", async (context) => {
  const world = hostile(context, "plain", BOTH);
  const params = {
    ...FORM.params,
    message: `Who has ${TOKEN}?`,
    _meta: { "a/b": 1 },
    task: { ttl: 1 },
  };
  const { questions, goOn } = await askedOf(world, "question", calling({ ...FORM, params }));
  const message = "The MCP server up asks: Who has [REDACTED]?";
  assert.deepEqual(questions, {
    question1: { method: FORM.method, params: { message, requestedSchema: SCHEMA } },
  });
  assert.deepEqual(
    heard(await goOn({ ...ACCEPTED, _meta: { from: "client" }, more: 1 })),
    ACCEPTED,
  );
});

test("an answer reaches a call that keeps its server from saying what it has, however old that is", async (context) => {
  let nowMs = 0;
  const stopwatch = () => nowMs;
  const world = hostile(context, "single", { ...BOTH, stopwatch, limits: { connectMs: 2_000 } });
  const { goOn } = await askedOf(world, "question", calling(FORM));
  nowMs += 24 * 60 * 60_000;
  assert.deepEqual(heard(await goOn(ACCEPTED)), ACCEPTED);
});

test("a model is asked with its server's name before all else, and nothing of other servers", async (context) => {
  const world = hostile(context, "plain", BOTH);
  const params = { ...MODEL.params, systemPrompt: "Be short.", metadata: { a: 1 } };
  const { questions, goOn } = await askedOf(world, "question", calling({ ...MODEL, params }));
  assert.deepEqual(questions["question1"]?.params, {
    ...MODEL.params,
    systemPrompt: "The MCP server up asks this. Be short.",
  });
  const said = { role: "assistant", model: "m", content: { type: "text", text: "yes" } };
  assert.deepEqual(heard(await goOn(said)), said);
});

test("an address is opened where it is https and the client opens any", async (context) => {
  const world = hostile(context, "plain", BOTH);
  const params = {
    mode: "url",
    message: "Log in.",
    url: "https://a.example/x",
    elicitationId: "1",
  };
  const { questions, goOn } = await askedOf(world, "question", calling({ ...FORM, params }));
  const message = "The MCP server up asks: Log in.";
  assert.deepEqual(questions["question1"]?.params, { ...params, message });
  assert.deepEqual(heard(await goOn({ action: "decline" })), { action: "decline" });
});

const ADDRESS = { mode: "url", message: "Log in.", url: "https://a.example", elicitationId: "1" };
const ODD = "it is no question that the protocol has";

for (const [what, allow, capabilities, question, why] of [
  ["nothing is allowed", [], CAPABILITIES, FORM, "this server asks nobody on your behalf"],
  [
    ...(["another kind is allowed", ["sampling"], CAPABILITIES, FORM] as const),
    "this server asks nobody on your behalf",
  ],
  [
    ...(["folders are asked for", BOTH.allow, { roots: {} }, { method: "roots/list" }] as const),
    "this server asks nobody on your behalf",
  ],
  [
    ...(["the client has no forms at all", BOTH.allow, {}, FORM] as const),
    "the client of this call does not offer elicitation",
  ],
  [
    ...(["the client shows no forms", BOTH.allow, { elicitation: { url: {} } }, FORM] as const),
    "the client of this call shows no forms",
  ],
  [
    ...(["the client has no model", BOTH.allow, { elicitation: {} }, MODEL] as const),
    "the client of this call does not offer sampling",
  ],
  [
    "the client opens no addresses",
    ...([BOTH.allow, { elicitation: {} }, { ...FORM, params: ADDRESS }] as const),
    "the client of this call opens no addresses",
  ],
  ...["http://a.example", "https://u:p@a.example", "javascript:alert(1)"].map(
    (url) =>
      [
        `the address is ${url}`,
        ...([BOTH.allow, CAPABILITIES, { ...FORM, params: { ...ADDRESS, url } }] as const),
        "it leads to an address that is not https",
      ] as const,
  ),
  [
    "it wants tools called",
    ...([BOTH.allow, CAPABILITIES, { ...MODEL, params: { ...MODEL.params, tools: [] } }] as const),
    "it wants tools called",
  ],
  [
    "it wants to read what other servers said",
    ...([BOTH.allow, CAPABILITIES] as const),
    { ...MODEL, params: { ...MODEL.params, includeContext: "allServers" } },
    "it wants to read what other servers said",
  ],
  [
    "a part of it is hidden",
    ...([BOTH.allow, CAPABILITIES] as const),
    { ...FORM, params: { ...FORM.params, message: "Who\u202E are you?" } },
    "it has characters that a person cannot see",
  ],
  [
    "it is large",
    ...([BOTH.allow, CAPABILITIES] as const),
    { ...FORM, params: { ...FORM.params, message: "x".repeat(65_536) } },
    "it has more than 65536 bytes",
  ],
  ["it has no schema", BOTH.allow, CAPABILITIES, { ...FORM, params: { message: "x" } }, ODD],
  ["it is nothing", BOTH.allow, CAPABILITIES, { method: FORM.method }, ODD],
  [
    "its mode is odd",
    BOTH.allow,
    CAPABILITIES,
    { ...FORM, params: { ...FORM.params, mode: "x" } },
    ODD,
  ],
] as const) {
  test(`nobody is asked where ${what}, and the call goes on`, async (context) => {
    const world = hostile(context, "plain", { allow });
    const answered = await round(world, "question", { args: { ...question }, capabilities });
    assert.equal(heard(answered), `${question.method} is not passed on: ${why}`);
  });
}

test("what is no answer is told as none", async (context) => {
  const world = hostile(context, "plain", BOTH);
  for (const answer of [
    {},
    { action: "accept", content: { name: { deep: 1 } } },
    { action: "x" },
  ]) {
    const { goOn } = await askedOf(world, "question", calling(FORM));
    const told = "elicitation/create is not passed on: the client gave no answer to it";
    assert.equal(heard(await goOn(answer)), told);
  }
});

const SEVERAL =
  "elicitation/create is not passed on: several callers use this server, and it does not say whose call it asks in";

test("where a caller has two calls under way it is asked in neither", async (context) => {
  const world = hostile(context, "plain", BOTH);
  const other = new AbortController();
  const silent = round(world, "silent", { signal: other.signal });
  await until(() => world.said.some(({ facts }) => String(facts["line"]).startsWith("asked")));
  const why = "it does not say which of several calls it asks in";
  assert.equal(
    heard(await round(world, "question", calling(FORM))),
    `elicitation/create is not passed on: ${why}`,
  );
  other.abort();
  assert.equal((await silent).ok, false);
});

test("once another caller has called nobody is asked any more, over any connection", async (context) => {
  const world = hostile(context, "plain", { ...BOTH, limits: { firstRetryMs: 1 } });
  const { goOn } = await askedOf(world, "question", calling(FORM));
  assert.deepEqual(heard(await goOn(ACCEPTED)), ACCEPTED);
  assert.equal((await round(world, "dies")).ok, false);
  await until(() => world.upstream.state().state !== "ready");
  await until(async () => (await world.upstream.connect()).ok);
  for (const caller of ["bob", "ada"]) {
    assert.equal(heard(await round(world, "question", calling(FORM, { caller }))), SEVERAL);
  }
});

test("what a call asks that was given up reaches no other caller", async (context) => {
  const world = hostile(context, "plain", BOTH);
  const given = new AbortController();
  const late = round(world, "late", calling(FORM, { signal: given.signal }));
  await until(() => world.said.some(({ facts }) => facts["line"] === "waits"));
  given.abort();
  assert.equal((await late).ok, false);
  const bob = round(world, "question", calling(FORM, { caller: "bob" }));
  const line = (): string =>
    world.said.map(({ facts }) => String(facts["line"])).find((one) => one.startsWith("late")) ??
    "";
  await until(() => line() !== "");
  assert.match(line(), /several callers use this server|no call is under way/);
  assert.equal(heard(await bob), SEVERAL);
});

test("one question at a time, and so many in a call", async (context) => {
  const world = hostile(context, "plain", { ...BOTH, limits: { maxQuestions: 2 } });
  const both = await askedOf(world, "both", calling(FORM));
  const [refused, answered] = JSON.parse(textOf(await both.goOn(ACCEPTED)));
  assert.match(refused.error.message, /one question at a time/);
  assert.deepEqual(answered.result, ACCEPTED);

  const asked = await askedOf(world, "again", calling(FORM));
  const second = await asked.goOn(ACCEPTED);
  assert.ok(second.ok && second.value.kind === "questions");
  const { state } = second.value;
  const last = await round(world, "again", {
    ...calling(FORM),
    resumed: { answers: { question1: ACCEPTED }, state },
  });
  assert.match(textOf(last), /a call may ask 2 times/);
});

test("an answer reaches the call that waits for it, once", async (context) => {
  const world = hostile(context, "plain", BOTH);
  const { goOn } = await askedOf(world, "question", calling(FORM));
  assert.deepEqual(heard(await goOn(ACCEPTED)), ACCEPTED);
  const gone = {
    ok: false,
    failure: {
      ...{ reason: "upstream_broke_off", upstream: "up" },
      detail: "does not wait for this answer any more",
    },
  };
  assert.deepEqual(await goOn(ACCEPTED), gone);
  const impatient = await askedOf(world, "impatient", calling(FORM));
  await wait(300);
  assert.deepEqual(await impatient.goOn(ACCEPTED), gone);
  const made = {
    answers: { question1: ACCEPTED },
    state: { waits: { call: "made up", question: "q" } },
  };
  assert.deepEqual(await round(world, "question", calling(FORM, { resumed: made })), gone);
});

test("an answer is the answer to its question alone, however often it is sent", async (context) => {
  const world = hostile(context, "plain", BOTH);
  const first = await askedOf(world, "again", calling(FORM));
  const next = await first.goOn(ACCEPTED);
  assert.ok(next.ok && next.value.kind === "questions");
  const again = await first.goOn(ACCEPTED);
  assert.ok(!again.ok && again.failure.reason === "upstream_broke_off", JSON.stringify(again));
  const { state } = next.value;
  const resumed = { answers: { question1: ACCEPTED }, state };
  const last = await round(world, "again", calling(FORM, { resumed }));
  assert.ok(last.ok);
});

test("a call whose client never comes back ends in its time, at the upstream too, and says so", async (context) => {
  const world = hostile(context, "plain", { ...BOTH, timeout: 1 });
  const { goOn, runsOn } = await askedOf(world, "question", calling(FORM));
  const late = { reason: "timed_out", afterMs: 1_000, stderr: "" };
  assert.deepEqual(await runsOn.unheard, { ok: false, failure: late });
  await until(() => world.said.some(({ facts }) => String(facts["line"]).startsWith("cancelled")));
  assert.equal((await goOn(ACCEPTED)).ok, false);
});

test("what a call gives that goes on without an answer is known, with secrets hidden", async (context) => {
  const world = hostile(context, "plain", BOTH);
  const { runsOn } = await askedOf(world, "impatient", calling(FORM));
  const ended = await runsOn.unheard;
  assert.ok(ended?.ok && ended.value.kind === "result");
  assert.deepEqual(ended.value.content, [{ type: "text", text: "went on, [REDACTED]" }]);
});

test("a call whose upstream ends while its client is asked broke off", async (context) => {
  for (const how of ["it dies", "it is closed"] as const) {
    const world = hostile(context, "plain", BOTH);
    const { runsOn } = await askedOf(world, "question", calling(FORM));
    if (how === "it dies") assert.equal((await round(world, "dies")).ok, false);
    else await world.upstream.close();
    const ended = await runsOn.unheard;
    assert.ok(ended !== null && !ended.ok, how);
    assert.equal(ended.failure.reason, "upstream_broke_off", how);
  }
});

test("a call that is given up while its client is asked is ended at the upstream", async (context) => {
  const world = hostile(context, "plain", BOTH);
  const { goOn, runsOn } = await askedOf(world, "question", calling(FORM));
  runsOn.giveUp();
  const cancelled = { ok: false, failure: { reason: "cancelled", stderr: "" } };
  assert.deepEqual(await runsOn.unheard, cancelled);
  await until(() => world.said.some(({ facts }) => String(facts["line"]).startsWith("cancelled")));
  assert.equal((await goOn(ACCEPTED)).ok, false);
  assert.equal((await round(world, "echo", { args: { text: "still here" } })).ok, true);
});

test("a round that was come back for has no such end; the one that asked last has", async (context) => {
  const world = hostile(context, "plain", { ...BOTH, timeout: 1 });
  const first = await askedOf(world, "again", calling(FORM));
  const second = await first.goOn(ACCEPTED);
  assert.ok(second.ok && second.value.kind === "questions");
  assert.equal(await first.runsOn.unheard, null);
  const ended = await second.value.runsOn?.unheard;
  assert.ok(ended !== undefined && ended !== null && !ended.ok);
  assert.equal(ended.failure.reason, "timed_out");
});

test("an answer in time leaves no such end", async (context) => {
  const world = hostile(context, "plain", BOTH);
  const { goOn, runsOn } = await askedOf(world, "question", calling(FORM));
  assert.equal((await goOn(ACCEPTED)).ok, true);
  assert.equal(await runsOn.unheard, null);
});

test("whoever gives a call up while it goes on ends it", async (context) => {
  const world = hostile(context, "plain", BOTH);
  const { goOn } = await askedOf(world, "forgets", calling(FORM));
  const given = new AbortController();
  const going = goOn(ACCEPTED, { signal: given.signal });
  const said = (words: string): boolean =>
    world.said.some(({ facts }) => String(facts["line"]).startsWith(words));
  await until(() => said("forgot"));
  given.abort();
  const ended = await going;
  assert.ok(!ended.ok && ended.failure.reason === "cancelled", JSON.stringify(ended));
  await until(() => said("cancelled"));
});

test("an upstream is told only of what it may ask for", async (context) => {
  for (const [allow, told] of [
    [[], {}],
    [["elicitation"], { elicitation: { form: {}, url: {} } }],
    [["sampling"], { sampling: {} }],
  ] as const) {
    const world = hostile(context, "plain", { allow });
    const { capabilities } = JSON.parse(textOf(await call(world, "client")));
    assert.ok(isJsonObject(capabilities));
    assert.deepEqual(capabilities, told);
  }
});
