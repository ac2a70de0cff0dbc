// Every way to make something run: each asks about what would really run, where it would, and sends nothing before.

import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { readShipped } from "../../../src/compose/shipped.ts";
import type { Decide } from "../../../src/decision/types.ts";
import type { InputDocument } from "../../../src/input/types.ts";
import { digestOf } from "../../../src/lib/digest.ts";
import { asObject, type JsonObject, parseJson } from "../../../src/lib/json.ts";
import { done } from "../../../src/lib/outcome.ts";
import { createRunInCloud, createRunWorkflowInCloud } from "../../../src/runners/in-cloud.ts";
import { createResolveRunner } from "../../../src/runners/resolve.ts";
import type { KnownRunner } from "../../../src/runners/types.ts";
import { createLines } from "../../../src/subprocess/lines.ts";
import { createHide } from "../../../src/tools/hide.ts";
import { createRunThere } from "../../../src/tools/platform/run-there.ts";
import { createStartingSource, STARTING_NAMES } from "../../../src/tools/platform/starting.ts";
import type { IsApproved } from "../../../src/tools/platform/starting-types.ts";
import { createSaid } from "../../../src/tools/said.ts";
import { joinSources } from "../../../src/tools/toolbox.ts";
import type { Source } from "../../../src/tools/types.ts";
import { replyToCall } from "../../../src/server/reply.ts";
import { type Stage, stage } from "../../enforcement/stage.ts";
import { clientFor } from "../../kubiya/world.ts";
import { type Cloud, cloudFor, json } from "../../support/cloud.ts";
import {
  ALLOWED,
  decideWith,
  deniedWith,
  RUNNING,
  said,
  stepOf,
  toolNamed,
} from "../../support/world.ts";

const KNOWN = [
  { name: "kubiya-hosted", healthy: false },
  { name: "on-premises", healthy: true },
];
const BOTH = KNOWN.map(({ name }) => ({ name, healthy: true }));
const LIMITS = { tool_timeout: 5, max_response_size: 51_200 };
const ENDED = [`data: {"type":"stdout","stdout":"far away\\n"}\n\n`, "data: [DONE]\n\n"];
const GREET = { name: "greet", type: "docker", image: "alpine", content: "echo hello" };
/** The same as it is sent: it names the runner that was judged. */
const SENT_GREET = { ...GREET, runner: "on-premises" };

const WITH_SECRET = {
  type: "object",
  properties: { pin: { type: "string", writeOnly: true }, command: { type: "string" } },
};

interface World {
  readonly cloud: Cloud;
  /** What was decided about, in order: tool, source, type, image, runner. */
  readonly asked: string[];
  /** How often the tool of this server ran. */
  readonly local: () => number;
  readonly staged: Stage;
  readonly call: (name: string, args: JsonObject, signal?: AbortSignal) => Promise<JsonObject>;
  /** What changed something, or made something run, in the cloud. */
  readonly sent: () => readonly { readonly url: string; readonly body: JsonObject }[];
}

interface Props {
  /** Names that are denied by this code. */
  readonly denied?: Readonly<Record<string, string>>;
  readonly isApproved?: IsApproved;
  readonly known?: readonly KnownRunner[];
  readonly upstreams?: readonly string[];
  readonly onAsked?: (input: InputDocument) => void;
}

