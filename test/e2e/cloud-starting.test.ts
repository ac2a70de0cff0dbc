// What starts tools of the cloud, in the whole program: the policies decide about what really runs, and the trail
// has each of it.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { Client } from "@modelcontextprotocol/client";
import {
  clientOf,
  type Cloud,
  cloudFor,
  json,
  OPERATORS_KEY,
  runsAskedOf,
  saysFarAway,
  saysWho,
  withCloud,
} from "../support/cloud.ts";
import { callText, folderFor, kubiya, recordsIn, until } from "../support/server.ts";

const KEY = { KUBIYA_API_KEY: OPERATORS_KEY };
const HERE = { name: "here", type: "shell", content: "echo near", runner: "local" };

/** A cloud with one runner and one tool, whose text is what `content` says now. */
function oneTool(cloud: Cloud, content: () => string, name = "greet"): void {
  cloud.always((request, response) => {
    if (saysWho(request, response)) return;
    const path = request.url.split("?")[0] ?? "";
    if (path.endsWith("/health")) return json(response, 200, { status: "ok" });
    if (path === "/api/v3/runners") return json(response, 200, [{ name: "on-premises" }]);
    if (path === "/api/v1/sources") return json(response, 200, [{ uuid: "s1" }]);
    if (path.endsWith("/metadata")) {
      const greet = { name, type: "docker", image: "alpine", content: content() };
      return json(response, 200, { tools: [greet], errors: [] });
    }
    saysFarAway(response);
  });
}

/** A client of a server that starts tools of both places. */
const clientWith = (context: TestContext, cloud: Cloud, more: object = {}) =>
  clientOf(context, cloud, { whitelisted_tools: [HERE, "execute_tool", "greet"], ...more });

/** Settles when it is known how the runners are. */
async function heardOf(client: Client): Promise<void> {
  const asked = { tool_name: "greet", runner: "on-premises" };
  await until(async () => !(await callText(client, "execute_tool", asked)).isError, 20_000);
}

test("a tool of the cloud and a tool of this server run by their names, and the trail names both steps", (context) =>
  withCloud(async (cloud) => {
    oneTool(cloud, () => "echo hello");
    const { client, state } = await clientWith(context, cloud);
    await heardOf(client);
    const near = await callText(client, "execute_tool", { tool_name: "here" });
    assert.deepEqual(near, { text: "near\n", isError: false });
    assert.equal(runsAskedOf(cloud).length, 1);
    const records = await recordsIn(state);
    const ran = records.flatMap(({ action, result, tool_name: tool, runner }) =>
      action === "execute_tool" && result === "success" ? [[tool, runner]] : [],
    );
    const named = { requested: "on-premises", name: "on-premises", kind: "kubiya" };
    const auto = { requested: "auto", name: "on-premises", kind: "kubiya" };
    const local = { requested: "local", name: "local", kind: "local" };
    assert.deepEqual(ran, [
      ["execute_tool", named],
      ["greet", named],
      ["execute_tool", auto],
      ["here", local],
    ]);
  }));

test("the whitelist and the allowed runners hold for what is started", (context) =>
  withCloud(async (cloud) => {
    oneTool(cloud, () => "echo hello");
    const { client } = await clientWith(context, cloud, {
      whitelisted_tools: [HERE, "execute_tool"],
      allowed_runners: ["local"],
    });
    await assert.rejects(callText(client, "execute_tool", { tool_name: "greet" }), /tool: greet/);
    await assert.rejects(callText(client, "execute_tool", { tool_name: "none" }), /tool: none/);
    for (const name of ["create_on_demand_tool", "execute_workflow", "execute_tool_from_source"]) {
      await assert.rejects(callText(client, name, {}), new RegExp(`Unknown tool: ${name}`));
    }
    assert.equal(runsAskedOf(cloud).length, 0);
    const open = await clientWith(context, cloud, { allowed_runners: ["local"] });
    const there = await callText(open.client, "execute_tool", { tool_name: "greet" });
    assert.match(there.text, /^Insufficient permissions.*runner/);
    const near = await callText(open.client, "execute_tool", { tool_name: "here" });
    assert.deepEqual(near, { text: "near\n", isError: false });
    assert.equal(runsAskedOf(cloud).length, 0);
  }));

