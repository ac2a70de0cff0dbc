// On the trust boundary: what is posted to the MCP endpoint. Each message is decided before the protocol's
// library sees it, and refused here with its status; inside, what was decided is only carried out.

import { createMcpHandler, type JSONRPCMessage } from "@modelcontextprotocol/server";
import type { Arrived, Enforcement, PermittedCall, Refusal } from "../enforcement/types.ts";
import type { Log } from "../lib/log.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { createAsk } from "./ask.ts";
import { type Asked, askedIn } from "./http-asked.ts";
import { createCalls } from "./http-calls.ts";
import { readBody } from "./http-body.ts";
import { webRequest } from "./http-exchange.ts";
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
import { type Connection, createMcpServer } from "./mcp.ts";
import { MAX_MESSAGE_BYTES, readMessage } from "./message.ts";
import { answerCall, answerRequest, type ErrorAnswer } from "./wire.ts";

/** What the endpoint is made of. */
export interface McpParts extends ArrivalParts {
  readonly enforcement: Enforcement;
  readonly sessions: Pick<HttpSessions, "open" | "turnAway">;
  readonly streams: Pick<Streams, "open">;
  /** Streams of clients that listen for changes. */
  readonly maxStreams: number;
  readonly version: string;
  readonly log: Log;
}

/** The MCP endpoint. */
export interface McpEndpoint {
  readonly post: (incoming: Incoming) => Promise<Response>;
  /** Tells clients that listen that their list of tools may have changed. */
  readonly toolsChanged: () => void;
  readonly close: () => Promise<void>;
}

/** What was decided about a message: what is asked inside, and what its answer carries besides. */
interface Permitted {
  readonly ask: Connection["ask"];
  readonly headers: Readonly<Record<string, string>>;
}

/** Serves both protocol eras on one endpoint. */
export function createMcpEndpoint(parts: McpParts): McpEndpoint {
  const { enforcement, sessions, streams, version, log } = parts;
  const calls = createCalls();
  const inside = new WeakMap<Request, Pick<Permitted, "ask"> & { incoming: Incoming }>();
  const handler = createMcpHandler(
    ({ era, requestInfo }) => {
      const found = requestInfo === undefined ? undefined : inside.get(requestInfo);
      if (found === undefined) throw new Error("a request came in that nobody decided about");
      const { ask, incoming } = found;
      return createMcpServer({ ask, era, version, clientReads: incoming.clientReads });
    },
    {
      maxSubscriptions: parts.maxStreams,
      onerror: (error) => log.debug("protocol", { detail: error.message }),
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
    toolsChanged: () => handler.notify.toolsChanged(),
    close: () => handler.close(),
  };

  async function answer(incoming: Incoming, message: JSONRPCMessage): Promise<Response> {
    const asked = askedIn(message, incoming.request);
    const manner = mannerOf(asked);
    const arrived = await arriveHttp(incoming, manner, parts);
    const decided = await decide(incoming, asked, arrived);
    if (!decided.ok) {
      return refusalResponse(decided.failure, refusedAs(incoming, arrived, asked.id));
    }
    const { ask, headers } = decided.value;
    if (asked.cancels !== undefined) calls.cancel(arrived, asked.cancels);
    const listens = asked.method === "subscriptions/listen";
    const signal = listens ? streams.open(incoming, manner) : incoming.gone;
    const request = webRequest(incoming.request, `${incoming.base}/mcp`, signal);
    inside.set(request, { ask, incoming });
    const response = await handler.fetch(request, { parsedBody: message });
    if (!response.ok) return response;
    for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
    return response;
  }

  async function decide(
    incoming: Incoming,
    asked: Asked,
    arrived: Arrived,
  ): Promise<Outcome<Permitted, ErrorAnswer>> {
    const { admit, ...live } = createAsk(
      enforcement,
      async () => done(arrived),
      () => {},
    );
    const { client, method, call } = asked;
    if (call !== null) {
      const permitted = await live.call(client, call);
      const refusal = permitted.ok ? null : answerCall(call.name, permitted.failure);
      // A tool that there is not, and a call that is denied by itself, are answers of the protocol.
      if (refusal?.kind === "error" && refusal.code !== -32_602) return failed(refusal);
      const over = calls.begin(arrived, asked.id, incoming.gone);
      return done({ ask: { ...live, call: async () => endedBy(over, permitted) }, headers: {} });
    }
    if (method === "tools/list") {
      const listed = await live.list(client);
      if (!listed.ok) return failed(answerRequest(listed.failure));
      return done({ ask: { ...live, list: async () => listed }, headers: {} });
    }
    if (method === "initialize") {
      const opened = await sessions.open(arrived);
      return opened.ok ? done({ ask: live, headers: opened.value }) : opened;
    }
    const admitted = await admit(client, method);
    if (!admitted.ok) return failed(answerRequest(admitted.failure));
    return done({ ask: live, headers: {} });
  }
}

function mannerOf({ era, client, method }: Asked): Manner {
  const named = era === "legacy" && method !== "initialize";
  return { era, client, session: named ? "as_named" : "none" };
}

const CLOSE = { Connection: "close" };

/** A call that also ends when its client is gone, or cancels it. */
function endedBy(
  over: AbortSignal,
  permitted: Outcome<PermittedCall, Refusal>,
): Outcome<PermittedCall, Refusal> {
  if (!permitted.ok) return permitted;
  const { run } = permitted.value;
  return done({
    run: ({ signal, onLine }) => run({ signal: AbortSignal.any([signal, over]), onLine }),
  });
}
