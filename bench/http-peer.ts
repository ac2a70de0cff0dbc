// What our server is compared with, each as bare as it gets: `sdk` is the protocol library's low-level server
// with one tool (`many`: with a hundred), `through` is that one which calls the tool of another by the library's
// client, `node` is Node's own server with the same answer, `trail` is that one with two lines written to a file
// as long as two records, the first synced. None asks who calls, or decides.

import { open } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { type CallToolResult, createMcpHandler, Server } from "@modelcontextprotocol/server";
import { sendResponse, webRequest } from "../src/server/http-exchange.ts";

const TEXT = { content: [{ type: "text" as const, text: "echo" }] };
const TOOL = { name: "echo", description: "echo", inputSchema: { type: "object" as const } };

type Take = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

const PEERS: Readonly<Record<string, (given: string) => Promise<Take>>> = {
  sdk: async () => createSdk([TOOL]),
  many: async () =>
    createSdk(Array.from({ length: 100 }, (_, at) => ({ ...TOOL, name: `tool${at}` }))),
  through: createThrough,
  node: async () => takeBare,
  trail: createWriting,
};

const [kind = "", given = ""] = process.argv.slice(2);
const create = PEERS[kind];
if (create === undefined) throw new Error(`one of ${Object.keys(PEERS).join(", ")} is measured`);
const take = await create(given);
const server = createServer((request, response) => void take(request, response));
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  process.stderr.write(`listening on http://127.0.0.1:${port}\n`);
});

/** Between Node and the library stands the same as in our server, so that the difference is ours alone. */
function createSdk(
  tools: readonly (typeof TOOL)[],
  callTool: () => Promise<CallToolResult> = async () => TEXT,
): Take {
  const handler = createMcpHandler(() => {
    const sdk = new Server({ name: "echo", version: "1" }, { capabilities: { tools: {} } });
    sdk.setRequestHandler("tools/list", () => ({ tools: [...tools] }));
    sdk.setRequestHandler("tools/call", callTool);
    return sdk;
  });
  return async (request, response) => {
    const parsedBody = await bodyOf(request);
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    const { host } = request.headers;
    const asked = webRequest(request, `http://${host}/mcp`, gone.signal);
    const answer = await handler.fetch(asked, { parsedBody });
    await sendResponse(answer, response, { gone: gone.signal, stallMs: 30_000 });
  };
}

async function createThrough(target: string): Promise<Take> {
  const client = new Client(
    { name: "through", version: "1" },
    { versionNegotiation: { mode: "auto" } },
  );
  await client.connect(new StreamableHTTPClientTransport(new URL(target)));
  return createSdk([TOOL], () => client.callTool({ name: TOOL.name, arguments: {} }));
}

const LINE = Buffer.from(`${"x".repeat(1_100)}\n`);

async function createWriting(trail: string): Promise<Take> {
  const file = await open(trail, "a", 0o600);
  return async (request, response) => {
    await file.write(LINE);
    await file.datasync();
    await file.write(LINE);
    await takeBare(request, response);
  };
}

async function takeBare(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { id } = Object(await bodyOf(request));
  const text = JSON.stringify({ jsonrpc: "2.0", id, result: { ...TEXT, resultType: "complete" } });
  response.writeHead(200, { "content-type": "application/json" }).end(text);
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString());
}
