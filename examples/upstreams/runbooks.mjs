// A small MCP server of a company's own: it finds the runbook for an alarm. As an entry of `mcpServers` its tool is
// offered as `runbooks_find`.

import { Server } from "@modelcontextprotocol/server";
import { StdioServerTransport } from "@modelcontextprotocol/server/stdio";

const RUNBOOKS = new Map([
  ["disk full", "Free space on the host, then see why its logs were not rotated."],
  ["certificate expires", "Renew it, then see why the renewal did not run."],
]);

const server = new Server({ name: "runbooks", version: "1.0.0" }, { capabilities: { tools: {} } });

server.setRequestHandler("tools/list", async () => ({
  tools: [
    {
      name: "find",
      description: "Finds the runbook for an alarm",
      inputSchema: {
        type: "object",
        properties: { alarm: { type: "string", enum: [...RUNBOOKS.keys()] } },
        required: ["alarm"],
        additionalProperties: false,
      },
    },
  ],
}));

server.setRequestHandler("tools/call", async ({ params }) => ({
  content: [
    { type: "text", text: RUNBOOKS.get(String(params.arguments?.["alarm"])) ?? "There is none." },
  ],
}));

await server.connect(new StdioServerTransport());
