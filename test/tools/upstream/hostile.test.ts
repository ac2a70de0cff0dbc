import assert from "node:assert/strict";
import { test } from "node:test";
import { mintPermit } from "../../../src/lib/permit.ts";
import { createUpstreamLibrary } from "../../../src/tools/upstream/library.ts";
import { runs } from "../../support/processes.ts";
import { until } from "../../support/server.ts";
import {
  call,
  hostile,
  must,
  open,
  pidsOf,
  programReach,
  reported,
  readOf,
  runningWith,
  textOf,
  TOKEN,
} from "./world.ts";

test("an upstream is not started before it is needed, and presents what it has", async (context) => {
  const world = hostile(context, "plain");
  assert.deepEqual(
    [world.upstream.presented(), world.upstream.state(), world.said],
    [null, { state: "idle" }, []],
  );
  const presented = must(await world.upstream.connect());
  assert.ok(presented.tools.some(({ name }) => name === "echo"));
  assert.deepEqual(presented.resources, [{ uri: "hostile://one", name: "one" }]);
  assert.deepEqual(presented.templates, []);
  assert.deepEqual(presented.prompts, [{ name: "greet" }]);
  assert.deepEqual(presented.offers, { resources: true, prompts: true, completions: false });
  assert.deepEqual(world.upstream.state(), { state: "ready" });
  assert.equal(world.changes(), 1);
});

test("many that need it at once start it once", async (context) => {
  const world = hostile(context, "plain");
  const texts = ["a", "b", "c"].map((text) => call(world, "echo", { args: { text } }));
  assert.deepEqual((await Promise.all(texts)).map(textOf), ["a", "b", "c"]);
  assert.equal(pidsOf(world).length, 1);
});

test("its environment is what is configured, without anything of the server's", async (context) => {
  const world = hostile(context, "plain", { env: { ONLY: "this" } });
  assert.deepEqual(JSON.parse(textOf(await call(world, "environment"))), {
    A_TOKEN: "[REDACTED]",
    ONLY: "this",
  });
  assert.equal(textOf(await call(world, "folder")), "/");
});

test("nothing is asked of it without a permit", async (context) => {
  const world = hostile(context, "plain");
  const forged = { ...mintPermit("d", {}) };
  const asked = world.upstream.call(
    forged,
    { tool: "echo", digest: "", arguments: {} },
    { running: runningWith(), resumed: null },
  );
  await assert.rejects(asked, /no permit/);
  assert.deepEqual(world.said, []);
});

test("secrets that the server holds are hidden in whatever it answers", async (context) => {
  const world = hostile(context, "plain");
  const outcome = await call(world, "secret");
  assert.ok(outcome.ok);
  const { content, structured } = outcome.value;
  assert.deepEqual(content, [
    { type: "text", text: "the token is [REDACTED]" },
    { type: "resource_link", uri: "x://[REDACTED]", name: "link" },
  ]);
  assert.deepEqual(structured, { "[REDACTED]": { deep: ["[REDACTED]"] } });
  const wanted = { action: "resources/read", name: "hostile://one", arguments: {} } as const;
  const read = await readOf(world, wanted);
  assert.deepEqual(read.ok && read.value.body["contents"], [
    { uri: "hostile://one", text: "read [REDACTED]" },
  ]);
  assert.deepEqual(await call(world, "refuses"), {
    ok: false,
    failure: {
      reason: "upstream_refused",
      upstream: "up",
      detail: "no, [REDACTED]",
    },
  });
});

test("its log and what is no message are lines of the server's log, and none of them is long", async (context) => {
  const world = hostile(context, "plain");
  await call(world, "logs");
  await call(world, "garbage");
  const lines = world.said.flatMap(({ facts: { line } }) =>
    typeof line === "string" ? [line] : [],
  );
  assert.ok(lines.includes("(info) of somebody else"), JSON.stringify(lines));
  assert.ok(lines.includes("(no message) npm notice"), JSON.stringify(lines));
  assert.deepEqual(
    lines.filter((line) => line.length > 4_096),
    [],
  );
});