/** A server with one tool of its own, `kubectl`, beside the cloud. */
async function world(context: TestContext, { denied = {}, ...given }: Props = {}): Promise<World> {
  const cloud = await cloudFor(context);
  cloud.streams(...ENDED);
  let ran = 0;
  const kubectl = { ...toolNamed("kubectl"), inputSchema: WITH_SECRET };
  const own: Source = {
    catalogue: new Map([["kubectl", kubectl]]),
    plan: (name, args) => done({ steps: [{ ...stepOf(name, args), tool: kubectl }] }),
    run: async () => {
      ran += 1;
      return done(said("pods"));
    },
    library: null,
  };
  const rest = joinSources([own]);
  assert.ok(rest.ok);
  const { kubiya } = clientFor(cloud);
  const { defaults } = await readShipped();
  const shownAs = createSaid(createHide(["canary-held"]), LIMITS.max_response_size);
  const starting = createStartingSource({
    ...{ kubiya, requires: defaults.platform_tools, toolbox: rest.value, limits: LIMITS },
    resolveRunner: createResolveRunner("local", given.known ?? KNOWN),
    isApproved: given.isApproved ?? (async () => done(true)),
    upstreams: given.upstreams ?? [],
    said: shownAs,
    runThere: createRunThere({
      ...{ said: shownAs, maxBytes: 51_200, timeoutMs: 5_000 },
      runInCloud: createRunInCloud({ kubiya, createLines }),
    }),
    runWorkflow: createRunWorkflowInCloud({ kubiya, createLines }),
  });
  const box = joinSources([own, starting]);
  assert.ok(box.ok);
  const asked: string[] = [];
  const call: Decide["call"] = (input, step) => {
    const { name, source, type, image } = input.tool ?? {};
    asked.push([name, source, type, image, input.runner?.name].join(" "));
    given.onAsked?.(input);
    const code = input.tool?.approved === false ? "tools.not_approved" : denied[name ?? ""];
    return decideWith(code === undefined ? ALLOWED : deniedWith(code)).call(input, step);
  };
  const { plan, run } = box.value;
  const staged = stage({ ...decideWith(ALLOWED), call }, { plan, run });
  return {
    ...{ cloud, asked, staged, local: () => ran },
    call: async (name, args, signal = RUNNING.signal) => {
      const { enforcement, arrived } = staged;
      const asked = { name, arguments: args, answered: null };
      const permitted = await enforcement.call(arrived, asked, signal);
      const ended = permitted.ok ? await permitted.value.run(RUNNING) : permitted;
      const reply = replyToCall(name, ended);
      if (reply.kind === "error") return { error: reply.message };
      return reply.result;
    },
    sent: () =>
      cloud.asked.flatMap(({ method, url, body }) => {
        if (method === "GET") return [];
        return [{ url, body: asObject(parseJson(body)) }];
      }),
  };
}

interface Way {
  readonly tool: string;
  readonly args: JsonObject;
  /** What is decided about beside the call itself. */
  readonly decides: readonly string[];
  /** Where it is sent; null: it runs here. */
  readonly sentTo: string | null;
  readonly body?: JsonObject;
}

const TOOL_STEP = { type: "tool", config: { tool_name: "greet" } };
const EXEC = "/api/v1/tools/exec?runner=";
const OPTIONS = "&operation=execute_workflow";

