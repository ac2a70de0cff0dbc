import assert from "node:assert/strict";
import { test } from "node:test";
import type { Decide, Decision } from "../../src/decision/types.ts";
import type { Asking, Call, Refusal } from "../../src/enforcement/types.ts";
import type { InputDocument } from "../../src/input/types.ts";
import { done, failed, type Outcome } from "../../src/lib/outcome.ts";
import type { News, Running, ToolFailure, ToolResult } from "../../src/tools/types.ts";
import { mark } from "../support/observed.ts";
import {
  ALLOWED,
  decideWith,
  deniedWith,
  NOON,
  RUNNING,
  said,
  stepOf,
  toolNamed,
} from "../support/world.ts";
import { BROKEN, type Stage, stage } from "./stage.ts";

const RESULT = said("pods");
const CALL = { name: "kubectl", arguments: { command: "get pods" }, answered: null };

const READING = {
  reading: { action: "prompts/get", name: "review", arguments: { name: "review" } },
  answered: null,
} as const;

type Ran = Outcome<ToolResult, ToolFailure>;

/** Decides about a call, and runs it where that is permitted. */
async function call(
  { enforcement, arrived }: Pick<Stage, "enforcement" | "arrived">,
  asked: Call,
  running: Running = RUNNING,
): Promise<Outcome<ToolResult | Asking, Refusal>> {
  const permitted = await enforcement.call(arrived, asked, running.signal);
  return permitted.ok ? permitted.value.run(running) : permitted;
}

test("an allowed call is recorded, runs, and is recorded again", async () => {
  const { enforcement, arrived, story, ends } = stage(decideWith(ALLOWED));
  assert.deepEqual(await call({ enforcement, arrived }, CALL), done(RESULT));
  assert.deepEqual(story, ["intent", "run", "outcome"]);
  assert.equal(ends[0]?.result, "success");
});

test("a tool source that throws leaves an outcome, and its caller learns nothing of what was thrown", async () => {
  const run = async () => {
    throw new Error("ENOENT: /srv/secret/place");
  };
  const { enforcement, arrived, story, ends } = stage(decideWith(ALLOWED), { run });
  const failure = { reason: "broke_off" } as const;
  assert.deepEqual(
    await call({ enforcement, arrived }, CALL),
    failed({ reason: "tool_failed", tool: "kubectl", failure }),
  );
  assert.deepEqual(story, ["intent", "run", "logged: a tool broke off", "outcome"]);
  assert.deepEqual([ends[0]?.result, ends[0]?.errorCode], ["error", "broke_off"]);
});

test("a clock that is set back while a tool runs gives no duration below zero", async () => {
  const times = [NOON, NOON - 60_000];
  const { enforcement, arrived, ends } = stage(decideWith(ALLOWED), {
    clock: () => times.shift() ?? 0,
  });
  await call({ enforcement, arrived }, CALL);
  assert.equal(ends[0]?.durationMs, 0);
});

test("a denied call is recorded and never runs", async () => {
  const decision = deniedWith("runners.not_allowed");
  const { enforcement, arrived, story, ends } = stage(decideWith(decision));
  const answer = await call({ enforcement, arrived }, CALL);
  assert.deepEqual(answer, failed({ reason: "denied", decision }));
  assert.deepEqual(story, ["note"]);
  assert.deepEqual(ends[0], {
    result: "denied",
    errorCode: "runners.not_allowed",
    exitCode: null,
    durationMs: 5,
    outputBytes: null,
    outputDigest: null,
  });
});

test("nothing runs when its intent cannot be written", async () => {
  const { enforcement, arrived, story } = stage(decideWith(ALLOWED), { broken: ["begin"] });
  assert.deepEqual(await call({ enforcement, arrived }, CALL), BROKEN);
  assert.deepEqual(story, []);
});

test("no result leaves when its outcome cannot be written", async () => {
  const { enforcement, arrived, story } = stage(decideWith(ALLOWED), { broken: ["end"] });
  assert.deepEqual(await call({ enforcement, arrived }, CALL), BROKEN);
  assert.deepEqual(story, ["intent", "run"]);
});

test("a denial that cannot be recorded is answered as a broken audit", async () => {
  const { enforcement, arrived, story } = stage(decideWith(deniedWith("runners.disabled")), {
    broken: ["note"],
  });
  assert.deepEqual(await call({ enforcement, arrived }, CALL), BROKEN);
  assert.deepEqual(story, []);
});

test("arguments that do not fit are recorded as they were sent, and nothing runs", async () => {
  const step = stepOf("kubectl", {});
  const faults = [{ field: "image", message: "is no argument of this tool" }];
  const plan = () => failed({ reason: "invalid_arguments", step, faults } as const);
  const { enforcement, arrived, story, actions } = stage(decideWith(ALLOWED), { plan });
  const sent = { command: "get pods", image: "evil" };
  const answer = await call({ enforcement, arrived }, { ...CALL, arguments: sent });
  assert.deepEqual(answer, failed({ reason: "invalid_arguments", faults }));
  assert.deepEqual(story, ["note"]);
  assert.deepEqual(actions[0]?.parameters, sent);
});

