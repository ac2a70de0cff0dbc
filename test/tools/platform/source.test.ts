import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { readShipped } from "../../../src/compose/shipped.ts";
import { isJsonObject, type JsonObject, parseJson } from "../../../src/lib/json.ts";
import { failed } from "../../../src/lib/outcome.ts";
import { mintPermit } from "../../../src/lib/permit.ts";
import { createResolveRunner } from "../../../src/runners/resolve.ts";
import { createLines } from "../../../src/subprocess/lines.ts";
import { createHide } from "../../../src/tools/hide.ts";
import { createSaid } from "../../../src/tools/said.ts";
import { createPlatformSource } from "../../../src/tools/platform/source.ts";
import type { News, Source } from "../../../src/tools/types.ts";
import { clientFor, saying } from "../../kubiya/world.ts";
import { type Behaviour, type Cloud, cloudFor, json } from "../../support/cloud.ts";

const LIMITS = {
  ...{ tool_timeout: 5, max_response_size: 51_200, max_tools_in_response: 50 },
  default_page_size: 20,
};

interface World {
  readonly cloud: Cloud;
  readonly source: Source;
  readonly news: readonly News[];
  /** The text that a permitted call gives, or the reason of its failure. */
  readonly call: (name: string, args?: JsonObject) => Promise<string>;
  /** All that comes back of it. */
  readonly whole: (name: string, args?: JsonObject) => Promise<string>;
}

async function world(context: TestContext, limits: Partial<typeof LIMITS> = {}): Promise<World> {
  const cloud = await cloudFor(context);
  const { defaults } = await readShipped();
  const source = createPlatformSource({
    kubiya: clientFor(cloud).kubiya,
    requires: defaults.platform_tools,
    isFree: (name) => name !== "list_secrets",
    resolveRunner: createResolveRunner("local", [
      { name: "kubiya-hosted", healthy: false },
      { name: "on-premises", healthy: true },
    ]),
    limits: { ...LIMITS, ...limits },
    said: createSaid(
      createHide(["canary-held"]),
      limits.max_response_size ?? LIMITS.max_response_size,
    ),
    createLines,
  });
  const news: News[] = [];
  const running = {
    signal: new AbortController().signal,
    report: (one: News) => void news.push(one),
    capabilities: {},
    caller: "ada",
  };
  const run = async (name: string, args: JsonObject): ReturnType<Source["run"]> => {
    const plan = source.plan(name, args);
    if (!plan.ok)
      return failed({ reason: "not_preparable", field: "", detail: plan.failure.reason });
    const [step] = plan.value.steps;
    assert.ok(step !== undefined && plan.value.steps.length === 1);
    return source.run(mintPermit("d", step), running, null);
  };
  const call: World["call"] = async (name, args = {}) => {
    const planned = source.plan(name, args);
    if (!planned.ok) return planned.failure.reason;
    const ran = await run(name, args);
    if (!ran.ok) return ran.failure.reason;
    const text = ran.value.kind === "result" ? ran.value.content[0]?.["text"] : null;
    return typeof text === "string" ? text : assert.fail("there is no text");
  };
  const whole: World["whole"] = async (name, args = {}) => JSON.stringify(await run(name, args));
  return { cloud, source, news, call, whole };
}

function objectIn(text: string): JsonObject {
  const value = parseJson(text);
  return isJsonObject(value) ? value : assert.fail(text);
}

function itemsIn(text: string): readonly JsonObject[] {
  const { items } = objectIn(text);
  return Array.isArray(items) ? items.filter(isJsonObject) : assert.fail(text);
}

test("each tool of the platform has its permissions from facts, and a name that is taken is left alone", async (context) => {
  const { source } = await world(context);
  const { defaults } = await readShipped();
  for (const [name, tool] of source.catalogue) {
    assert.deepEqual(tool.requires, defaults.platform_tools[name]?.requires);
    assert.equal(tool.source, "platform");
  }
  const runs = Object.entries(defaults.platform_tools).flatMap(([name, { effect }]) =>
    effect === "runs" ? [name] : [],
  );
  const known = Object.keys(defaults.platform_tools);
  const missing = known.filter((name) => !source.catalogue.has(name));
  assert.deepEqual(missing.toSorted(), [...runs, "list_secrets"].toSorted());
});