/** Every way there is. */
const WAYS: readonly Way[] = [
  {
    ...{ tool: "execute_tool", args: { tool_name: "kubectl", args: { command: "get pods" } } },
    ...{ decides: ["kubectl whitelist shell  local"], sentTo: null },
  },
  {
    ...{ tool: "execute_tool", args: { tool_name: "greet" } },
    decides: ["greet cloud docker alpine on-premises"],
    sentTo: `${EXEC}on-premises`,
    body: { tool_name: "greet", tool_def: SENT_GREET, args: {} },
  },
  {
    ...{ tool: "execute_tool", args: { tool_name: "greet", runner: "kubiya-hosted" } },
    decides: ["greet cloud docker alpine kubiya-hosted"],
    sentTo: `${EXEC}kubiya-hosted`,
  },
  {
    tool: "execute_tool_from_source",
    args: { source: "s1", tool_name: "greet", runner: "on-premises" },
    decides: ["greet cloud docker alpine on-premises"],
    sentTo: `${EXEC}on-premises`,
    body: { tool_name: "greet", tool_def: SENT_GREET, args: {} },
  },
  {
    tool: "create_on_demand_tool",
    args: {
      ...{ name: "kubectl", type: "python", image: "python", content: "print(1)" },
      ...{ arguments: { who: { type: "string", required: true } }, args: { who: "ada" } },
      runner: "on-premises",
    },
    decides: ["create_on_demand_tool cloud python python on-premises"],
    sentTo: `${EXEC}on-premises`,
    body: {
      tool_name: "kubectl",
      tool_def: {
        ...{ name: "kubectl", description: "", type: "python", content: "print(1)" },
        ...{ image: "python", args: [{ name: "who", type: "string", required: true }] },
        runner: "on-premises",
      },
      args: { who: "ada" },
    },
  },
  {
    tool: "execute_workflow",
    args: {
      name: "deploy",
      runner: "on-premises",
      steps: [
        { name: "a", command: "echo `date`" },
        { name: "b", executor: { type: "docker", config: { image: "busybox", content: "ls" } } },
        { name: "c", executor: TOOL_STEP, depends: ["a"] },
      ],
    },
    decides: [
      "execute_workflow cloud command  on-premises",
      "execute_workflow cloud docker busybox on-premises",
      "greet cloud docker alpine on-premises",
    ],
    sentTo: `/api/v1/workflow?runner=on-premises${OPTIONS}`,
    body: {
      ...{ command: "execute_workflow", name: "deploy", description: "" },
      ...{ params: {}, secrets: {}, env: {} },
      steps: [
        { name: "a", command: "echo `date`" },
        { name: "b", executor: { type: "docker", config: { image: "busybox", content: "ls" } } },
        {
          ...{ name: "c", depends: ["a"] },
          executor: { type: "tool", config: { tool_def: SENT_GREET, args: {} } },
        },
      ],
    },
  },
];

test("every tool that runs something is one of these ways", async () => {
  const { defaults } = await readShipped();
  const runs = Object.entries(defaults.platform_tools).flatMap(([name, { effect }]) =>
    effect === "runs" ? [name] : [],
  );
  assert.deepEqual(new Set(WAYS.map(({ tool }) => tool)), new Set(runs));
  assert.deepEqual(STARTING_NAMES, new Set(runs));
});

/** The name of a tool that is decided about. */
const nameIn = (decided: string): string => decided.split(" ")[0] ?? "";

for (const { tool, args, decides, sentTo, body } of WAYS) {
  const way = `${tool} of ${decides.join(", ")}`;

  test(`${way} asks about each, and runs once`, async (context) => {
    const { call, asked, sent, local, cloud } = await world(context);
    if (tool === "execute_workflow") cloud.streams(`data: {"type":"workflow_complete"}\n\n`);
    const answer = await call(tool, args);
    assert.equal(answer["isError"], undefined, JSON.stringify(answer));
    assert.equal(nameIn(asked[0] ?? ""), tool);
    assert.deepEqual(asked.slice(1), decides);
    assert.deepEqual(
      sent().map(({ url }) => url),
      sentTo === null ? [] : [sentTo],
    );
    assert.equal(local(), sentTo === null ? 1 : 0);
    if (body !== undefined) assert.deepEqual(sent()[0]?.body, body);
  });

  for (const name of new Set([tool, ...decides.map(nameIn)])) {
    test(`${way} runs nothing where ${name} is denied`, async (context) => {
      const denied = { [name]: "runners.not_allowed" };
      const { call, sent, local, cloud, staged } = await world(context, { denied });
      const answer = await call(tool, args);
      assert.equal(answer["isError"], true);
      assert.deepEqual([sent(), local()], [[], 0]);
      assert.deepEqual(staged.story, ["note"]);
      // Nobody asks the cloud for somebody whose call is denied.
      if (name === tool) assert.deepEqual(cloud.asked, []);
    });
  }
}

