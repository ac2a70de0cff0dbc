import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  Answer,
  CloudCall,
  CloudRun,
  CloudWorkflow,
  Kubiya,
  Watching,
} from "../../src/kubiya/types.ts";
import { withCloud } from "../support/cloud.ts";
import { clientFor, HANGING_UP, refusing, watcher } from "./world.ts";

const CALL: CloudCall = {
  tool: { name: "greet", type: "docker", content: "echo $name" },
  arguments: { name: "ada" },
  runner: "on premises",
};
const WORKFLOW: CloudWorkflow = {
  name: "deploy",
  description: "Deploys",
  steps: [{ name: "build" }],
  params: { a: 1 },
  env: { B: "2" },
  runner: "default",
};
const MESSAGE = { agent: "a1", message: "hello", session: "s1" } as const;

type Run = (kubiya: Kubiya, watching: Watching) => Answer<CloudRun>;

const RUNS = {
  tool: (kubiya: Kubiya, watching: Watching) => kubiya.runTool(CALL, watching),
  workflow: (kubiya: Kubiya, watching: Watching) => kubiya.runWorkflow(WORKFLOW, watching),
  agent: (kubiya: Kubiya, watching: Watching) => kubiya.chat(MESSAGE, watching),
} as const satisfies Readonly<Record<string, Run>>;

const TOOL = "POST /api/v1/tools/exec";

/** What runs, what is sent back, what it wrote, and its exit code. */
const ENDINGS: readonly (readonly [
  string,
  keyof typeof RUNS,
  readonly string[],
  string,
  number?,
])[] = [
  [
    "every payload that is documented",
    "tool",
    [
      `data: {"type":"tool-output","content":"a"}\n\n`,
      `data: {"type":"log","content":"b"}\n\n`,
      `data: {"output":"c"}\n\ndata: {"type":"stdout","stdout":"d"}\n\n`,
      `data: {"type":"stderr","stderr":"e"}\n\n`,
      `data: {"type":"status","status":"running"}\n\n`,
      `event: stdout\ndata: f\n\nevent: stderr\ndata: g\n\n`,
      `: a comment\nid: 1\ndata: h\ndata: i\n\ndata: {"type":"heartbeat"}\n\n`,
      `data: {"type":"exit","exit_code":0}\n\ndata: [DONE]\n\n`,
    ],
    "abcdefgh\ni",
    0,
  ],
  ["the mark [DONE]", "tool", ["data: x\n\n", "data: [DONE]\n\n"], "x"],
  ["the mark [DONE] without its last line", "tool", ["data: x\n\ndata: [DONE]"], "x"],
  ["the mark `end of stream`", "tool", ["data: x\r\n\r\ndata: end of stream\r\n\r\n"], "x"],
  ["an event `close`", "tool", ["data: x\n\nevent: close\ndata:\n\n"], "x"],
  ["an event `close` that has no data", "tool", ["data: x\n\nevent: close\n\n"], "x"],
  ["an event `done`", "tool", ["data: x\n\nevent: done\ndata: y\n\n"], "xy"],
  [
    "a last status",
    "tool",
    [`data: x\n\ndata: {"type":"status","status":"success","end":true}\n\n`],
    "x",
  ],
  [
    "pieces that end anywhere",
    "tool",
    ["da", "ta", ": x", "\n", "\nda", "ta: [DO", "NE]\n\n"],
    "x",
  ],
  ["what follows its end", "tool", ["data: x\n\ndata: [DONE]\n\ndata: y\n\n"], "x"],
  [
    "parts",
    "workflow",
    [`2:["a",{"type":"step_running","step":{"name":"build"}}]\n`, `2:{"output":"b"}\n`, `d:{}\n`],
    "a\nbuild: running\nb\n",
  ],
  [
    "events",
    "workflow",
    [
      `event: step_running\ndata: {"step_name":"build"}\n\n`,
      `data: {"type":"step_complete","step":"build","output":"built"}\n\n`,
      `data: {"type":"workflow_complete","output":{"a":1},"success":true}\n\n`,
    ],
    `build: running\nbuild: built\n{"a":1}\n`,
  ],
  [
    "an answer in parts",
    "agent",
    [
      `0:"hel"\n0:"lo"\n`,
      `2:[{"a":1}]\ng:"thinking"\n9:{"toolName":"x"}\na:{"result":"y"}\n`,
      `d:{"finishReason":"stop"}\n`,
    ],
    "hello",
  ],
];

