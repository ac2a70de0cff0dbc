// Tools of other servers that say what their output looks like: the clients of both SDKs hold every answer to it.

import assert from "node:assert/strict";
import { resolve } from "node:path";
import { test, type TestContext } from "node:test";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as OldTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { configIn, folderFor, kubiya, MAIN } from "../support/server.ts";

const STRUCTURED = resolve("test/support/structured-upstream.ts");

/** A client of one of the SDKs. */
interface Connected {
  readonly list: () => Promise<{
    readonly tools: readonly { readonly name: string; readonly outputSchema?: unknown }[];
  }>;
  readonly call: (name: string) => Promise<Readonly<Record<string, unknown>>>;
}

type Connect = (context: TestContext, args: readonly string[]) => Promise<Connected>;

const command = process.execPath;

const CLIENTS: Readonly<Record<string, Connect>> = {
  "1.x": async (context, args) => {
    const client = new OldClient({ name: "old", version: "1" });
    await client.connect(new OldTransport({ command, args: [...args], stderr: "ignore" }));
    context.after(() => client.close());
    return { list: () => client.listTools(), call: (name) => client.callTool({ name }) };
  },
  "2.x": async (context, args) => {
    const client = new Client({ name: "new", version: "2" });
    await client.connect(new StdioClientTransport({ command, args: [...args], stderr: "ignore" }));
    context.after(() => client.close());
    return { list: () => client.listTools(), call: (name) => client.callTool({ name }) };
  },
};

for (const [sdk, connect] of Object.entries(CLIENTS)) {
  test(`the client of SDK ${sdk} takes whole, redacted and cut output for what was promised`, async (context) => {
    const folder = await folderFor(context);
    const env = { A_TOKEN: "a-secret-that-is-held" };
    const config = await configIn(folder, {
      mcpServers: { own: { command, args: [STRUCTURED], env } },
    });
    const known = await kubiya(["tools", "list", "--config", config]);
    assert.equal(known.code, 0, known.stderr);
    const client = await connect(context, [MAIN, "mcp", "serve", "--config", config]);

    const { tools } = await client.list();
    assert.deepEqual(Object.fromEntries(tools.map((tool) => [tool.name, tool.outputSchema])), {
      own_plain: promised({ type: "string", description: "What was found." }),
      own_secret: promised({ type: "string" }),
      own_large: promised({ type: "string", description: "What was found." }),
      own_broken: promised({}),
    });

    const plain = await client.call("own_plain");
    assert.deepEqual(plain["structuredContent"], { text: "a pod" });
    const broken = await client.call("own_broken");
    assert.deepEqual(broken["structuredContent"], { text: "a pod" });
    const secret = await client.call("own_secret");
    assert.deepEqual(secret["structuredContent"], { text: "[REDACTED]" });
    const large = await client.call("own_large");
    assert.deepEqual([large["structuredContent"], large["isError"]], [undefined, true]);
    assert.match(JSON.stringify(large["content"]), /left out: the structured part .* The tool ran/);
  });
}

function promised(text: object): object {
  return {
    type: "object",
    properties: { text },
    required: ["text"],
    additionalProperties: false,
  };
}