test("a tool that does not exist and one that is not for the caller are answered in the same bytes", async (context) => {
  const denied = { kubectl: "whitelist.not_listed", greet: "roles.tool_not_allowed" };
  const { call, sent } = await world(context, { denied });
  const answers = [
    await call("execute_tool", { tool_name: "kubectl" }),
    await call("execute_tool", { tool_name: "kubectl", runner: "on-premises" }),
    await call("execute_tool", { tool_name: "greet" }),
    await call("execute_tool", { tool_name: "nothing" }),
    await call("execute_tool", { tool_name: "nothing", runner: "local" }),
    await call("execute_tool", { tool_name: "execute_tool" }),
  ];
  const names = ["kubectl", "kubectl", "greet", "nothing", "nothing", "execute_tool"];
  assert.deepEqual(
    answers,
    names.map((name) => ({ error: `Unknown tool: ${name}` })),
  );
  assert.deepEqual(sent(), []);
});

test("a tool of the cloud that is called like the tools of another server behind this one is not there", async (context) => {
  const { call, cloud, asked, sent } = await world(context, { upstreams: ["fs", "db"] });
  const tools = ["fs_read", "fsx"].map((name) => ({ ...GREET, name }));
  cloud.always((request, response) => {
    if (request.url.endsWith("/metadata")) return json(response, 200, { tools });
    if (request.url.endsWith("/health")) return json(response, 200, { status: "ok" });
    if (request.method === "GET") return json(response, 200, [{ uuid: "s1" }]);
    response.writeHead(200, { "content-type": "text/event-stream" }).end(ENDED.join(""));
  });
  const config = { tool_name: "fs_read" };
  const steps = [{ name: "a", executor: { type: "tool", config } }];
  for (const [tool, args] of [
    ["execute_tool", { tool_name: "fs_read" }],
    ["execute_tool_from_source", { source: "s1", tool_name: "fs_read" }],
    ["execute_workflow", { name: "w", steps }],
  ] as const) {
    assert.deepEqual(await call(tool, args), { error: "Unknown tool: fs_read" });
  }
  assert.ok(!asked.some((one) => one.startsWith("fs_read cloud")));
  assert.deepEqual(sent(), []);
  assert.equal((await call("execute_tool", { tool_name: "fsx" }))["isError"], undefined);
});

test("while the cloud does not answer, a name that is not for the caller is still nobody's", async (context) => {
  const denied = { kubectl: "whitelist.not_listed", nothing: "whitelist.not_listed" };
  const { call, cloud } = await world(context, { denied });
  cloud.always((_request, response) => json(response, 403, { error: "no" }));
  for (const name of ["kubectl", "nothing"]) {
    const answer = await call("execute_tool", { tool_name: name });
    assert.deepEqual(answer, { error: `Unknown tool: ${name}` });
  }
  const told = await call("execute_tool", { tool_name: "listed" });
  assert.match(JSON.stringify(told), /may not do this at the Kubiya cloud/);
});

test("a failure to find out what is started says no secret of the server", async (context) => {
  const { call, cloud } = await world(context);
  cloud.always((_request, response) => json(response, 400, { error: "no canary-held here" }));
  const answer = JSON.stringify(await call("execute_tool", { tool_name: "greet" }));
  assert.match(answer, /no \[REDACTED\] here/);
});

test("a runner that is not the tool's own is refused, and a tool of the cloud has none here", async (context) => {
  const { call, sent, local } = await world(context);
  for (const [tool, args] of [
    ["execute_tool", { tool_name: "kubectl", runner: "on-premises" }],
    ["execute_tool_from_source", { source: "s1", tool_name: "greet", runner: "local" }],
    ["create_on_demand_tool", { name: "a", content: "b", runner: "default" }],
    ["execute_workflow", { name: "a", steps: [{ name: "b", command: "c" }], runner: "local" }],
  ] as const) {
    const answer = await call(tool, args);
    assert.match(JSON.stringify(answer), /runner: /);
    assert.equal(answer["isError"], true);
  }
  assert.deepEqual([sent(), local()], [[], 0]);
});