for (const [what, kind, pieces, output, exitCode = null] of ENDINGS) {
  test(`a ${kind}'s stream with ${what} is a success`, async () => {
    await withCloud(async (cloud) => {
      cloud.streams(...pieces);
      const { watching, news } = watcher();
      const answer = await RUNS[kind](clientFor(cloud).kubiya, watching);
      const outputBytes = output.length;
      const value = { output, outputBytes, truncated: false, exitCode };
      assert.deepEqual(answer, { ok: true, value });
      assert.equal(news.join(""), output);
    });
  });
}

/** What runs, what is sent back, and what it is said to have failed of. */
const FAILURES: readonly (readonly [string, keyof typeof RUNS, string, string, number?])[] = [
  [
    "another exit code than 0",
    "tool",
    `data: x\n\ndata: {"type":"exit","exit_code":3}\n\ndata: [DONE]\n\n`,
    "x",
    3,
  ],
  [
    "another exit code, and what it wrote as errors",
    "tool",
    `event: stderr\ndata: bad\n\ndata: x\n\ndata: {"type":"exit","exit_code":1}\n\ndata: [DONE]\n\n`,
    "bad",
    1,
  ],
  ["another exit code and no end", "tool", `data: {"type":"exit","exit_code":1}\n\n`, "", 1],
  [
    "an event `error`",
    "tool",
    `event: error\ndata: {"message":"no image"}\n\ndata: [DONE]\n\n`,
    "no image",
  ],
  ["an error in plain words", "tool", `event: error\ndata: no image\n\n`, "no image"],
  ["an error as payload", "tool", `data: {"error":{"message":"m"}}\n\ndata: [DONE]\n\n`, "m"],
  [
    "a last status of failure",
    "tool",
    `data: {"type":"status","status":"Failed","end":true}\n\n`,
    "it says that it failed, and not why",
  ],
  ["an error part", "workflow", `3:"no runner"\nd:{}\n`, "no runner"],
  ["a failed step", "workflow", `data: {"type":"step_failed","error":"e"}\n\nd:{}\n`, "e"],
  [
    "a completed step that failed",
    "workflow",
    `data: {"type":"step_complete","status":"failed","message":"m"}\n\nd:{}\n`,
    "m",
  ],
  [
    "a workflow that is over without success",
    "workflow",
    `data: {"type":"workflow_complete","success":false}\n\n`,
    "it says that it failed, and not why",
  ],
  [
    "a finish of failure",
    "workflow",
    `d:{"finishReason":"error"}\n`,
    "it says that it failed, and not why",
  ],
  ["an error part", "agent", `0:"hm"\n3:"overloaded"\n`, "overloaded"],
  ["a finish of failure", "agent", `d:{"finishReason":"error","error":"e"}\n`, "e"],
];

for (const [what, kind, text, said, exitCode = null] of FAILURES) {
  test(`a ${kind}'s stream with ${what} is a run that failed`, async () => {
    await withCloud(async (cloud) => {
      cloud.streams(text);
      const answer = await RUNS[kind](clientFor(cloud).kubiya, watcher().watching);
      const failure = { reason: "kubiya_ran_and_failed", exitCode, said };
      assert.deepEqual(answer, { ok: false, failure });
      assert.equal(cloud.asked.length, 1);
    });
  });
}

const UNENDED: readonly (readonly [string, keyof typeof RUNS, string])[] = [
  ["nothing", "tool", ""],
  ["output alone", "tool", "data: x\n\n"],
  ["an exit code of 0 and no end", "tool", `data: {"type":"exit","exit_code":0}\n\n`],
  ["a status that is not the last", "tool", `data: {"type":"status","status":"success"}\n\n`],
  ["a part of an end mark", "tool", "data: x\n\ndata: [DO"],
  ["the end mark of another format", "tool", "data: x\n\nd:{}\n"],
  ["an end mark within output", "tool", `data: {"output":"[DONE]"}\n\n`],
  ["steps and no end", "workflow", `data: {"type":"step_complete","output":"x"}\n\n`],
  ["parts and no end", "workflow", `2:["x"]\n`],
  ["the end mark of a tool", "agent", `0:"x"\ndata: [DONE]\n\n`],
];

