// On the trust boundary: the protocol's lines on stdin and stdout. The SDK's own transport drops what it
// cannot read; this one answers it. It never writes anything to stdout but JSON-RPC, and never looks
// into a message beyond its form.

import type { Readable, Writable } from "node:stream";
import type { Transport } from "@modelcontextprotocol/server";
import type { Requests } from "../lib/requests.ts";
import { createLineReader } from "./line-reader.ts";
import { MAX_MESSAGE_BYTES, readMessage } from "./message.ts";

/**
 * A client that writes its requests and closes its end at once, as a pipe does, still gets the answers that
 * are under way. MCP clients wait two seconds after they have closed: what runs must be ended by then.
 */
const LINGER_MS = 500;

/** A connection over a pair of streams. */
export interface StdioTransport {
  readonly protocol: Transport;
  /** False while more was written than the client has read and the streams keep for it. */
  readonly clientReads: () => boolean;
  /** Settles when the client closed its end and has its answers, or this end was closed. */
  readonly closed: Promise<void>;
}

/** The stdio binding of MCP: one JSON-RPC message a line. */
export function createStdioTransport(
  stdin: Readable,
  stdout: Writable,
  begin: Requests["begin"],
): StdioTransport {
  const { promise: closed, resolve: markClosed } = Promise.withResolvers<void>();
  const unanswered = new Set<string | number>();
  let open = true;
  let ended = false;
  const protocol: Transport = {
    start: async () => {
      stdin.on("data", createLineReader(MAX_MESSAGE_BYTES, receive));
      stdin.on("error", close);
      stdin.on("end", linger);
      stdout.on("error", close);
    },
    send: async (message) => {
      write(message);
      if ("method" in message || message.id === undefined) return;
      unanswered.delete(message.id);
      if (ended && unanswered.size === 0) close();
    },
    close: async () => close(),
  };
  return { protocol, clientReads: () => !stdout.writableNeedDrain, closed };

  function receive(line: Uint8Array | null): void {
    const message = readMessage(line, MAX_MESSAGE_BYTES);
    if (!message.ok) {
      write(message.failure);
      return;
    }
    if ("method" in message.value && "id" in message.value) unanswered.add(message.value.id);
    begin(() => protocol.onmessage?.(message.value));
  }

  /** A client that no longer reads has closed; the stream's error says so and closes this end. */
  function write(message: unknown): void {
    if (open) stdout.write(`${JSON.stringify(message)}\n`);
  }

  function linger(): void {
    ended = true;
    if (unanswered.size === 0) close();
    else setTimeout(close, LINGER_MS);
  }

  function close(): void {
    if (!open) return;
    open = false;
    stdin.pause();
    protocol.onclose?.();
    markClosed();
  }
}
