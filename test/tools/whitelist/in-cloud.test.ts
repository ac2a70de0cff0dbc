// Tools of the configuration on runners of the cloud: what is sent, what is heard, and what never leaves.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ToolDefinition } from "../../../src/config/types.ts";
import { failed } from "../../../src/lib/outcome.ts";
import { mintPermit } from "../../../src/lib/permit.ts";
import { createRunInCloud } from "../../../src/runners/in-cloud.ts";
import type { RunInCloud } from "../../../src/runners/types.ts";
import { createLines } from "../../../src/subprocess/lines.ts";
import type { Toolbox } from "../../../src/tools/types.ts";
import { clientFor, HANGING_UP, refusing } from "../../kubiya/world.ts";
import { type Cloud, withCloud } from "../../support/cloud.ts";
import { RUNNING } from "../../support/world.ts";
import { call, stepOf, toolboxOf } from "../world.ts";

const GREET: ToolDefinition = {
  name: "greet",
  description: "Greets.",
  type: "docker",
  image: "alpine",
  content: "echo hello $who",
  runner: "on-premises",
  timeout: 20,
  args: [{ name: "who", description: "whom", required: true }],
  env: ["GREETING=hello", "FROM_HERE"],
  secrets: ["TOKEN"],
};
const ENVIRONMENT = { FROM_HERE: "canary-env", TOKEN: "canary-token", OTHER: "canary-other" };
const KNOWN = [{ name: "on-premises", healthy: true }];

function inCloud(cloud: Cloud): RunInCloud {
  return createRunInCloud({ kubiya: clientFor(cloud).kubiya, createLines });
}

function boxFor(cloud: Cloud, more: Partial<ToolDefinition> = {}): Promise<Toolbox> {
  return toolboxOf(
    { ...GREET, ...more },
    {
      ...{ environment: ENVIRONMENT, known: KNOWN, runInCloud: inCloud(cloud) },
      runWork: async () => assert.fail("it ran on this machine"),
    },
  );
}

const said = (text: string): string =>
  `data: ${JSON.stringify({ type: "stdout", stdout: text })}\n\n`;

test("the whole definition goes to the runner that was judged, its output comes back line by line", () =>
  withCloud(async (cloud) => {
    cloud.streams(said("hel"), said("lo\nada, canary-"), said("token\n"), "data: [DONE]\n\n");
    const lines: string[] = [];
    const ran = await call(await boxFor(cloud), { who: "ada" }, (line) => lines.push(line));
    const text = "hello\nada, [REDACTED]\n";
    assert.deepEqual(ran, {
      ok: true,
      value: {
        ...{ kind: "result", content: [{ type: "text", text }], structured: null },
        ...{ isError: false, exitCode: null, outputBytes: 24, truncated: false },
      },
    });
    assert.deepEqual(lines, ["hello", "ada, [REDACTED]"]);
    const [asked] = cloud.asked;
    assert.equal(cloud.asked.length, 1);
    assert.equal(asked?.url, "/api/v1/tools/exec?runner=on-premises");
    assert.deepEqual(JSON.parse(asked.body), {
      tool_name: "greet",
      tool_def: {
        ...{ name: "greet", description: "Greets.", type: "docker", image: "alpine" },
        content: "echo hello $who",
        args: [{ name: "who", type: "string", description: "whom", required: true }],
        env: ["GREETING=hello", "FROM_HERE"],
        ...{ secrets: ["TOKEN"], runner: "on-premises", timeout: 20 },
      },
      args: { who: "ada" },
    });
    assert.doesNotMatch(JSON.stringify(asked), /canary/);
  }));

/** What a definition says that does not hold there, and the field that is named. */
const NOT_THERE: readonly (readonly [Partial<ToolDefinition>, string])[] = [
  [{ with_volumes: [{ source: "/srv", path: "/srv" }] }, "with_volumes"],
  [{ with_files: [{ path: "a", content: "b" }] }, "with_files"],
  [{ network: false }, "network"],
  [{ sandbox: "bubblewrap" }, "sandbox"],
  [{ pull: "never" }, "pull"],
  [{ memory: "64m" }, "memory"],
  [{ cpus: 1 }, "cpus"],
  [{ pids: 10 }, "pids"],
  [{ env: ["who=root"] }, "who"],
  [{ secrets: ["who"] }, "who"],
];