test("a definition of the cloud that names runners is sent with the runner that was judged alone", async (context) => {
  const { call, cloud, asked, sent } = await world(context, { known: BOTH });
  const where = { runner: "prod", Runner: "prod", default_runner: "prod", runners: ["prod"] };
  const own = { args: [{ name: "runner", type: "string", default: "any" }] };
  const source = { id: "s1", runner: "prod" };
  const tool = { ...GREET, ...where, ...own, source, metadata: [{ runnerName: "prod" }] };
  cloud.always((request, response) => {
    if (request.url.endsWith("/metadata")) return json(response, 200, { tools: [tool] });
    if (request.url.endsWith("/health")) return json(response, 200, { status: "ok" });
    if (request.method === "GET") return json(response, 200, [{ uuid: "s1" }]);
    const over = `data: {"type":"workflow_complete"}\n\n`;
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.end(request.url.startsWith("/api/v1/workflow") ? over : ENDED.join(""));
  });
  const args = { runner: "on-premises", args: { runner: "fast" } };
  const config = { tool_name: "greet", args: { runner: "fast" } };
  const defining = { tool_def: { name: "a", content: "ls" } };
  const steps = [
    { name: "a", executor: { type: "tool", config } },
    { name: "b", executor: { type: "tool", config: defining } },
  ];
  await call("execute_tool", { tool_name: "greet", ...args });
  await call("execute_tool_from_source", { source: "s1", tool_name: "greet", ...args });
  await call("execute_workflow", { name: "w", steps, runner: "on-premises" });
  const runner = "on-premises";
  const tool_def = { ...GREET, ...own, source: { id: "s1" }, metadata: [{}], runner };
  const said = { args: { runner: "fast" } };
  const body = { tool_name: "greet", tool_def, ...said };
  assert.deepEqual(sent().slice(0, 2), [
    { url: `${EXEC}${runner}`, body },
    { url: `${EXEC}${runner}`, body },
  ]);
  assert.equal(sent()[2]?.url, `/api/v1/workflow?runner=${runner}${OPTIONS}`);
  assert.deepEqual(sent()[2]?.body["steps"], [
    { name: "a", executor: { type: "tool", config: { tool_def, ...said } } },
    {
      name: "b",
      executor: { type: "tool", config: { tool_def: { name: "a", content: "ls", runner } } },
    },
  ]);
  assert.doesNotMatch(JSON.stringify(sent()), /prod/);
  assert.ok(asked.every((one) => one.endsWith(` ${runner}`)));
});

test("what the author of a definition names after runners is sent as it is", async (context) => {
  const { call, cloud, sent } = await world(context);
  const env = { RUNNER_TEMP: "/tmp" };
  const secrets = { runner_token: "TOKEN" };
  const labels = { "example.com/runner": "a" };
  const files = { with_files: { "test_runner.py": "pass" }, with_volumes: [{ runner: "/data" }] };
  const named = { env, secrets, labels, ...files, default_config: { runner: "pytest" } };
  cloud.always((request, response) => {
    if (request.url.endsWith("/metadata"))
      return json(response, 200, { tools: [{ ...GREET, ...named }] });
    if (request.url.endsWith("/health")) return json(response, 200, { status: "ok" });
    if (request.method === "GET") return json(response, 200, [{ uuid: "s1" }]);
    response.writeHead(200, { "content-type": "text/event-stream" }).end(ENDED.join(""));
  });
  await call("execute_tool", { tool_name: "greet" });
  assert.deepEqual(sent()[0]?.body["tool_def"], { ...SENT_GREET, ...named });
});

test("a definition that is not the approved one is denied", async (context) => {
  const seen: unknown[] = [];
  const isApproved: IsApproved = async (origin, definition, name) => {
    seen.push([origin, digestOf(definition), name]);
    return done(false);
  };
  const { call, sent } = await world(context, { isApproved });
  assert.equal((await call("execute_tool", { tool_name: "greet" }))["isError"], true);
  assert.deepEqual(seen, [["cloud:s1", digestOf(GREET), "greet"]]);
  assert.deepEqual(sent(), []);
});