test("a tool that does not exist is recorded and answered as unknown", async () => {
  const { enforcement, arrived, story, actions } = stage(decideWith(ALLOWED));
  const answer = await call({ enforcement, arrived }, { ...CALL, name: "helm" });
  assert.deepEqual(answer, failed({ reason: "unknown_tool", name: "helm" }));
  assert.deepEqual(story, ["note"]);
  assert.equal(actions[0]?.toolName, "helm");
});

test("a caller who may not be here learns that before whether a tool exists", async () => {
  const decision = deniedWith("credential.missing");
  const { enforcement, arrived } = stage(decideWith(decision));
  const answer = await call({ enforcement, arrived }, { ...CALL, name: "helm" });
  assert.deepEqual(answer, failed({ reason: "denied", decision }));
});

test("what policy masks never reaches the trail, and the tool still gets it", async () => {
  const decide = decideWith(ALLOWED, { mask: async () => ["/parameters/command"] });
  const { enforcement, arrived, actions } = stage(decide);
  await call({ enforcement, arrived }, CALL);
  assert.deepEqual(actions[0]?.parameters, { command: mark("get pods") });
  assert.deepEqual(actions[0]?.step?.arguments, { command: "get pods" });
});

test("policy is asked what to mask of what was redacted, and cannot show it again", async () => {
  const asked: unknown[] = [];
  const decide = decideWith(ALLOWED, {
    mask: async (record) => {
      asked.push(record["parameters"]);
      return ["/parameters/b"];
    },
  });
  const { enforcement, arrived, actions } = stage(decide);
  await call({ enforcement, arrived }, { ...CALL, arguments: { a: "is hunter2", b: "x" } });
  assert.deepEqual(asked, [{ a: `is ${mark("hunter2")}`, b: "x" }]);
  assert.deepEqual(actions[0]?.parameters, { a: `is ${mark("hunter2")}`, b: mark("x") });
});

test("what a tool's schema marks as secret never reaches the trail", async () => {
  const step = stepOf("kubectl", { card: "4111" });
  const inputSchema = { type: "object", properties: { card: { writeOnly: true } } };
  const plan = () => done({ steps: [{ ...step, tool: { ...step.tool, inputSchema } }] });
  const { enforcement, arrived, actions } = stage(decideWith(ALLOWED), { plan });
  await call({ enforcement, arrived }, CALL);
  assert.deepEqual(actions[0]?.parameters, { card: mark("4111") });
});

test("nothing runs when parameters cannot be redacted", async () => {
  const throws = (): never => {
    throw new Error("no memory");
  };
  const redactor = { text: throws, object: throws };
  const { enforcement, arrived, story } = stage(decideWith(ALLOWED), { redactor });
  const answer = await call({ enforcement, arrived }, CALL);
  assert.equal(answer.ok ? "allowed" : answer.failure.reason, "audit_unavailable");
  assert.deepEqual(story, []);
});

test("nothing runs when policy cannot say what to mask, and somebody hears of it", async () => {
  const { enforcement, arrived, story } = stage(decideWith(ALLOWED, { mask: async () => null }));
  const answer = await call({ enforcement, arrived }, CALL);
  assert.equal(answer.ok ? "allowed" : answer.failure.reason, "audit_unavailable");
  assert.deepEqual(story, ["cannot mask"]);
});

const LIMITED: Decision = { ...ALLOWED, obligations: [{ kind: "limit_output", bytes: 5 }] };
const EXITED = { reason: "exited", exitCode: 1, outputBytes: 9 } as const;

/** What a tool ends with, and what of it leaves under an obligation of 5 bytes. */
const LIMITS: readonly (readonly [string, Ran, Ran])[] = [
  ["a result", done(said("pods €")), done(said("pods ", { outputBytes: 8, truncated: true }))],
  ["a short result", done(RESULT), done(RESULT)],
  [
    "stderr and stdout of a tool that failed, together",
    failed({ ...EXITED, stdout: "all pods", stderr: "no" }),
    failed({ ...EXITED, stdout: "all", stderr: "no" }),
  ],
  [
    "stderr of a tool that ran out of time",
    failed({ reason: "timed_out", afterMs: 1, stderr: "the secrets" }),
    failed({ reason: "timed_out", afterMs: 1, stderr: "the s" }),
  ],
  [
    "what an engine is said to have said",
    failed({ reason: "engine_failed", engine: "docker", detail: "Error: the secrets" }),
    failed({ reason: "engine_failed", engine: "docker", detail: "Error" }),
  ],
];

for (const [what, ran, left] of LIMITS) {
  test(`an obligation to limit output bounds ${what}`, async () => {
    const { enforcement, arrived } = stage(decideWith(LIMITED), { run: async () => ran });
    const answer = await call({ enforcement, arrived }, CALL);
    const refused = (failure: ToolFailure) =>
      failed({ reason: "tool_failed", tool: "kubectl", failure });
    assert.deepEqual(answer, left.ok ? left : refused(left.failure));
  });
}