for (const [name, args, expected] of [
  ["list_runners", {}, ["kubiya-hosted", "on-premises"]],
  ["list_agents", {}, ["helper"]],
  ["list_integrations", {}, ["slack"]],
  ["list_kb", {}, ["runbook"]],
  ["search_kb", { query: "run" }, ["runbook"]],
  ["search_tools", { query: "GREET" }, ["greet"]],
] as const) {
  test(`${name} gives pages of what the cloud has, without what is secret in it`, async (context) => {
    const { call } = await world(context);
    const text = await call(name, args);
    assert.deepEqual(
      itemsIn(text).map((item) => item["name"]),
      expected,
    );
    assert.doesNotMatch(text, /canary/);
  });
}

test("check_runner_health and find_available_runner say what is healthy", async (context) => {
  const { call } = await world(context);
  const health = await call("check_runner_health", { runner_name: "on-premises" });
  assert.equal(objectIn(health)["healthy"], true);
  assert.deepEqual(objectIn(await call("find_available_runner")), { name: "on-premises" });
});

/** A cloud of so many sources, each with a tool of its own, and runners, of which none is healthy. */
function many(cloud: Cloud, count: number): void {
  const each = Array.from({ length: count }, (_, at) => ({ uuid: `s${at}`, name: `n${at}` }));
  cloud.always(({ url }, response) => {
    const source = /sources\/s([0-9]+)\/metadata/.exec(url)?.[1];
    if (source !== undefined) return json(response, 200, { tools: [{ name: `greet${source}` }] });
    json(response, 200, url.endsWith("/health") ? { status: "down" } : each);
  });
}

test("a search that does not reach every source says so, and how to reach the others", async (context) => {
  const { cloud, call } = await world(context);
  many(cloud, 30);
  assert.equal(objectIn(await call("search_tools", { query: "greet" }))["incomplete"], undefined);
  many(cloud, 33);
  const found = objectIn(await call("search_tools", { query: "greet" }));
  assert.equal(found["total"], 30);
  assert.match(String(found["incomplete"]), /^3 of 33 sources were not searched.*`source`/);
  const narrowed = objectIn(await call("search_tools", { query: "greet", source: "n32" }));
  assert.deepEqual([narrowed["total"], narrowed["incomplete"]], [1, undefined]);
  const nowhere = await call("search_tools", { query: "greet", source: "none" });
  assert.equal(nowhere, "not_preparable");
});

test("where not every runner could be asked, the answer says so, and how to ask the others", async (context) => {
  const { cloud, call } = await world(context);
  many(cloud, 30);
  assert.deepEqual(objectIn(await call("find_available_runner")), { name: null });
  many(cloud, 33);
  const found = objectIn(await call("find_available_runner"));
  assert.equal(found["name"], null);
  assert.match(String(found["incomplete"]), /^3 of 33 runners were not asked.*check_runner_health/);
});

test("an agent is known by its name or its id, and what it says is passed on as it comes", async (context) => {
  const { cloud, call, news } = await world(context);
  for (const agent of ["helper", "a1"]) {
    cloud.streams('0:"hello "\n', '0:"ada"\n', "d:{}\n");
    assert.equal(await call("chat_with_agent", { agent_name: agent, message: "hi" }), "hello ada");
  }
  assert.ok(news.length >= 2);
  const nobody = await call("chat_with_agent", { agent_name: "nobody", message: "to nobody" });
  assert.equal(nobody, "not_preparable");
  assert.ok(!cloud.asked.some(({ body }) => body.includes("to nobody")));
});

test("an answer that ends without its mark is a failure", async (context) => {
  const { cloud, call } = await world(context);
  cloud.streams('0:"hello"\n');
  const chat = await call("chat_with_agent", { agent_name: "a1", message: "hi" });
  assert.equal(chat, "kubiya_broke_off");
});

test("an agent that goes on answering is waited for as long as a tool is", async (context) => {
  const { cloud, call } = await world(context, { tool_timeout: 0.3 });
  cloud.always((request, response) => {
    if (request.method === "GET") json(response, 200, [{ uuid: "a1", name: "helper" }]);
    else response.writeHead(200).write('0:"hello"\n');
  });
  const chat = await call("chat_with_agent", { agent_name: "a1", message: "hi" });
  assert.equal(chat, "timed_out");
});