test("a script of the caller's own needs a permission that no default and no key of the cloud but an admin's has", async (context) => {
  const { defaults } = await readShipped();
  const { anonymous, new_key: newKey, cloud_scopes: scopes } = defaults;
  const given = [...Object.keys({ ...anonymous, ...newKey }), ...(scopes["tasks:execute"] ?? [])];
  assert.ok(!given.includes("scripts:execute"));
  assert.ok(scopes["admin"]?.includes("scripts:execute"));
  const needs = ["tools:execute", "scripts:execute"];
  const judged: unknown[] = [];
  const { call } = await world(context, { onAsked: ({ tool }) => judged.push(tool?.requires) });
  await call("create_on_demand_tool", { name: "a", content: "b" });
  await call("execute_workflow", { name: "w", steps: [{ name: "a", command: "ls" }] });
  assert.deepEqual(judged, [needs, needs, needs, needs]);
});

/** Steps that nobody could decide about, and the field that is named. */
const UNKNOWN_STEPS: readonly (readonly [JsonObject, string])[] = [
  [{ name: "a" }, "runs nothing"],
  [{ command: "ls" }, "name: is missing"],
  [{ name: "a", run: "another-workflow" }, "run: is not known"],
  [{ name: "a", command: "ls", preconditions: ["rm -rf /"] }, "preconditions: is not known"],
  [{ name: "a", command: "ls", output: "`id`" }, "has a command in a text"],
  [{ name: "a", command: "ls", output: "${ID}" }, "has a command in a text"],
  [
    { name: "a", command: "ls", executor: { type: "tool", config: { tool_name: "a" } } },
    "command: cannot stand beside an executor",
  ],
  [
    { name: "a", script: "ls", executor: { type: "tool", config: { tool_name: "a" } } },
    "script: cannot stand beside an executor",
  ],
  [
    { name: "a", executor: { type: "tool", config: { tool_name: "a", args: { ns: "${NS}" } } } },
    "has a command in a text",
  ],
  [{ name: "a", command: "ls", depends: ["$(id)"] }, "has a command in a text"],
  [{ name: "a", executor: { type: "kubiya", config: { url: "agents" } } }, "is no kind of step"],
  [{ name: "a", executor: { type: "inline_agent", config: {} } }, "is no kind of step"],
  [{ name: "a", executor: { type: "constructor", config: {} } }, "is no kind of step"],
  [{ name: "a", executor: { type: "docker", config: { volumes: [] } } }, "volumes: is not known"],
  [{ name: "a", executor: { type: "tool", config: {} } }, "needs a tool_name or a tool_def"],
  [
    {
      name: "a",
      executor: { type: "tool", config: { tool_name: "a", args: { command: "`id`" } } },
    },
    "has a command in a text",
  ],
  [
    { name: "a", executor: { type: "tool", config: { tool_def: { with_services: [] } } } },
    "with_services: is not known",
  ],
  [
    { name: "a", executor: { type: "tool", config: { tool_def: { secrets: ["DB_URL"] } } } },
    "secrets: is not known",
  ],
  // One runner is judged, and it is the call's.
  [{ name: "a", command: "ls", runner: "kubiya-hosted" }, "runner: is not known"],
  [
    { name: "a", executor: { type: "shell", config: { runner: "kubiya-hosted" } } },
    "runner: is not known",
  ],
  [
    { name: "a", executor: { type: "tool", runner: "kubiya-hosted", config: { tool_name: "a" } } },
    "runner: is not known",
  ],
  [
    { name: "a", executor: { type: "tool", config: { tool_name: "a", runner: "kubiya-hosted" } } },
    "runner: is not known",
  ],
  [
    { name: "a", executor: { type: "tool", config: { tool_def: { runner: "kubiya-hosted" } } } },
    "runner: is not known",
  ],
  [
    { name: "a", executor: { type: "tool", config: { tool_def: { Runner: "kubiya-hosted" } } } },
    "Runner: is not known",
  ],
];

