// An MCP server with one tool, `read`, whose description is what a file says; it tells when that changes. It also
// has a resource and a prompt; once somebody has subscribed to the resource the tool says so. Started as an upstream: `node changing-upstream.ts FILE`.

import { readFileSync, watch } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { Server } from "@modelcontextprotocol/server";
import { StdioServerTransport } from "@modelcontextprotocol/server/stdio";

const [, , file = ""] = process.argv;

const server = new Server(
  { name: "changing", version: "1" },
  { capabilities: { tools: { listChanged: true }, resources: { subscribe: true }, prompts: {} } },
);

server.setRequestHandler("tools/list", async () => ({
  tools: [
    {
      name: "read",
      description: readFileSync(file, "utf8"),
      inputSchema: { type: "object", properties: { path: { type: "string" } }, required: ["path"] },
    },
  ],
}));
server.setRequestHandler("tools/call", async ({ params }) => {
  if (params.arguments?.["path"] === "slow") await wait(1_500);
  const text = `read ${JSON.stringify(params.arguments)}`;
  // Who looks for it sees whether it is the same one still.
  return {
    content: [{ type: "text", text: text.replace("PID", String(process.pid)) + subscribed }],
  };
});
server.setRequestHandler("resources/list", async () => ({
  resources: [{ uri: "notes://today", name: "today" }],
}));
server.setRequestHandler("resources/read", async ({ params: { uri } }) => ({
  contents: [{ uri, text: "the notes of today" }],
}));
let subscribed = "";
server.setRequestHandler("resources/subscribe", async ({ params: { uri } }) => {
  subscribed = ` while ${uri} is watched`;
  return {};
});
server.setRequestHandler("prompts/list", async () => ({ prompts: [{ name: "ask" }] }));
server.setRequestHandler("prompts/get", async () => ({
  messages: [{ role: "user", content: { type: "text", text: "ask it" } }],
}));

watch(file, () => void server.sendToolListChanged());
await server.connect(new StdioServerTransport());