for (const [what, kind, text] of UNENDED) {
  test(`a ${kind}'s stream with ${what} is a failure, not a success, and is not sent again`, async () => {
    await withCloud(async (cloud) => {
      cloud.streams(text);
      const answer = await RUNS[kind](clientFor(cloud).kubiya, watcher().watching);
      assert.ok(!answer.ok && answer.failure.reason === "kubiya_broke_off");
      assert.equal(answer.failure.detail, "the stream ended without its end mark");
      assert.equal(cloud.asked.length, 1);
    });
  });
}

test("a tool goes with its whole definition, its arguments and its runner", async () => {
  await withCloud(async (cloud) => {
    cloud.streams("data: [DONE]\n\n");
    await RUNS.tool(clientFor(cloud).kubiya, watcher().watching);
    const [asked] = cloud.asked;
    assert.equal(asked?.url, "/api/v1/tools/exec?runner=on+premises");
    assert.equal(asked?.headers["x-vercel-ai-data-stream"], "v1");
    assert.deepEqual(JSON.parse(asked?.body ?? ""), {
      tool_name: "greet",
      tool_def: CALL.tool,
      args: { name: "ada" },
    });
  });
});

test("a workflow goes whole, and without secrets of ours", async () => {
  await withCloud(async (cloud) => {
    cloud.streams("d:{}\n");
    await RUNS.workflow(clientFor(cloud).kubiya, watcher().watching);
    const [asked] = cloud.asked;
    assert.equal(asked?.url, "/api/v1/workflow?runner=default&operation=execute_workflow");
    const { runner: _runner, ...sent } = WORKFLOW;
    const body = { command: "execute_workflow", ...sent, secrets: {} };
    assert.deepEqual(JSON.parse(asked?.body ?? ""), body);
  });
});

test("a message goes to its agent, in its conversation where there is one", async () => {
  await withCloud(async (cloud) => {
    cloud.streams("d:{}\n");
    const { kubiya } = clientFor(cloud);
    await kubiya.chat(MESSAGE, watcher().watching);
    await kubiya.chat({ ...MESSAGE, session: null }, watcher().watching);
    assert.deepEqual(
      cloud.asked.map(({ url, body }) => [url, JSON.parse(body)]),
      [
        ["/api/v1/hb/v4/stream", { message: "hello", agent_uuid: "a1", session_id: "s1" }],
        ["/api/v1/hb/v4/stream", { message: "hello", agent_uuid: "a1" }],
      ],
    );
  });
});

/** What runs, what the cloud does first, and why it is not sent again. */
const ONCE = [
  ["a tool whose connection is lost: it may run", "tool", HANGING_UP],
  ...([500, 502, 503, 504] as const).map(
    (status) => [`a tool whose answer is ${status}: it may run`, "tool", refusing(status)] as const,
  ),
  ["a tool while the cloud is busy", "tool", refusing(429, "0")],
  ["a tool that somebody on the way turns off", "tool", refusing(503, "0")],
  ["a tool that is refused", "tool", refusing(400)],
  ["a workflow whose connection is lost", "workflow", HANGING_UP],
  ["a workflow while the cloud fails", "workflow", refusing(503)],
  ["a message to an agent while the cloud fails", "agent", refusing(503)],
] as const;

for (const [what, kind, behaviour] of ONCE) {
  test(`${what} is not sent again`, async () => {
    await withCloud(async (cloud) => {
      cloud.always(behaviour);
      assert.equal((await RUNS[kind](clientFor(cloud).kubiya, watcher().watching)).ok, false);
      assert.equal(cloud.asked.length, 1);
    });
  });
}

