// On the trust boundary: what a message asks for, as the protocol's own library will read it. What this
// file does not recognise is asked about as whatever else: it never runs.

import type { IncomingMessage } from "node:http";
import { classifyInboundRequest, type JSONRPCMessage } from "@modelcontextprotocol/server";
import { isObject } from "../lib/json.ts";
import { CLIENT_INFO, type ClientName, clientNamed } from "./ask.ts";

/** What is asked for. */
export interface Asked {
  /** Null where no answer is wanted. */
  readonly id: string | number | null;
  readonly method: string;
  /** Null where the message and its headers disagree: the protocol's library answers that. */
  readonly era: "legacy" | "modern" | null;
  readonly client: ClientName;
  readonly params: Readonly<Record<string, unknown>>;
  /** The request that a legacy client cancels; undefined where it cancels none. */
  readonly cancels: unknown;
}

/** Reads a message together with the headers that speak of it. */
export function askedIn(message: JSONRPCMessage, { headers }: IncomingMessage): Asked {
  const {
    "mcp-protocol-version": version,
    "mcp-method": methodHeader,
    "mcp-name": nameHeader,
  } = headers;
  const route = classifyInboundRequest({
    httpMethod: "POST",
    body: message,
    ...(version !== undefined && { protocolVersionHeader: String(version) }),
    ...(methodHeader !== undefined && { mcpMethodHeader: String(methodHeader) }),
    ...(nameHeader !== undefined && { mcpNameHeader: String(nameHeader) }),
  });
  const era = route.kind === "reject" ? null : route.kind;
  if (!("method" in message)) {
    const client = clientNamed(null);
    return { id: null, method: "response", era, client, params: {}, cancels: undefined };
  }
  const { method } = message;
  const params: Readonly<Record<string, unknown>> = message.params ?? {};
  const id = "id" in message ? message.id : null;
  return {
    id,
    method,
    era,
    client: client(params),
    params,
    cancels: method === "notifications/cancelled" ? params["requestId"] : undefined,
  };
}

function client(params: Readonly<Record<string, unknown>>): ClientName {
  const meta = params["_meta"];
  return clientNamed((isObject(meta) ? meta[CLIENT_INFO] : undefined) ?? params["clientInfo"]);
}