test("progress is passed on while it grows, without secrets; what is said of nobody's call is not", async (context) => {
  const world = hostile(context, "plain");
  const { news, report } = reported();
  await call(world, "logs", { report });
  assert.equal(textOf(await call(world, "progresses", { report })), "progressed");
  assert.deepEqual(
    news,
    [1, 2, 3].map((progress) => ({
      kind: "progress",
      progress,
      total: 3,
      message: `${progress} [REDACTED]`,
    })),
  );
});

test("what it asks of the client's side is refused, and the call goes on", async (context) => {
  const refusals = JSON.parse(textOf(await call(hostile(context, "plain"), "asks")));
  for (const { id, error } of refusals) {
    assert.equal(error.code, -32601);
    assert.equal(error.message, `${id} is not passed on: this server asks nobody on your behalf`);
  }
  assert.equal(refusals.length, 3);
});

test("a call that is cancelled ends at once, and the upstream is told", async (context) => {
  const world = hostile(context, "plain");
  must(await world.upstream.connect());
  const controller = new AbortController();
  const silent = call(world, "silent", { signal: controller.signal });
  const heard = (start: string) => () =>
    world.said.some(({ facts: { line } }) => typeof line === "string" && line.startsWith(start));
  await until(heard("asked"));
  controller.abort();
  assert.deepEqual(await silent, { ok: false, failure: { reason: "cancelled", stderr: "" } });
  await until(heard("cancelled"));
  assert.equal(textOf(await call(world, "echo", { args: { text: "still here" } })), "still here");
});

test("a reading that is cancelled while the upstream starts ends at once, and asks nothing of it", async (context) => {
  const { upstream, said } = hostile(context, "mute");
  const uri = "hostile://one";
  const library = createUpstreamLibrary(upstream, { ...NOTHING, resources: [{ uri }] });
  const reading = {
    action: "resources/read",
    name: uri,
    arguments: { uri },
    origin: "up",
  } as const;
  const controller = new AbortController();
  const running = runningWith({ signal: controller.signal });
  const read = library.read(mintPermit("d", reading), running, null);
  controller.abort();
  assert.deepEqual(await read, { ok: false, failure: { reason: "cancelled", stderr: "" } });
  assert.deepEqual([upstream.state(), said], [{ state: "starting" }, []]);
});

test("a call that is never answered ends at its time limit, and others are answered meanwhile", async (context) => {
  const world = hostile(context, "plain", { timeout: 0.3 });
  must(await world.upstream.connect());
  const silent = call(world, "silent");
  assert.equal(textOf(await call(world, "echo", { args: { text: "meanwhile" } })), "meanwhile");
  assert.deepEqual(await silent, {
    ok: false,
    failure: { reason: "timed_out", afterMs: 300, stderr: "" },
  });
});

/** An upstream that has nothing. */
const NOTHING = {
  ...{ tools: [], resources: [], templates: [], prompts: [] },
  offers: { resources: true, prompts: false, completions: false },
};