test("an obligation to limit output bounds the lines of a running tool, all together", async () => {
  const lines: string[] = [];
  const report = (news: News) => lines.push(news.kind === "line" ? news.text : news.kind);
  const { enforcement, arrived } = stage(decideWith(LIMITED), {
    run: async (_permit, { report }) => {
      for (const text of ["abc", "def", "ghi"]) report({ kind: "line", text });
      return done(RESULT);
    },
  });
  await call({ enforcement, arrived }, CALL, { ...RUNNING, report });
  assert.deepEqual(lines, ["abc", "d"]);
});

const NOTIFY = { obligations: [{ kind: "notify", channel: "ops" }] } as const;
const DENIED = deniedWith("organisation.no");

/** Each decision that may carry it, and what is to happen. */
const NOTIFIED: readonly (readonly [
  string,
  Decision,
  (on: Stage) => Promise<unknown>,
  readonly string[],
])[] = [
  ["an allowed call", ALLOWED, called("kubectl"), ["intent", "run", "outcome"]],
  ["a denied call", DENIED, called("kubectl"), ["note"]],
  ["a call of what does not exist", ALLOWED, called("helm"), ["note"]],
  ["an allowed list", ALLOWED, ({ enforcement, arrived }) => enforcement.list(arrived), ["note"]],
  ["a denied list", DENIED, ({ enforcement, arrived }) => enforcement.list(arrived), ["note"]],
  ["an admission", ALLOWED, ({ enforcement, arrived }) => enforcement.admit(arrived, "x"), []],
];

for (const [what, decision, ask, story] of NOTIFIED) {
  test(`an obligation to notify is carried out for ${what}, once`, async () => {
    const run = async () => failed({ ...EXITED, stdout: "", stderr: "" });
    const told = stage(decideWith({ ...decision, ...NOTIFY }), { run });
    await ask(told);
    assert.deepEqual(told.story, ["notify", ...story]);
  });
}

function called(name: string): (on: Stage) => Promise<unknown> {
  return ({ enforcement, arrived }) => call({ enforcement, arrived }, { ...CALL, name });
}

test("a list shows what the decision shows, by name, and is recorded", async () => {
  const list: Decide["list"] = async () => ({
    ...ALLOWED,
    visible: { kubectl: "maybe", gone: "yes" },
  });
  const { enforcement, arrived, story } = stage(decideWith(ALLOWED, { list }));
  const listed = await enforcement.list(arrived);
  assert.deepEqual(listed, done([{ tool: toolNamed("kubectl"), access: "maybe" }]));
  assert.deepEqual(story, ["note"]);
});

test("a denied list shows nothing", async () => {
  const decision = deniedWith("permissions.missing");
  const { enforcement, arrived, ends } = stage(decideWith(decision));
  const listed = await enforcement.list(arrived);
  assert.equal(listed.ok, false);
  assert.equal(ends[0]?.result, "denied");
});

const ADMITTED = [
  ["initialize", "server/discover"],
  ["ping", "server/discover"],
  ["server/discover", "server/discover"],
  ["notifications/initialized", "server/discover"],
  ["notifications", "tools/list"],
  ["resources/read", "resources/read"],
  ["completion/complete", "completion/complete"],
  ["logging/setLevel", "logging/setLevel"],
  ["subscriptions/listen", "tools/list"],
  ["pinged", "tools/list"],
] as const;

for (const [method, action] of ADMITTED) {
  test(`${method} is asked about as ${action}`, async () => {
    const asked: string[] = [];
    const { enforcement, arrived } = stage(
      decideWith(ALLOWED, {
        admit: async (input) => {
          asked.push(input.action);
          return ALLOWED;
        },
      }),
    );
    await enforcement.admit(arrived, method);
    assert.deepEqual(asked, [action]);
  });
}

test("whatever is asked, policies are told of the freeze that is on at that moment", async () => {
  const told: InputDocument["frozen"][] = [];
  const denied = deniedWith("access.frozen");
  const note =
    <T>(answer: T) =>
    async ({ frozen: on }: InputDocument): Promise<T> => {
      told.push(on);
      return answer;
    };
  const decide = decideWith(denied, {
    admit: note(denied),
    list: note({ ...denied, visible: {} }),
    call: note({ allowed: false, decision: denied } as const),
    read: note({ allowed: false, decision: denied } as const),
  });
  const frozen = { reason: "a stolen key", since_ms: NOON };
  const { enforcement, arrived, story } = stage(decide, { frozen });
  const asked = [
    await enforcement.admit(arrived, "ping"),
    await enforcement.list(arrived),
    await enforcement.call(arrived, CALL, RUNNING.signal),
    await enforcement.show(arrived, "prompts/list"),
    await enforcement.read(arrived, READING),
  ];
  assert.deepEqual(
    told,
    asked.map(() => frozen),
  );
  assert.ok(asked.every(({ ok }) => !ok));
  assert.deepEqual(
    story,
    asked.map(() => "note"),
  );
});
