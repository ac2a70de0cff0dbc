// On the trust boundary: what is posted to the MCP endpoint. Each message is decided before the protocol's
// library sees it, and refused here with its status; inside, what was decided is only carried out.

import { createMcpHandler, type JSONRPCMessage } from "@modelcontextprotocol/server";
import type { CurrentSnapshot } from "../decision/types.ts";
import type { Enforcement } from "../enforcement/types.ts";
import type { Log } from "../lib/log.ts";
import { type Asked, askedIn } from "./http-asked.ts";
import { createCalls } from "./http-calls.ts";
import { readBody } from "./http-body.ts";
import { createHttpClients } from "./http-clients.ts";
import { createDecideRequest } from "./http-decide.ts";
import { webRequest } from "./http-exchange.ts";
import { createAnswerPlain } from "./http-plain.ts";
import {
  type ArrivalParts,
  arriveHttp,
  type Incoming,
  type Manner,
  refusedAs,
} from "./http-incoming.ts";
import { refusalResponse } from "./http-refusal.ts";
import type { HttpSessions } from "./http-sessions.ts";
import type { Streams } from "./http-streams.ts";
import type { Connection } from "./connection.ts";
import { createMcpServer } from "./mcp.ts";
import { MAX_MESSAGE_BYTES, readMessage } from "./message.ts";

/** What the endpoint is made of. */
export interface McpParts extends ArrivalParts {
  readonly enforcement: Enforcement;
  readonly sessions: Pick<HttpSessions, "open" | "turnAway">;
  readonly streams: Pick<Streams, "open">;
  /** Streams of clients that listen for changes. */
  readonly maxStreams: number;
  readonly current: CurrentSnapshot;
  readonly version: string;
  readonly log: Log;
}

/** The MCP endpoint. */
export interface McpEndpoint {
  readonly post: (incoming: Incoming) => Promise<Response>;
  /** Tells clients that listen that what is listed to them may have changed. */
  readonly changed: () => void;
  readonly close: () => Promise<void>;
}

/** Serves both protocol eras on one endpoint. */
export function createMcpEndpoint(parts: McpParts): McpEndpoint {
  const { enforcement, sessions, streams, current, version, log } = parts;
  const calls = createCalls();
  const clients = createHttpClients(parts.newId);
  const decideRequest = createDecideRequest({ enforcement, sessions, clients });
  const inside = new WeakMap<Request, Omit<Connection, "era" | "version">>();
  const answerPlain = createAnswerPlain(version);
  const handler = createMcpHandler(
    ({ era, requestInfo }) => {
      const found = requestInfo === undefined ? undefined : inside.get(requestInfo);
      if (found === undefined) throw new Error("a request came in that nobody decided about");
      return createMcpServer({ ...found, era, version });
    },
    {
      maxSubscriptions: parts.maxStreams,
      onerror: (error) => log.debug("protocol", { detail: error }),
    },
  );

  return {
    post: async (incoming) => {
      const body = await readBody(incoming.request, MAX_MESSAGE_BYTES);
      if (!body.ok && body.failure === "broken_off") return new Response(null, { status: 400 });
      const message = readMessage(body.ok ? body.value : null, MAX_MESSAGE_BYTES);
      if (message.ok) return answer(incoming, message.value);
      if (!body.ok) return Response.json(message.failure, { status: 413, headers: CLOSE });
      const refused = await sessions.turnAway(incoming);
      return refused ?? Response.json(message.failure, { status: 400 });
    },
    changed: () => {
      handler.notify.toolsChanged();
      handler.notify.resourcesChanged();
      handler.notify.promptsChanged();
    },
    close: () => handler.close(),
  };

  async function answer(incoming: Incoming, message: JSONRPCMessage): Promise<Response> {
    const asked = askedIn(message, incoming.request);
    const manner = mannerOf(asked);
    const { clientReads } = incoming;
    const arrived = await arriveHttp(incoming, manner, parts);
    const decided = await decideRequest({
      asked,
      arrived,
      arriveAgain: () => arriveHttp({ ...incoming, snapshot: current() }, manner, parts),
      over: () => calls.begin(arrived, asked.id, incoming.gone),
    });
    if (!decided.ok) {
      return refusalResponse(decided.failure, refusedAs(incoming, arrived, asked.id));
    }
    const { ask, headers } = decided.value;
    clients.answered(arrived, message);
    if (asked.cancels !== undefined) calls.cancel(arrived, asked.cancels);
    const { request: head, gone } = incoming;
    const left = await answerPlain({ asked, message, request: head, ask, gone });
    if (left instanceof Response) return left;
    const listens = asked.method === "subscriptions/listen";
    const signal = listens ? streams.open(incoming, manner) : incoming.gone;
    const request = webRequest(incoming.request, `${incoming.base}/mcp`, signal);
    const { offers } = arrived.snapshot.world.toolbox.library;
    inside.set(request, { ask: left, offers, kept: clients.of(arrived), clientReads });
    const response = await handler.fetch(request, { parsedBody: message });
    if (!response.ok) return response;
    for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
    return response;
  }
}

function mannerOf({ era, client, method }: Asked): Manner {
  const named = era === "legacy" && method !== "initialize";
  return { era, client, session: named ? "as_named" : "none" };
}

const CLOSE = { Connection: "close" };
