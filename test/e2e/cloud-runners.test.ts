// Runners of the Kubiya cloud in the whole program: nothing waits for their health, what is not known to be
// healthy runs nothing, and a tool whose runner is there runs there.

import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { Client } from "@modelcontextprotocol/client";
import {
  clientOf,
  type Cloud,
  json,
  runsAskedOf,
  saysFarAway,
  saysWho,
  withCloud,
} from "../support/cloud.ts";
import { callText, recordsIn, until } from "../support/server.ts";

const TOOL = { type: "shell", content: "echo hello" } as const;
const TOOLS = [
  { ...TOOL, name: "there", runner: "on-premises" },
  { ...TOOL, name: "anywhere", runner: "auto" },
  { ...TOOL, name: "sick", runner: "kubiya-hosted" },
  { ...TOOL, name: "nowhere", runner: "made-up" },
  { ...TOOL, name: "here", runner: "local" },
];

/** A client of a server with these tools. */
const clientWith = (context: TestContext, cloud: Cloud, more: object = {}) =>
  clientOf(context, cloud, { whitelisted_tools: TOOLS, ...more });

async function accessOf(client: Client): Promise<Readonly<Record<string, unknown>>> {
  const { tools } = await client.listTools();
  const ours = tools.filter(({ name }) => TOOLS.some((tool) => tool.name === name));
  return Object.fromEntries(ours.map(({ name, _meta }) => [name, _meta?.["kubiya.ai/access"]]));
}

/** How the cloud's runners are, beside what it does right. */
function saysOf(health: Readonly<Record<string, string>>, cloud: Cloud): void {
  const names = Object.keys(health).map((name) => ({ name }));
  cloud.always((request, response) => {
    if (saysWho(request, response)) return;
    const path = request.url.split("?")[0] ?? "";
    const name = /^\/api\/v3\/runners\/(.*)\/health$/.exec(path)?.[1];
    if (name !== undefined) return json(response, 200, { status: health[name] });
    if (path === "/api/v3/runners") return json(response, 200, names);
    if (path !== "/api/v1/tools/exec") return json(response, 404, {});
    saysFarAway(response);
  });
}

test("a tool runs on the runner of the cloud that is its own, where that is healthy, and nowhere else", (context) =>
  withCloud(async (cloud) => {
    saysOf({ "kubiya-hosted": "down", "on-premises": "Ready" }, cloud);
    const { client, state } = await clientWith(context, cloud);
    await until(async () => (await accessOf(client))["there"] === "yes", 20_000);
    assert.deepEqual(await accessOf(client), {
      ...{ there: "yes", anywhere: "yes", here: "yes" },
      ...{ sick: "no_runner", nowhere: "no_runner" },
    });
    for (const name of ["there", "anywhere"]) {
      assert.deepEqual(await callText(client, name), { text: "far away", isError: false });
    }
    assert.deepEqual(runsAskedOf(cloud), Array(2).fill("/api/v1/tools/exec?runner=on-premises"));
    assert.match((await callText(client, "sick")).text, /^Insufficient.*The runner is not healthy/);
    assert.match(
      (await callText(client, "nowhere")).text,
      /^Insufficient.*Nothing is known of the/,
    );
    assert.deepEqual(await callText(client, "here"), { text: "hello\n", isError: false });
    assert.equal(runsAskedOf(cloud).length, 2);
    const records = await recordsIn(state);
    assert.deepEqual(
      records.flatMap(({ action, result, tool_name: tool, runner }) =>
        action === "execute_tool" && result === "success" ? [[tool, runner]] : [],
      ),
      [
        ["there", { requested: "on-premises", name: "on-premises", kind: "kubiya" }],
        ["anywhere", { requested: "auto", name: "on-premises", kind: "kubiya" }],
        ["here", { requested: "local", name: "local", kind: "local" }],
      ],
    );
  }));

test("allowed_runners holds for what auto became", (context) =>
  withCloud(async (cloud) => {
    saysOf({ "kubiya-hosted": "ok", "on-premises": "ok" }, cloud);
    const allowed_runners = ["auto", "local", "on-premises"];
    const { client } = await clientWith(context, cloud, { allowed_runners });
    await until(async () => (await accessOf(client))["there"] === "yes", 20_000);
    assert.match((await callText(client, "anywhere")).text, /^Insufficient.* is not allowed/);
    assert.deepEqual(runsAskedOf(cloud), []);
  }));

test("a cloud that never answers about its runners delays nobody, and nothing runs there", (context) =>
  withCloud(async (cloud) => {
    cloud.always((request, response) => {
      if (saysWho(request, response) || request.url.startsWith("/api/v3/")) return;
      json(response, 404, {});
    });
    const { client } = await clientWith(context, cloud);
    assert.deepEqual(await callText(client, "here"), { text: "hello\n", isError: false });
    assert.match((await callText(client, "anywhere")).text, /Insufficient permissions/);
    assert.deepEqual(runsAskedOf(cloud), []);
  }));