for (const [step, message] of UNKNOWN_STEPS) {
  test(`a workflow with the step ${JSON.stringify(step)} is not sent`, async (context) => {
    const { call, sent } = await world(context);
    const steps = [{ name: "first", command: "ls" }, step];
    const answer = await call("execute_workflow", { name: "w", steps });
    assert.equal(answer["isError"], true);
    assert.ok(JSON.stringify(answer).includes(message), JSON.stringify(answer));
    assert.deepEqual(sent(), []);
  });
}

test("commands in parameters, and definitions that reach for secrets or reserved names, are refused", async (context) => {
  const { call, sent } = await world(context);
  const steps = [{ name: "a", command: "ls" }];
  for (const [tool, args] of [
    ["execute_workflow", { name: "w", steps, params: { a: "$(id)" } }],
    ["execute_workflow", { name: "w", steps, env: { A: "`id`" } }],
    ["execute_workflow", { name: "w", steps: [] }],
    ["create_on_demand_tool", { name: "a", content: "b", secrets: ["DB_URL"] }],
    ["create_on_demand_tool", { name: "a", content: "b", arguments: { LD_PRELOAD: {} } }],
    ["create_on_demand_tool", { name: "a", content: "b", args: { other: 1 } }],
  ] as const) {
    assert.equal((await call(tool, args))["isError"], true, JSON.stringify(args));
  }
  assert.deepEqual(sent(), []);
});

test("a stream that ends without its end mark is a failure, also of a workflow", async (context) => {
  const { call, cloud, staged } = await world(context);
  cloud.streams(ENDED[0] ?? "");
  const steps = [{ name: "a", command: "ls" }];
  for (const [tool, args] of [
    ["execute_tool", { tool_name: "greet" }],
    ["execute_workflow", { name: "w", steps }],
  ] as const) {
    const answer = await call(tool, args);
    assert.match(JSON.stringify(answer), /broke off/);
  }
  assert.deepEqual(
    new Set(staged.ends.map(({ errorCode }) => errorCode)),
    new Set(["kubiya_broke_off"]),
  );
});

test("policies and the trail are told which source has what is started, and that a call's own is nobody's", async (context) => {
  const origins: unknown[] = [];
  const { call, cloud, staged, sent } = await world(context, {
    onAsked: ({ tool }) => origins.push([tool?.name, tool?.origin]),
  });
  cloud.always((request, response) => {
    const path = request.url.split("?")[0] ?? "";
    const tool = { ...GREET, content: `echo ${path}` };
    if (path.endsWith("/metadata")) return json(response, 200, { tools: [tool] });
    if (path.endsWith("/health")) return json(response, 200, { status: "ok" });
    if (path.endsWith("/sources")) {
      return json(response, 200, [
        { uuid: "s1", name: "ours" },
        { uuid: "s2", name: "theirs" },
      ]);
    }
    response.writeHead(200, { "content-type": "text/event-stream" }).end(ENDED.join(""));
  });
  for (const source of ["ours", "theirs"]) {
    await call("execute_tool_from_source", { source, tool_name: "greet" });
  }
  await call("create_on_demand_tool", { name: "greet", content: "ls" });
  await call("execute_workflow", { name: "w", steps: [{ name: "a", command: "ls" }] });
  await call("execute_tool", { tool_name: "kubectl", args: { command: "get pods" } });
  const decided = [
    ["execute_tool_from_source", null],
    ["greet", "s1"],
    ["execute_tool_from_source", null],
    ["greet", "s2"],
    ["create_on_demand_tool", null],
    ["create_on_demand_tool", null],
    ["execute_workflow", null],
    ["execute_workflow", null],
    ["execute_tool", null],
    ["kubectl", null],
  ];
  assert.deepEqual(origins, decided);
  assert.deepEqual(
    staged.actions.map(({ toolName, origin }) => [toolName, origin]),
    decided,
  );
  assert.equal(sent().length, 4);
});