test("where nobody is there a tool is tried again, for nothing was sent, and a workflow is not", async () => {
  let url = "";
  await withCloud(async (cloud) => {
    url = cloud.url;
  });
  for (const [kind, times] of [
    ["tool", 2],
    ["workflow", 0],
    ["agent", 0],
  ] as const) {
    const { kubiya, waits } = clientFor({ url });
    const answer = await RUNS[kind](kubiya, watcher().watching);
    assert.ok(!answer.ok && answer.failure.reason === "kubiya_unreachable");
    assert.equal(waits.length, times);
  }
});

test("a connection that breaks in the middle of a stream is a failure", async () => {
  await withCloud(async (cloud) => {
    cloud.always((_request, response) => {
      response.writeHead(200);
      response.write("data: x\n\n", () => response.destroy());
    });
    const { watching, news } = watcher();
    const answer = await RUNS.tool(clientFor(cloud).kubiya, watching);
    assert.ok(!answer.ok && answer.failure.reason === "kubiya_broke_off");
    assert.deepEqual([news, cloud.asked.length], [["x"], 1]);
  });
});

test("who gives up in the middle of a stream is told so, and the connection ends", async () => {
  await withCloud(async (cloud) => {
    const abort = new AbortController();
    const closed = Promise.withResolvers<void>();
    cloud.always((_request, response) => {
      response.on("close", closed.resolve);
      response.writeHead(200).write("data: x\n\n");
    });
    const onNews = (): void => abort.abort();
    const { watching } = watcher({ signal: abort.signal, onNews });
    assert.deepEqual(await RUNS.tool(clientFor(cloud).kubiya, watching), {
      ok: false,
      failure: { reason: "cancelled", stderr: "" },
    });
    await closed.promise;
  });
});

test("a stream that is over is left, though the cloud keeps it open", async () => {
  await withCloud(async (cloud) => {
    const closed = Promise.withResolvers<void>();
    cloud.always((_request, response) => {
      response.on("close", closed.resolve);
      response.writeHead(200).write("data: x\n\ndata: [DONE]\n\n");
    });
    assert.equal((await RUNS.tool(clientFor(cloud).kubiya, watcher().watching)).ok, true);
    await closed.promise;
  });
});

test("output is kept to its limit, never within a character, and counted beyond it", async () => {
  await withCloud(async (cloud) => {
    cloud.streams("data: aé\n\ndata: éb\n\ndata: [DONE]\n\n");
    const { watching } = watcher({ maxBytes: 4 });
    assert.deepEqual(await RUNS.tool(clientFor(cloud).kubiya, watching), {
      ok: true,
      value: { output: "aé", outputBytes: 6, truncated: true, exitCode: null },
    });
  });
});

test("a character whose bytes come apart is one character", async () => {
  await withCloud(async (cloud) => {
    cloud.always((_request, response) => {
      const bytes = Buffer.from("data: é\n\ndata: [DONE]\n\n");
      response.writeHead(200);
      response.write(bytes.subarray(0, 7), () => response.end(bytes.subarray(7)));
    });
    const answer = await RUNS.tool(clientFor(cloud).kubiya, watcher().watching);
    assert.ok(answer.ok);
    assert.equal(answer.value.output, "é");
  });
});

test("a line without end is too much", async () => {
  await withCloud(async (cloud) => {
    cloud.streams(`data: ${"x".repeat(3 * 1024 * 1024)}`);
    assert.deepEqual(await RUNS.tool(clientFor(cloud).kubiya, watcher().watching), {
      ok: false,
      failure: { reason: "kubiya_too_much", endpoint: TOOL, allowedBytes: 1024 * 1024 },
    });
  });
});

for (const [what, kind, text, field] of [
  ["an exit code that is none", "tool", `data: {"type":"exit","exit_code":"0"}\n\n`, "exit_code"],
  ["a status that is none", "tool", `data: {"type":"status","status":1}\n\n`, "status"],
  ["a text that is none", "agent", "0:{}\n", "0"],
] as const) {
  test(`${what} is named`, async () => {
    await withCloud(async (cloud) => {
      cloud.streams(`${text}data: [DONE]\n\nd:{}\n`);
      const answer = await RUNS[kind](clientFor(cloud).kubiya, watcher().watching);
      assert.ok(!answer.ok && answer.failure.reason === "kubiya_unexpected");
      assert.equal(answer.failure.field, field);
    });
  });
}