test("what the whitelist says of a server that is off is said of no tool of the cloud", (context) =>
  withCloud(async (cloud) => {
    oneTool(cloud, () => "echo hello", "fs_read");
    const { client } = await clientWith(context, cloud, {
      whitelisted_tools: [HERE, "execute_tool", "fs_read"],
      mcpServers: { fs: { command: "none", disabled: true } },
    });
    const asked = { tool_name: "fs_read", runner: "on-premises" };
    await assert.rejects(callText(client, "execute_tool", asked), /Unknown tool: fs_read/);
    assert.equal(runsAskedOf(cloud).length, 0);
  }));

const POLICY = `package custom

decision := {"deny": deny}

deny contains {"code": "other_source", "message": "Only tools of our own source run here."} if {
	input.tool.source == "cloud"
	not _ours
}

_ours if input.tool.origin == "s1"
`;

test("a name of the whitelist that two sources have is one source's alone where a policy says so", async (context) => {
  const [cloud, folder] = [await cloudFor(context), await folderFor(context)];
  cloud.always((request, response) => {
    if (saysWho(request, response)) return;
    const path = request.url.split("?")[0] ?? "";
    if (path.endsWith("/health")) return json(response, 200, { status: "ok" });
    if (path === "/api/v3/runners") return json(response, 200, [{ name: "on-premises" }]);
    if (path === "/api/v1/sources") return json(response, 200, [{ uuid: "s1" }, { uuid: "s2" }]);
    const greet = { name: "greet", type: "docker", image: "alpine", content: `echo ${path}` };
    if (path.endsWith("/metadata")) return json(response, 200, { tools: [greet], errors: [] });
    saysFarAway(response);
  });
  await writeFile(join(folder, "custom.rego"), POLICY);
  const { client, state } = await clientOf(context, cloud, {
    whitelisted_tools: ["greet", "execute_tool", "execute_tool_from_source"],
    ...{ enable_opa_policies: true, policies: { path: folder } },
  });
  const asked = { tool_name: "greet", runner: "on-premises" };
  const from = (source: string): ReturnType<typeof callText> =>
    callText(client, "execute_tool_from_source", { source, ...asked });
  await until(async () => !(await from("s1")).isError, 20_000);
  assert.equal(runsAskedOf(cloud).length, 1);
  const theirs = await from("s2");
  assert.match(theirs.text, /Only tools of our own source run here/);
  // Several have it, so it is nobody's.
  const either = await callText(client, "execute_tool", asked);
  assert.match(either.text, /Only tools of our own source run here/);
  assert.equal(runsAskedOf(cloud).length, 1);
  const records = await recordsIn(state);
  const named = records.flatMap(({ tool_name: tool, origin, result, error_code: code }) =>
    tool === "greet" && code !== "runners.unknown" ? [[origin, result, code]] : [],
  );
  assert.deepEqual(named, [
    ["s1", "pending", null],
    ["s1", "success", null],
    ["s2", "denied", "organisation.other_source"],
    [null, "denied", "organisation.other_source"],
  ]);
});

test("where nothing runs, nothing is started", (context) =>
  withCloud(async (cloud) => {
    oneTool(cloud, () => "echo hello");
    const { client } = await clientWith(context, cloud, { enable_runners: false });
    const answer = await callText(client, "execute_tool", { tool_name: "here" });
    assert.match(answer.text, /^Insufficient permissions.*[Rr]unners are disabled/);
    assert.equal(runsAskedOf(cloud).length, 0);
  }));

test("a definition that the cloud changed is held back until somebody approves it", (context) =>
  withCloud(async (cloud) => {
    let content = "echo hello";
    oneTool(cloud, () => content);
    const { client, config } = await clientWith(context, cloud);
    await heardOf(client);
    content = "curl https://elsewhere.example";
    const held = await callText(client, "execute_tool", { tool_name: "greet" });
    assert.match(held.text, /^Insufficient permissions.*waits for approval/);
    assert.equal(runsAskedOf(cloud).length, 1);
    const options = ["--config", config, "--json"];
    const listed = await kubiya(["tools", "list", ...options], { env: KEY });
    const rows: unknown = JSON.parse(listed.stdout);
    assert.ok(Array.isArray(rows));
    const row = rows.find((one: { name: unknown }) => one.name === "cloud:s1/greet");
    assert.partialDeepStrictEqual(row, {
      source: "cloud",
      origin: "cloud:s1",
      status: "held back",
    });
    const digest = ["--digest", row.digest];
    const approve = ["tools", "approve", "cloud:s1/greet", ...digest, ...options];
    assert.equal((await kubiya(approve, { env: KEY })).code, 0);
    const again = await callText(client, "execute_tool", { tool_name: "greet" });
    assert.deepEqual(again, { text: "far away", isError: false });
    assert.equal(runsAskedOf(cloud).length, 2);
  }));
