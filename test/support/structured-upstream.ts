// An MCP server whose tools say what their output looks like; one of them says it in words that do not compile.
// Started as an upstream: `node structured-upstream.ts`, with A_TOKEN in its environment.

import { type JsonSchemaType, Server } from "@modelcontextprotocol/server";
import { StdioServerTransport } from "@modelcontextprotocol/server/stdio";

const TEXT: JsonSchemaType = {
  type: "object",
  properties: { text: { type: "string", description: "What was found." } },
  required: ["text"],
  additionalProperties: false,
};
const { A_TOKEN: token = "" } = process.env;

const TOOLS: Readonly<Record<string, { readonly schema: JsonSchemaType; readonly text: string }>> =
  {
    plain: { schema: TEXT, text: "a pod" },
    secret: {
      schema: {
        ...TEXT,
        properties: { text: { type: "string", maxLength: token.length, pattern: `^${token}$` } },
      },
      text: token,
    },
    large: { schema: TEXT, text: "x".repeat(100_000) },
    broken: {
      schema: { ...TEXT, properties: { text: { $ref: "#/$defs/nowhere", pattern: "(" } } },
      text: "a pod",
    },
  };

const server = new Server({ name: "structured", version: "1" }, { capabilities: { tools: {} } });
server.setRequestHandler("tools/list", async () => ({
  tools: Object.entries(TOOLS).map(([name, { schema }]) => ({
    name,
    inputSchema: { type: "object" },
    outputSchema: { ...schema, type: "object" },
  })),
}));
server.setRequestHandler("tools/call", async ({ params: { name } }) => {
  const text = TOOLS[name]?.text ?? "";
  return { content: [{ type: "text", text: `found ${text}` }], structuredContent: { text } };
});
await server.connect(new StdioServerTransport());
