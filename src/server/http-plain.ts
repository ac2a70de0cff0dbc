// On the trust boundary: most requests need nothing of the protocol's library but the form of their answer, and
// it would make a server for each, which costs more than deciding. Only what is of the plainest form is
// answered here, as the library would; whatever has a member or a header more, or lacks one, is the library's.
// What is answered was decided before: nothing here decides.

import type { IncomingMessage } from "node:http";
import {
  isCallToolResult,
  isJsonContentType,
  type JSONRPCMessage,
} from "@modelcontextprotocol/server";
import type { Call, PermittedCall } from "../enforcement/types.ts";
import { isObject } from "../lib/json.ts";
import { done } from "../lib/outcome.ts";
import { CAPABILITIES, CLIENT_INFO } from "./ask.ts";
import type { Asked } from "./http-asked.ts";
import type { Connection } from "./connection.ts";
import { listedTools, replyToCall } from "./reply.ts";
import { callIn } from "./wanted.ts";
import { answerRequest, type ErrorAnswer } from "./wire.ts";

/** A request that was decided, as it arrived. */
export interface DecidedRequest {
  readonly asked: Asked;
  readonly message: JSONRPCMessage;
  readonly request: IncomingMessage;
  readonly ask: Connection["ask"];
  /** Aborted when the client is gone. */
  readonly gone: AbortSignal;
}

/** What a source made up that the protocol does not have never leaves. */
const FOREIGN: ErrorAnswer = {
  ...{ kind: "error", code: -32_603, data: null },
  message: "What came back is nothing that the protocol has",
};

const VERSION = "2026-07-28";
/** What every request of this version says of its client. */
const META: ReadonlySet<string> = new Set([
  CLIENT_INFO,
  CAPABILITIES,
  "io.modelcontextprotocol/protocolVersion",
]);
const CALL: ReadonlySet<string> = new Set(["name", "arguments", "_meta"]);
const LIST: ReadonlySet<string> = new Set(["_meta"]);
const NOTHING: ReadonlySet<string> = new Set();

/** Answers calls and lists of the plainest form; for all others, what the library then has to ask. */
export function createAnswerPlain(
  version: string,
): (decided: DecidedRequest) => Promise<Response | Connection["ask"]> {
  const own = { "io.modelcontextprotocol/serverInfo": { name: "kubiya", version } };

  return async (decided) => {
    const { asked, ask, gone } = decided;
    if (asked.id === null || !isPlain(decided)) return ask;
    const { id, client, method } = asked;
    const call = callOf(asked);
    if (call !== null) {
      const permitted = await ask.call(client, call, gone);
      const running = { signal: gone, report: () => {}, capabilities: {} };
      const called = permitted.ok ? await permitted.value.run(running) : permitted;
      // What a client that cannot be asked is told of a question, the library knows.
      if (called.ok && called.value.kind === "questions") return settled(ask, called);
      const reply = replyToCall(call.name, called);
      if (reply.kind === "error") return errorTo(id, reply);
      const { result }: { readonly result: unknown } = reply;
      return isCallToolResult(result) ? resultTo(id, reply.result) : errorTo(id, FOREIGN);
    }
    if (method !== "tools/list") return ask;
    const listed = await ask.list(client);
    if (!listed.ok) return errorTo(id, answerRequest(listed.failure));
    // What is visible depends on who asks, and on policies that may change at any time.
    return resultTo(id, { ...listedTools(listed.value), ttlMs: 0, cacheScope: "private" });
  };

  function resultTo(id: string | number, given: Readonly<Record<string, unknown>>): Response {
    const { _meta: meta } = given;
    const result = {
      resultType: "complete",
      ...given,
      _meta: { ...(isObject(meta) && meta), ...own },
    };
    return Response.json({ jsonrpc: "2.0", id, result });
  }
}

/** The call was made: whoever asks for it again is given what came of it. */
function settled(
  ask: Connection["ask"],
  called: Awaited<ReturnType<PermittedCall["run"]>>,
): Connection["ask"] {
  return { ...ask, call: async () => done({ run: async () => called }) };
}

function errorTo(id: string | number, { code, message, data }: ErrorAnswer): Response {
  const error = { code, message, ...(data !== null && { data }) };
  return Response.json({ jsonrpc: "2.0", id, error });
}

/** Whether the message and its headers have what the version demands, agree, and have nothing else. */
function isPlain({ asked, message, request: { headers } }: DecidedRequest): boolean {
  const { era, method } = asked;
  const call = callOf(asked);
  return (
    era === "modern" &&
    isJsonContentType(headers["content-type"] ?? null) &&
    headers["mcp-protocol-version"] === VERSION &&
    headers["mcp-method"] === method &&
    headers["mcp-name"] === call?.name &&
    "params" in message &&
    isObject(message.params) &&
    hasOnly(message.params, call === null ? LIST : CALL) &&
    isObject(message.params["_meta"]) &&
    hasOnly(message.params["_meta"], META) &&
    // A client that can be asked something may be asked.
    isObject(message.params["_meta"][CAPABILITIES]) &&
    hasOnly(message.params["_meta"][CAPABILITIES], NOTHING)
  );
}

function hasOnly(members: object, names: ReadonlySet<string>): boolean {
  return Object.keys(members).every((name) => names.has(name));
}

function callOf({ method, params }: Asked): Call | null {
  return method === "tools/call" ? callIn(params) : null;
}