test("what acts is sent once, as it was said", async (context) => {
  const { cloud, call } = await world(context);
  await call("create_agent", { name: "new", settings: { name: "other", llm_model: "x" } });
  const sent = cloud.asked.filter(({ method }) => method === "POST");
  assert.deepEqual(
    sent.map(({ body }) => parseJson(body)),
    [{ llm_model: "x", name: "new" }],
  );
  const deleted = await call("delete_agent", { agent_name: "helper" });
  assert.deepEqual(objectIn(deleted), { removed: "a1" });
});

/** Settings that bring a script, or name where one runs, and the field that is named. */
const UNDECIDED: readonly (readonly [string, JsonObject, string])[] = [
  ["create_source", { inline_tools: [{ name: "a", content: "id" }] }, "settings.inline_tools"],
  ["create_source", { inline_workflows: [{ name: "a" }] }, "settings.inline_workflows"],
  ["create_source", { type: "inline" }, "settings.type"],
  ["create_source", { runner: "on-premises" }, "settings.runner"],
  ["create_agent", { runners: ["on-premises"] }, "settings.runners"],
  ["create_agent", { image: "own" }, "settings.image"],
  ["create_agent", { environment_variables: { BASH_ENV: "a" } }, "settings.environment_variables"],
  ["create_agent", { tools: [{ name: "a", content: "id" }] }, "settings.tools.0"],
  ["create_agent", { sources: ["https://a.example"] }, "settings.sources.0"],
  ["update_agent", { runners: ["on-premises"] }, "settings.runners"],
  ["update_agent", { sources: ["git@a.example:b"] }, "settings.sources.0"],
  ["create_integration", { runner: "on-premises" }, "settings.runner"],
];

for (const [tool, settings, field] of UNDECIDED) {
  test(`${tool} takes no ${field} as ${JSON.stringify(settings)}, and asks nothing`, async (context) => {
    const { cloud, source, call } = await world(context);
    const args = { ...OWN[tool], settings };
    const plan = source.plan(tool, args);
    assert.ok(!plan.ok && plan.failure.reason === "invalid_arguments");
    assert.deepEqual(
      plan.failure.faults.map((fault) => fault.field),
      [field],
    );
    assert.equal(await call(tool, args), "invalid_arguments");
    assert.deepEqual(cloud.asked, []);
  });
}

/** What each needs besides settings. */
const OWN: Readonly<Record<string, JsonObject>> = {
  create_source: { url: "https://a.example" },
  create_agent: { name: "new" },
  update_agent: { agent_name: "helper" },
  create_integration: { name: "new" },
};

test("a setting that is not known is refused with those that are", async (context) => {
  const { source } = await world(context);
  const args = { url: "https://a.example", settings: { runner: "on-premises" } };
  const plan = source.plan("create_source", args);
  assert.ok(!plan.ok && plan.failure.reason === "invalid_arguments");
  const message = "is not known: use one of `description`, `dynamic_config`, or leave it out";
  assert.deepEqual(plan.failure.faults, [{ field: "settings.runner", message }]);
});

test("the settings of a source that bring nothing are sent", async (context) => {
  const { cloud, call } = await world(context);
  const settings = { description: "Theirs.", dynamic_config: { team: "a" } };
  await call("create_source", { url: "https://a.example", settings });
  assert.deepEqual(
    cloud.asked.map(({ method, url, body }) => [`${method} ${url}`, parseJson(body)]),
    [["POST /api/v1/sources", { ...settings, url: "https://a.example" }]],
  );
});

test("a source brings scripts, so whoever adds or discovers one has to be allowed both", async () => {
  const { defaults } = await readShipped();
  const needs = ["agents:manage", "scripts:execute"];
  for (const name of ["create_source", "discover_source"]) {
    assert.deepEqual(defaults.platform_tools[name]?.requires, needs);
  }
});