test("two sources with one tool are told apart by their ids alone", async (context) => {
  const { call, cloud, sent } = await world(context);
  cloud.always((request, response) => {
    const tools = { tools: [GREET], errors: [] };
    if (request.url.endsWith("/metadata")) return json(response, 200, tools);
    json(response, 200, [{ uuid: "s1" }, { uuid: "s2" }]);
  });
  const answer = await call("execute_tool", { tool_name: "greet" });
  assert.match(JSON.stringify(answer), /several tools are called so/);
  assert.deepEqual(sent(), []);
});

test("who cancels a call while it is looked up what it starts ends that too, and nothing is sent", async (context) => {
  const { call, cloud, sent } = await world(context);
  const sources = Array.from({ length: 40 }, (_, at) => ({ uuid: `s${at}` }));
  const config = { tool_name: "greet" };
  const steps = [{ name: "a", executor: { type: "tool", config } }];
  for (const [tool, args] of [
    ["execute_tool", { tool_name: "greet" }],
    ["execute_workflow", { name: "w", steps }],
  ] as const) {
    const cancel = new AbortController();
    const before = cloud.asked.length;
    cloud.always((request, response) => {
      if (!request.url.endsWith("/metadata")) return json(response, 200, sources);
      cancel.abort();
    });
    const answer = await call(tool, args, cancel.signal);
    assert.match(JSON.stringify(answer), /cancelled/);
    assert.ok(cloud.asked.length - before <= 9);
  }
  assert.deepEqual(sent(), []);
});

test("a workflow looks its tools up once, however many steps name them", async (context) => {
  const { call, cloud } = await world(context);
  cloud.streams(`data: {"type":"workflow_complete"}\n\n`);
  const steps = ["a", "b", "c"].map((name) => ({ name, executor: TOOL_STEP }));
  const answer = await call("execute_workflow", { name: "w", steps, runner: "on-premises" });
  assert.equal(answer["isError"], undefined);
  assert.deepEqual(
    cloud.asked.map(({ method, url }) => `${method} ${url.split("?")[0]}`),
    ["GET /api/v1/sources", "GET /api/v1/sources/s1/metadata", "POST /api/v1/workflow"],
  );
});

test("the runner that auto stood for is asked first, and where it is gone the next one is decided and runs it", async (context) => {
  const { call, cloud, sent, asked } = await world(context, { known: BOTH });
  let healthy = true;
  cloud.always((request, response) => {
    const name = /runners\/(.*)\/health$/.exec(request.url)?.[1];
    if (name !== undefined) {
      healthy = name !== "kubiya-hosted";
      return json(response, 200, { status: healthy ? "ok" : "down" });
    }
    if (request.url.endsWith("/metadata")) return json(response, 200, { tools: [GREET] });
    if (request.method === "GET") return json(response, 200, [{ uuid: "s1" }]);
    response.writeHead(200, { "content-type": "text/event-stream" }).end(ENDED.join(""));
  });
  const answer = await call("execute_tool", { tool_name: "greet" });
  assert.deepEqual(answer["content"], [{ type: "text", text: "far away\n" }]);
  assert.deepEqual(asked.slice(-1), ["greet cloud docker alpine on-premises"]);
  assert.deepEqual(
    sent().map(({ url }) => url),
    [`${EXEC}on-premises`],
  );
});

test("what is secret among the arguments of a tool is secret among those that are handed on to it", async (context) => {
  const { staged, call } = await world(context);
  const args = { pin: "canary-pin", command: "get pods" };
  await call("execute_tool", { tool_name: "kubectl", args });
  await call("execute_tool", { tool_name: "kubectl", args, more: 1 });
  const recorded = JSON.stringify(staged.actions.map(({ parameters }) => parameters));
  assert.match(recorded, /get pods/);
  assert.doesNotMatch(recorded, /canary-pin/);
});