for (const [definition, field] of NOT_THERE) {
  test(`nothing is sent of a tool with ${JSON.stringify(definition)}`, () =>
    withCloud(async (cloud) => {
      const ran = await call(await boxFor(cloud, definition), { who: "ada" });
      assert.ok(!ran.ok && ran.failure.reason === "not_preparable");
      assert.equal(ran.failure.field, field);
      assert.deepEqual(cloud.asked, []);
    }));
}

test("nothing is sent of a tool whose command would become shell text there", () =>
  withCloud(async (cloud) => {
    const toolbox = await toolboxOf(
      { name: "kubectl", image: "kubectl", runner: "on-premises" },
      { known: KNOWN, runInCloud: inCloud(cloud) },
    );
    const ran = await call(toolbox, { command: "get pods" });
    assert.ok(!ran.ok && ran.failure.reason === "not_preparable");
    assert.equal(ran.failure.field, "content");
    assert.deepEqual(cloud.asked, []);
  }));

test("without a cloud nothing runs on its runners, and nothing here instead", async () => {
  const toolbox = await toolboxOf(GREET, {
    runWork: async () => assert.fail("it ran on this machine"),
  });
  const failure = { reason: "runner_not_available", runner: "on-premises" } as const;
  assert.deepEqual(await call(toolbox, { who: "ada" }), failed(failure));
});

test("without a permit that was minted nothing is sent", () =>
  withCloud(async (cloud) => {
    const toolbox = await boxFor(cloud);
    const permit = { ...mintPermit("decision", stepOf(toolbox, { who: "ada" })) };
    await assert.rejects(toolbox.run(permit, RUNNING, null), /not minted/);
    assert.deepEqual(cloud.asked, []);
  }));

test("what was cancelled before it was sent is not sent", () =>
  withCloud(async (cloud) => {
    const toolbox = await boxFor(cloud);
    const permit = mintPermit("decision", stepOf(toolbox, { who: "ada" }));
    const ran = await toolbox.run(permit, { ...RUNNING, signal: AbortSignal.abort() }, null);
    assert.deepEqual(ran, failed({ reason: "cancelled", stderr: "" }));
    assert.deepEqual(cloud.asked, []);
  }));

test("what does not end in its time is given up, and is said to run on perhaps", () =>
  withCloud(async (cloud) => {
    cloud.always((_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(said("begun\n"));
    });
    const lines: string[] = [];
    const toolbox = await boxFor(cloud, { timeout: 1 });
    const ran = await call(toolbox, { who: "ada" }, (line) => lines.push(line));
    const failure = { reason: "left_running", runner: "on-premises", afterMs: 1_000 } as const;
    assert.deepEqual(ran, failed(failure));
    assert.deepEqual(lines, ["begun"]);
    assert.equal(cloud.asked.length, 1);
  }));

test("a stream without its end mark has failed, and is not sent again", () =>
  withCloud(async (cloud) => {
    cloud.streams(said("begun\n"));
    const ran = await call(await boxFor(cloud), { who: "ada" });
    assert.equal(!ran.ok && ran.failure.reason, "kubiya_broke_off");
    assert.equal(cloud.asked.length, 1);
  }));

test("a secret that is set here is hidden in the words of a run that failed there", () =>
  withCloud(async (cloud) => {
    cloud.streams(
      `data: ${JSON.stringify({ type: "stderr", stderr: "no canary-token here" })}\n\n`,
      `data: ${JSON.stringify({ type: "exit", exit_code: 3 })}\n\n`,
      "data: [DONE]\n\n",
    );
    const ran = await call(await boxFor(cloud), { who: "ada" });
    const words = "no [REDACTED] here";
    assert.deepEqual(ran, failed({ reason: "kubiya_ran_and_failed", exitCode: 3, said: words }));
  }));

test("a cloud that refuses or hangs up is told as it is", () =>
  withCloud(async (cloud) => {
    cloud.misbehave(refusing(403));
    const refused = await call(await boxFor(cloud), { who: "ada" });
    assert.equal(!refused.ok && refused.failure.reason, "kubiya_unauthorized");
    cloud.misbehave(HANGING_UP);
    const away = await call(await boxFor(cloud), { who: "ada" });
    assert.equal(!away.ok && away.failure.reason, "kubiya_unreachable");
    assert.equal(cloud.asked.length, 2);
  }));
