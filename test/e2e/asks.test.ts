// What other servers ask of a client, through the real server: both eras of the protocol, on either side of it.

import assert from "node:assert/strict";
import { join, resolve } from "node:path";
import { test, type TestContext } from "node:test";
import {
  Client,
  StreamableHTTPClientTransport,
  type Transport,
} from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { listen } from "../support/http.ts";
import { configIn, folderFor, kubiya, MAIN, recordsIn } from "../support/server.ts";

const HOSTILE = resolve("test/tools/upstream/hostile.ts");
const SUITE = resolve("test/conformance/main.ts");
const ALLOWED = ["elicitation", "sampling"] as const;
const FORM = {
  method: "elicitation/create",
  params: {
    message: "Who are you?",
    requestedSchema: { type: "object", properties: { name: { type: "string" } } },
  },
};
const PATH = process.env["PATH"] ?? "";

/** The upstreams: one of the older era, one of the newer, and one that may ask nothing. */
async function upstreams(context: TestContext): Promise<object> {
  const inner = await folderFor(context);
  const args = [SUITE, "mcp", "serve", "--config", await configIn(inner, {})];
  return {
    old: { command: process.execPath, args: [HOSTILE], allow: ALLOWED },
    new: { command: process.execPath, args, env: { PATH, HOME: inner }, allow: ALLOWED },
    shut: { command: process.execPath, args: [HOSTILE] },
  };
}

/** A client that answers every form, and what it was asked. */
function asked(
  mode: "legacy" | { readonly pin: string },
  capabilities: Readonly<Record<string, object>> = { elicitation: {} },
): { readonly client: Client; readonly messages: string[] } {
  const client = new Client(
    { name: "asked", version: "1" },
    { capabilities, versionNegotiation: { mode } },
  );
  const messages: string[] = [];
  if ("elicitation" in capabilities) {
    client.setRequestHandler("elicitation/create", async ({ params }) => {
      messages.push(params.message);
      return { action: "accept", content: { name: "Ada", response: "Ada" } };
    });
  }
  return { client, messages };
}

const MODERN = { pin: "2026-07-28" };

async function textOf(client: Client, name: string, args: object = {}): Promise<string> {
  const { content } = await client.callTool({ name, arguments: { ...args } });
  return content.map((block) => (block.type === "text" ? block.text : "")).join("");
}

async function stdio(
  context: TestContext,
): Promise<{ readonly folder: string; readonly transport: Transport }> {
  const folder = await folderFor(context);
  const config = await configIn(folder, { mcpServers: await upstreams(context) });
  const known = await kubiya(["tools", "list", "--config", config]);
  assert.equal(known.code, 0, known.stderr);
  const args = [MAIN, "mcp", "serve", "--config", config];
  const transport = new StdioClientTransport({ command: process.execPath, args, stderr: "ignore" });
  return { folder, transport };
}

for (const [era, mode] of [
  ["older", "legacy"],
  ["newer", MODERN],
] as const) {
  test(`a client of the ${era} era is asked by upstreams of both, and each round is recorded`, async (context) => {
    const { folder, transport } = await stdio(context);
    const { client, messages } = asked(mode);
    await client.connect(transport);
    context.after(() => client.close());
    assert.match(await textOf(client, "old_question", FORM), /"action":"accept".*"name":"Ada"/);
    const said = await textOf(client, "new_test_elicitation", { message: "Who?" });
    assert.match(said, /Ada/);
    assert.deepEqual(messages, [
      "The MCP server old asks: Who are you?",
      "The MCP server new asks: Who?",
    ]);
    // It keeps what its upstream keeps with the questions, and over several rounds.
    const state = await textOf(client, "new_test_input_required_result_request_state");
    assert.equal(state, "state-ok");
    await textOf(client, "new_test_input_required_result_multi_round");
    // Folders are asked for with a form and a model: none of the three is passed on.
    const before = messages.length;
    const refused = await textOf(client, "new_test_input_required_result_multiple_inputs");
    assert.match(refused, /roots\/list/);
    assert.match(await textOf(client, "shut_question", FORM), /asks nobody on your behalf/);
    assert.equal(messages.length, before);
    const records = await recordsIn(join(folder, "state"));
    const rounds = records.filter((one) => one["tool_name"] === "old_question");
    assert.deepEqual(
      rounds.map(({ phase, result, error_code: code }) => [phase, result, code]),
      [
        ["intent", "pending", null],
        ["outcome", "success", "input_required"],
        ["intent", "pending", null],
        ["outcome", "success", null],
      ],
    );
  });

  test(`a client of the ${era} era that cannot be asked is not, and learns why`, async (context) => {
    const { transport } = await stdio(context);
    const { client } = asked(mode, {});
    await client.connect(transport);
    context.after(() => client.close());
    assert.match(await textOf(client, "old_question", FORM), /does not offer elicitation/);
    const said = await textOf(client, "new_test_elicitation", { message: "Who?" });
    assert.match(
      said,
      /elicitation\/create.*not passed on: the client of this call does not offer/,
    );
  });
}

test("over HTTP a call of the older era waits between two requests of the newer", async (context) => {
  const mcpServers = await upstreams(context);
  const folder = await folderFor(context);
  const config = await configIn(folder, { mcpServers });
  assert.equal((await kubiya(["tools", "list", "--config", config])).code, 0);
  const { url } = await listen(context, folder, { whitelisted_tools: undefined, mcpServers });
  const { client, messages } = asked(MODERN);
  await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`)));
  context.after(() => client.close());
  assert.match(await textOf(client, "old_question", FORM), /"action":"accept".*"name":"Ada"/);
  assert.match(await textOf(client, "new_test_elicitation", { message: "Who?" }), /Ada/);
  assert.equal(messages.length, 2);
});