/** The runner that a call names, and the one that is decided; null: none here is. */
for (const [named, decided] of [
  [undefined, "on-premises"],
  ["auto", "on-premises"],
  ["kubiya-hosted", "kubiya-hosted"],
  ["local", null],
  ["default", null],
] as const) {
  test(`a source is discovered on the runner that was decided, where ${named} is named`, async (context) => {
    const { cloud, source, call } = await world(context);
    const args = { url: "https://a.example", ...(named !== undefined && { runner: named }) };
    const plan = source.plan("discover_source", args);
    const told = plan.ok ? plan.value.steps.map(({ runner }) => runner.name) : plan.failure.reason;
    assert.deepEqual(told, decided === null ? "invalid_arguments" : [decided]);
    await call("discover_source", args);
    const query = `?url=${encodeURIComponent("https://a.example")}&runner=${decided}`;
    assert.deepEqual(
      cloud.asked.map(({ method, url }) => `${method} ${url}`),
      decided === null ? [] : [`POST /api/v1/sources/load${query}`],
    );
  });
}

test("arguments that do not fit ask the cloud nothing", async (context) => {
  const { cloud, call } = await world(context);
  assert.equal(await call("get_kb"), "invalid_arguments");
  assert.equal(await call("list_runners", { page_size: 51 }), "invalid_arguments");
  assert.equal(await call("list_runners", { api_key: "x" }), "invalid_arguments");
  assert.equal(await call("no_such_tool"), "unknown_tool");
  assert.deepEqual(cloud.asked, []);
});

test("pages are whole: neither an item nor a character is cut, and the rest can be asked for", async (context) => {
  const { cloud, call } = await world(context, { max_response_size: 1_000 });
  const agents = Array.from({ length: 45 }, (_, at) => ({ uuid: `a${at}`, name: "ü".repeat(60) }));
  cloud.always((_request, response) => json(response, 200, agents));
  const seen: unknown[] = [];
  let size = 20;
  for (let page: unknown = 1; typeof page === "number";) {
    const text = await call("list_agents", { page, page_size: size });
    assert.ok(Buffer.byteLength(text) <= 1_000);
    const { left_out: leftOut, next_page: next, total } = objectIn(text);
    const items = itemsIn(text);
    assert.equal(total, 45);
    if (leftOut === undefined) seen.push(...items);
    else size = items.length;
    page = leftOut === undefined ? next : page;
  }
  assert.deepEqual(seen, agents);
});

test("one thing that is too large is a failure, never a part of it", async (context) => {
  const { cloud, call } = await world(context, { max_response_size: 100 });
  cloud.always((_request, response) => json(response, 200, { uuid: "k", text: "x".repeat(200) }));
  assert.equal(await call("get_kb", { id: "k" }), "too_large");
});

test("what the cloud cannot do is the tool's failure", async (context) => {
  const { cloud, call } = await world(context);
  cloud.always((_request, response) => json(response, 403, { error: "no" }));
  assert.equal(await call("list_runners"), "kubiya_unauthorized");
});

/** What is asked, and what the cloud says, which names a secret of this server. */
const INDISCREET: readonly (readonly [string, JsonObject, Behaviour])[] = [
  ["list_agents", {}, saying(JSON.stringify([{ name: "a", "canary-held": ["canary-held"] }]))],
  [
    "get_kb",
    { id: "k" },
    saying(JSON.stringify({ text: "it is canary-held, or 63616e6172792d68656c64" })),
  ],
  ["list_runners", {}, (_request, response) => json(response, 400, { error: "no canary-held" })],
  ["get_kb", { id: "k" }, (_request, response) => json(response, 500, { error: "x canary-hel" })],
];

for (const [name, args, behaviour] of INDISCREET) {
  test(`${name} says no secret of the server, whatever the cloud says of it`, async (context) => {
    const { cloud, whole } = await world(context);
    cloud.always(behaviour);
    assert.doesNotMatch(await whole(name, args), /canary|63616e/);
  });
}

test("what an agent says has no secret of the server, in its lines and where it is cut neither", async (context) => {
  for (const [max, pieces] of [
    [1_000, ["it is can", "ary-he", "ld\nso\n"]],
    [12, ["it is canary-held\n"]],
  ] as const) {
    const { cloud, whole, news } = await world(context, { max_response_size: max });
    cloud.streams(...pieces.map((piece) => `0:${JSON.stringify(piece)}\n`), "d:{}\n");
    const said = await whole("chat_with_agent", { agent_name: "a1", message: "hi" });
    assert.doesNotMatch(said, /canary|cana/);
    assert.match(said, /it is /);
    assert.doesNotMatch(JSON.stringify(news), /cana|ary-he/);
    assert.equal(news.length, pieces.length === 1 ? 1 : 2);
  }
});
