// On the trust boundary: the form of one message, before anything looks into it. Whatever has not the
// form is answered with what is wrong; it never reaches a handler.

import { type JSONRPCMessage, parseJSONRPCMessage } from "@modelcontextprotocol/server";
import { isObject } from "../lib/json.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";

/** One message of a client: at most this many bytes. */
export const MAX_MESSAGE_BYTES: number = 4 * 1024 * 1024;

/** Deeper than any tool's arguments have a reason to be. */
const MAX_DEPTH = 64;

const PARSE_ERROR = -32_700;
const INVALID_REQUEST = -32_600;

/** The JSON-RPC error that answers a message without the form of one. */
export interface Malformed {
  readonly jsonrpc: "2.0";
  readonly id: string | number | null;
  readonly error: { readonly code: number; readonly message: string };
}

/** Reads one line; null stands for a line that was too long. */
export function readMessage(
  line: Uint8Array | null,
  maxBytes: number,
): Outcome<JSONRPCMessage, Malformed> {
  if (line === null)
    return malformed(INVALID_REQUEST, `A message may have ${maxBytes} bytes; send less at once.`);
  const value = parse(new TextDecoder().decode(line));
  if (value === undefined)
    return malformed(PARSE_ERROR, "Not JSON; send one JSON-RPC message at a time.");
  if (Array.isArray(value)) {
    return malformed(
      INVALID_REQUEST,
      "Batches are not part of the protocol; send one message at a time.",
    );
  }
  if (!isObject(value)) return malformed(INVALID_REQUEST, "A message is a JSON object.");
  if (deeperThan(value, MAX_DEPTH)) {
    return malformed(
      INVALID_REQUEST,
      `A message may be nested ${MAX_DEPTH} levels deep.`,
      value["id"],
    );
  }
  try {
    return done(parseJSONRPCMessage(value));
  } catch {
    return malformed(
      INVALID_REQUEST,
      "Not a JSON-RPC 2.0 request, notification or response.",
      value["id"],
    );
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Level by level, so that no depth can exhaust the stack. */
function deeperThan(value: unknown, depth: number): boolean {
  let level: readonly unknown[] = [value];
  for (let at = 0; level.length > 0; at += 1) {
    if (at > depth) return true;
    level = level.flatMap((item) =>
      typeof item === "object" && item !== null ? Object.values(item) : [],
    );
  }
  return false;
}

function malformed(
  code: number,
  message: string,
  id?: unknown,
): { readonly ok: false; readonly failure: Malformed } {
  const known = typeof id === "string" || typeof id === "number" ? id : null;
  return failed({ jsonrpc: "2.0", id: known, error: { code, message } });
}
