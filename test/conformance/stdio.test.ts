// The same sources over stdio, with a client of each protocol era: both transports are one code path.

import assert from "node:assert/strict";
import { resolve } from "node:path";
import { test, type TestContext } from "node:test";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { keyIn } from "../support/keys.ts";
import { configIn, folderFor, recordsIn } from "../support/server.ts";

const MAIN = resolve("test/conformance/main.ts");
const ERAS = { legacy: null, modern: "2026-07-28" } as const;

interface Connected {
  readonly client: Client;
  readonly folder: string;
  readonly logged: unknown[];
}

/** Starts a server with this key, and connects a client that answers what it is asked. */
async function connected(
  context: TestContext,
  pin: string | null,
  permissions: readonly ("tools:list" | "tools:execute")[],
): Promise<Connected> {
  const folder = await folderFor(context);
  const config = await configIn(folder, { require_auth: true });
  const key = await keyIn(`${folder}/state`, { permissions, allow_stdio: true });
  const client = new Client(
    { name: "test", version: "1" },
    {
      capabilities: { sampling: {}, elicitation: {}, roots: {} },
      ...(pin !== null && { versionNegotiation: { mode: { pin } } }),
    },
  );
  client.setRequestHandler("elicitation/create", async () => ({
    action: "accept",
    content: { response: "yes" },
  }));
  client.setRequestHandler("sampling/createMessage", async () => ({
    role: "assistant",
    model: "m",
    content: { type: "text", text: "a greeting" },
  }));
  client.setRequestHandler("roots/list", async () => ({ roots: [{ uri: "file:///work" }] }));
  const logged: unknown[] = [];
  client.setNotificationHandler("notifications/message", ({ params }) => {
    logged.push(params.data);
  });
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [MAIN, "mcp", "serve", "--config", config],
      env: { PATH: process.env["PATH"] ?? "", KUBIYA_API_KEY: key },
      stderr: "ignore",
    }),
  );
  context.after(() => client.close());
  return { client, folder, logged };
}

async function said(client: Client, name: string, args: Record<string, unknown> = {}) {
  const { content } = await client.callTool({ name, arguments: args });
  return content.map((block) => (block.type === "text" ? block.text : block.type)).join(" ");
}

for (const [era, pin] of Object.entries(ERAS)) {
  test(`${era}: content of every kind, resources, prompts and completions arrive`, async (context) => {
    const { client } = await connected(context, pin, ["tools:list", "tools:execute"]);
    assert.match(await said(client, "test_multiple_content_types"), /test: image resource$/);
    assert.equal(await said(client, "test_audio_content"), "audio");
    const { resources } = await client.listResources();
    assert.equal(resources.length, 3);
    const read = await client.readResource({ uri: "test://template/7/data" });
    assert.match(JSON.stringify(read.contents), /Data for ID: 7/);
    const prompt = await client.getPrompt({ name: "test_prompt_with_image" });
    assert.deepEqual(
      prompt.messages.map(({ content }) => content.type),
      ["image", "text"],
    );
    const { completion } = await client.complete({
      ref: { type: "ref/prompt", name: "test_simple_prompt" },
      argument: { name: "a", value: "p" },
    });
    assert.deepEqual(completion.values, ["paris", "park"]);
    await assert.rejects(client.readResource({ uri: "test://none" }), /Resource not found/);
  });

  test(`${era}: a client answers what it is asked, and each round is recorded`, async (context) => {
    const { client, folder } = await connected(context, pin, ["tools:list", "tools:execute"]);
    const all = await said(client, "test_input_required_result_multiple_inputs");
    for (const answer of ["yes", "a greeting", "file:///work"])
      assert.ok(all.includes(answer), all);
    assert.match(await said(client, "test_input_required_result_request_state"), /state-ok/);
    const prompt = await client.getPrompt({ name: "test_input_required_result_prompt" });
    assert.equal(prompt.messages.length, 1);
    await client.close();
    const codes = (await recordsIn(`${folder}/state`)).flatMap(
      ({ phase, action, error_code: code }) =>
        phase === "outcome" && action === "execute_tool" ? [code] : [],
    );
    assert.deepEqual(codes, ["input_required", null, "input_required", null]);
  });

  test(`${era}: who may not read is refused, and nothing is read`, async (context) => {
    const { client, folder } = await connected(context, pin, ["tools:execute"]);
    const uri = "test://static-text";
    for (const refused of [
      () => client.readResource({ uri }),
      () => client.getPrompt({ name: "test_simple_prompt" }),
      () => client.listResources(),
    ]) {
      await assert.rejects(refused(), /Insufficient permissions/);
    }
    await client.close();
    const records = await recordsIn(`${folder}/state`);
    const denied = records.filter(({ result }) => result === "denied");
    assert.deepEqual(
      denied.map(({ action }) => action),
      ["resources/read", "prompts/get", "resources/list"],
    );
    const intents = records.filter(({ phase }) => phase === "intent");
    assert.deepEqual(
      [...new Set(intents.map(({ action }) => action))],
      ["sessions/open", "sessions/close"],
    );
  });
}

test("legacy: what runs is heard from the level on that the client wants", async (context) => {
  const { client, logged } = await connected(context, null, ["tools:list", "tools:execute"]);
  await client.setLoggingLevel("error");
  await said(client, "test_tool_with_logging");
  assert.deepEqual(logged, []);
  await client.setLoggingLevel("debug");
  await said(client, "test_tool_with_logging");
  assert.equal(logged.length, 3);
});
