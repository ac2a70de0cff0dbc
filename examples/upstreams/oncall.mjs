// A small MCP server of a company's own: who is on call, as a tool and as a resource.

import { Server } from "@modelcontextprotocol/server";
import { StdioServerTransport } from "@modelcontextprotocol/server/stdio";

const TEAMS = new Map([
  ["shop", "the shop's team"],
  ["platform", "the platform's team"],
]);
const URI = "oncall://today";

const server = new Server(
  { name: "oncall", version: "1.0.0" },
  { capabilities: { tools: {}, resources: {} } },
);

server.setRequestHandler("tools/list", async () => ({
  tools: [
    {
      name: "who",
      description: "Says who is on call for a service",
      inputSchema: {
        type: "object",
        properties: { service: { type: "string", enum: [...TEAMS.keys()] } },
        required: ["service"],
        additionalProperties: false,
      },
    },
  ],
}));

server.setRequestHandler("tools/call", async ({ params }) => ({
  content: [{ type: "text", text: TEAMS.get(String(params.arguments?.["service"])) ?? "Nobody." }],
}));

server.setRequestHandler("resources/list", async () => ({
  resources: [{ uri: URI, name: "Who is on call today", mimeType: "application/json" }],
}));

server.setRequestHandler("resources/read", async () => ({
  contents: [
    { uri: URI, mimeType: "application/json", text: JSON.stringify(Object.fromEntries(TEAMS)) },
  ],
}));

await server.connect(new StdioServerTransport());
