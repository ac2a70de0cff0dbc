import type { Server, ServerContext } from "@modelcontextprotocol/server";
import { isJsonObject, type JsonObject } from "../lib/json.ts";
import type { LogLevel, Question, Waiting } from "../tools/types.ts";
import { CAPABILITIES, CLIENT_INFO, type ClientName, clientNamed } from "./ask.ts";
import type { KeptClient } from "./http-clients.ts";
import type { Connection } from "./connection.ts";
import { createReport, levelNamed } from "./news.ts";
import { ANSWER_WITHIN_MS, type Askable } from "./questions.ts";

const LOG_LEVEL = "io.modelcontextprotocol/logLevel";

/** What surrounds one request. */
export interface Around {
  readonly client: ClientName;
  readonly running: Waiting;
  /** Null for a modern client: it is asked by its answer. */
  readonly askable: Askable | null;
}

/** Tells what surrounds the requests of one connection, and keeps the level of log that its client wants. */
export interface Surroundings {
  readonly around: (context: ServerContext) => Around;
  readonly setLevel: (level: LogLevel) => void;
}

/** Until a legacy client says what it wants to hear. */
const LEVEL: LogLevel = "info";

/** The surroundings of a server's requests. */
export function createSurroundings(server: Server, connection: Connection): Surroundings {
  const { era, clientReads } = connection;
  const own = connectionClient(server);
  const kept = connection.kept ?? own;

  return {
    around: ({ mcpReq }) => {
      const { signal, notify, _meta: meta } = mcpReq;
      const envelope: Readonly<Record<string, unknown>> = mcpReq.envelope ?? {};
      const modern = era === "modern";
      const declared = modern ? envelope[CAPABILITIES] : kept.capabilities();
      const capabilities = isJsonObject(declared) ? declared : {};
      const level = modern ? levelNamed(envelope[LOG_LEVEL]) : kept.level();
      const report = createReport({
        progressToken: meta?.progressToken,
        ...{ level, notify, clientReads },
      });
      return {
        client: clientNamed(modern ? envelope[CLIENT_INFO] : server.getClientVersion()),
        running: { signal, report, capabilities },
        askable: modern ? null : { capabilities, signal, put: (question) => put(question, mcpReq) },
      };
    },
    setLevel: kept.setLevel,
  };

  function put(question: Question, mcpReq: ServerContext["mcpReq"]): Promise<unknown> {
    const { id: relatedRequestId, signal, send } = mcpReq;
    const params: JsonObject = question.params;
    if (connection.kept === null) {
      return send({ method: question.method, params }, { timeout: ANSWER_WITHIN_MS, signal });
    }
    return connection.kept.put(async (id) => {
      const message = { jsonrpc: "2.0", id, method: question.method, params } as const;
      await server.transport?.send(message, { relatedRequestId });
    }, signal);
  }
}

/** What a server knows of the one client that it has. */
function connectionClient(server: Server): Omit<KeptClient, "put"> {
  let level = LEVEL;
  return {
    capabilities: () => {
      const declared: unknown = server.getClientCapabilities();
      return isJsonObject(declared) ? declared : {};
    },
    level: () => level,
    setLevel: (wanted) => {
      level = wanted;
    },
  };
}
