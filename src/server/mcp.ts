// On the trust boundary: the protocol's methods, for both eras. It never decides and never runs
// anything: each request goes through enforcement, each refusal through the wire table.

import {
  type CallToolResult,
  ProtocolError,
  Server,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { isJsonObject } from "../lib/json.ts";
import { type Ask, CLIENT_INFO, type ClientName, clientNamed } from "./ask.ts";
import { createProgress } from "./progress.ts";
import { type Answer, answerCall, answerRequest } from "./wire.ts";

/** What the handlers of one connection are made of. */
export interface Connection {
  /** Without `admit` where all that arrives was admitted before. */
  readonly ask: Omit<Ask, "admit"> & Partial<Pick<Ask, "admit">>;
  readonly era: "legacy" | "modern";
  readonly version: string;
  /** False while it has not read what it was sent. */
  readonly clientReads: () => boolean;
}

/** The protocol server of one connection. */
export function createMcpServer({
  ask,
  era,
  version: ownVersion,
  clientReads,
}: Connection): Server {
  const server = new Server(
    { name: "kubiya", version: ownVersion },
    { capabilities: { tools: { listChanged: true } } },
  );

  server.setRequestHandler("tools/list", async (_request, context) => {
    const listed = await ask.list(client(context));
    if (!listed.ok) throw protocolError(answerRequest(listed.failure));
    return {
      tools: listed.value.map(({ tool, access }) => ({
        name: tool.name,
        description: tool.description,
        inputSchema: { ...tool.inputSchema, type: "object" },
        _meta: { "kubiya.ai/access": access },
      })),
    };
  });

  server.setRequestHandler("tools/call", async ({ params }, context) => {
    const given = params.arguments ?? {};
    if (!isJsonObject(given)) throw new ProtocolError(-32_602, "Arguments are a JSON object");
    const call = { name: params.name, arguments: given };
    const { signal, notify, _meta: meta } = context.mcpReq;
    const onLine = createProgress({
      progressToken: meta?.progressToken,
      notify: (progress) => notify({ method: "notifications/progress", params: progress }),
      clientReads,
    });
    const permitted = await ask.call(client(context), call);
    const called = permitted.ok ? await permitted.value.run({ signal, onLine }) : permitted;
    if (called.ok) return { content: [{ type: "text", text: called.value.text }] };
    return refused(answerCall(params.name, called.failure));
  });

  const { admit } = ask;
  if (admit !== undefined) {
    server.fallbackRequestHandler = async (request, context) => {
      const admitted = await admit(client(context), request.method);
      if (!admitted.ok) throw protocolError(answerRequest(admitted.failure));
      throw new ProtocolError(-32_601, `Method not found: ${request.method}`);
    };
  }

  return server;

  function client({ mcpReq }: ServerContext): ClientName {
    const envelope: Readonly<Record<string, unknown>> = mcpReq.envelope ?? {};
    const info = era === "legacy" ? server.getClientVersion() : envelope[CLIENT_INFO];
    return clientNamed(info);
  }
}

function refused(answer: Answer): CallToolResult {
  if (answer.kind === "error") throw protocolError(answer);
  return {
    content: [{ type: "text", text: answer.text }],
    isError: true,
    ...(Object.keys(answer.meta).length > 0 && { _meta: answer.meta }),
  };
}

function protocolError(answer: Answer): ProtocolError {
  if (answer.kind === "tool_result") return new ProtocolError(-32_053, answer.text);
  return new ProtocolError(answer.code, answer.message, answer.data ?? undefined);
}