/** Tools that end it before they answer, and how that is told. */
const DEADLY: readonly (readonly [string, RegExp])[] = [
  ["dies", /^ended with exit code 3, and last said: [^(]+$/],
  ["half", /^ended with exit code 0, and last said: /],
  ["endless", /^wrote a line of more than 2097152 bytes, and was ended$/],
];

for (const [tool, detail] of DEADLY) {
  test(`when ${tool} ends it, all its calls are told, and it waits before it is started again`, async (context) => {
    const world = hostile(context, "plain");
    const waiting = call(world, "silent");
    for (const outcome of await Promise.all([waiting, call(world, tool)])) {
      assert.ok(!outcome.ok && outcome.failure.reason === "upstream_broke_off");
      assert.match(outcome.failure.detail, detail);
    }
    const [pid = 0] = pidsOf(world);
    await until(() => !runs(pid));
    const refused = await call(world, "echo");
    assert.ok(!refused.ok && refused.failure.reason === "upstream_unreachable");
    assert.ok(refused.failure.retryInMs > 50_000);
    assert.equal(pidsOf(world).length, 1);
  });
}

test("it is started again when its time has come", async (context) => {
  const world = hostile(context, "plain", { limits: { firstRetryMs: 1 } });
  assert.equal((await call(world, "dies")).ok, false);
  await until(async () => (await call(world, "echo", { args: { text: "again" } })).ok);
  assert.equal(pidsOf(world).length, 2);
});

test("one that is kept running is started again by itself", async (context) => {
  const world = hostile(context, "plain", { eager: true, limits: { firstRetryMs: 1 } });
  assert.equal((await call(world, "dies")).ok, false);
  await until(() => pidsOf(world).length === 2 && world.upstream.state().state === "ready");
});

test("text beyond the limit is cut, and what cannot be cut is left out", async (context) => {
  const world = hostile(context, "plain", { maxBytes: 1_000 });
  const huge = await call(world, "huge");
  assert.ok(huge.ok);
  assert.deepEqual([textOf(huge).length, huge.value.truncated], [1_000, true]);
  assert.ok(huge.value.outputBytes > 1_000_000);
  const image = await call(world, "image");
  assert.ok(image.ok);
  assert.deepEqual(image.value.content, [
    { type: "text", text: "[left out: image of 100049 bytes]" },
    { type: "text", text: "" },
  ]);
});

test("an answer that is too deep is none, and the upstream goes on", async (context) => {
  const world = hostile(context, "plain");
  assert.deepEqual(await call(world, "deep"), {
    ok: false,
    failure: { reason: "upstream_too_much", upstream: "up", detail: "gave more than 64 levels" },
  });
  assert.equal(textOf(await call(world, "echo", { args: { text: "on" } })), "on");
});

for (const tool of ["nonsense", "nothing"]) {
  test(`an answer that is none of the protocol's (${tool}) ends its call at once, and no other`, async (context) => {
    const world = hostile(context, "plain");
    assert.deepEqual(await call(world, tool), {
      ok: false,
      failure: {
        ...{ reason: "upstream_broke_off", upstream: "up" },
        detail: "answered with something that is none of the protocol's",
      },
    });
    assert.equal(textOf(await call(world, "echo", { args: { text: "on" } })), "on");
    assert.equal(pidsOf(world).length, 1);
  });
}

test("garbage and answers that nobody waits for change nothing", async (context) => {
  const world = hostile(context, "plain");
  assert.equal(textOf(await call(world, "garbage")), "after it");
  assert.equal(textOf(await call(world, "stranger")), "mine");
});

test("a terminal's codes reach the model as they are: the text is its affair", async (context) => {
  const text = textOf(await call(hostile(context, "plain"), "codes"));
  assert.equal(text, "\u001B[2J\u001B]0;title\u0007 \u202Eevil");
});

test("what it has now is read when it says that it changed, and told once", async (context) => {
  const world = hostile(context, "plain");
  const before = must(await world.upstream.connect());
  assert.ok(!before.tools.some(({ name }) => name === "new"));
  await call(world, "changes");
  await until(() => world.changes() === 2);
  assert.ok(world.upstream.presented()?.tools.some(({ name }) => name === "new"));
});

test("what has not the form of a tool is left out, and so is the second of a name", async (context) => {
  let nowMs = 0;
  const world = hostile(context, "crooked", { stopwatch: () => nowMs });
  const { tools } = must(await world.upstream.connect());
  assert.deepEqual(tools, [{ name: "good", description: "good", inputSchema: { type: "object" } }]);
  nowMs += 24 * 60 * 60_000;
  must(await world.upstream.connect());
  const told = world.said.filter(({ message }) => message.includes("left out"));
  assert.deepEqual(
    told.map(({ facts }) => facts["left_out"]),
    ["5 of tools"],
    "it was read twice, and told once",
  );
});

test("a long template, and one beyond the hundredth, is left out: each is compared before anybody is asked", async (context) => {
  const world = hostile(context, "templates", { limits: { maxItems: 1_000 } });
  const { templates } = must(await world.upstream.connect());
  const lengths = templates.map(({ uriTemplate }) => String(uriTemplate).length);
  assert.deepEqual(lengths, [256, ...Array.from({ length: 99 }, (_, at) => 20 + at)]);
  const told = world.said.find(({ message }) => message.includes("left out"));
  assert.equal(told?.facts["left_out"], "6 of resourceTemplates");
});

/** Manners of an upstream that nobody can use, and what is told. */
const USELESS: readonly (readonly [string, RegExp])[] = [
  ["pages", /^it lists tools on more than 5 pages$/],
  ["many", /^it lists more than 40 tools$/],
  ["long", /^it lists tools of more than 100000 bytes$/],
  ["deep", /^it lists tools with more than 64 levels$/],
  ["dead", /^it ended with exit code 1, and last said: cannot start: \[REDACTED\]$/],
];

for (const [manner, detail] of USELESS) {
  test(`an upstream that is ${manner} cannot be used, and nothing of it is left`, async (context) => {
    const world = hostile(context, manner);
    const outcome = await world.upstream.connect();
    assert.ok(!outcome.ok && outcome.failure.reason === "upstream_unreachable");
    assert.match(outcome.failure.detail, detail);
    assert.equal(world.upstream.presented(), null);
    assert.equal(world.upstream.state().state, "failed");
    assert.deepEqual(pidsOf(world).filter(runs), []);
  });
}

test("an upstream that never answers is given up in time, and whoever cancels does not wait for it", async (context) => {
  const world = hostile(context, "mute", { limits: { connectMs: 600, probeMs: 100 } });
  const controller = new AbortController();
  const cancelled = call(world, "echo", { signal: controller.signal });
  controller.abort();
  assert.deepEqual(await cancelled, { ok: false, failure: { reason: "cancelled", stderr: "" } });
  assert.equal(world.upstream.state().state, "starting");
  const outcome = await world.upstream.connect();
  assert.ok(!outcome.ok && outcome.failure.reason === "upstream_unreachable");
  assert.match(outcome.failure.detail, /did not answer within 0.6 s/);
  assert.deepEqual(pidsOf(world).filter(runs), []);
});

test("one that ends at a question it does not know is asked as older ones are", async (context) => {
  const world = hostile(context, "brittle");
  assert.equal(textOf(await call(world, "echo", { args: { text: "old" } })), "old");
  assert.equal(pidsOf(world).length, 2);
});

test("one that ignores signals and has children leaves nothing behind", async (context) => {
  const world = hostile(context, "stubborn");
  must(await world.upstream.connect());
  await until(() => pidsOf(world).length === 2);
  assert.deepEqual(pidsOf(world).map(runs), [true, true]);
  await world.upstream.close();
  assert.deepEqual(pidsOf(world).map(runs), [false, false]);
  const after = await world.upstream.connect();
  assert.ok(!after.ok && after.failure.reason === "upstream_unreachable");
});

test("one that is closed while it starts leaves nothing behind", async (context) => {
  const world = hostile(context, "plain");
  const connecting = world.upstream.connect();
  await world.upstream.close();
  assert.equal((await connecting).ok, false);
  assert.deepEqual(pidsOf(world).filter(runs), []);
});

test("one that never answers is closed at once, and leaves nothing behind", async (context) => {
  const world = hostile(context, "mute", { limits: { connectMs: 60_000, probeMs: 60_000 } });
  const connecting = world.upstream.connect();
  await until(() => pidsOf(world).length === 1);
  const sinceMs = performance.now();
  await world.upstream.close();
  assert.ok(performance.now() - sinceMs < 10_000);
  assert.equal((await connecting).ok, false);
  assert.deepEqual(pidsOf(world).filter(runs), []);
});

test("a flood of its errors is a few lines of the log", async (context) => {
  const world = hostile(context, "loud");
  must(await world.upstream.connect());
  assert.equal(textOf(await call(world, "echo", { args: { text: "heard" } })), "heard");
  assert.equal(world.said.filter(({ message }) => message === "an upstream says").length, 20);
});

test("a program that is not there is told, by the name that the configuration has", async (context) => {
  const { upstream } = open(context, { reach: programReach("not-there", [TOKEN]) });
  const outcome = await upstream.connect();
  assert.ok(!outcome.ok && outcome.failure.reason === "upstream_unreachable");
  assert.equal(outcome.failure.detail, "the program not-there is not there");
});
