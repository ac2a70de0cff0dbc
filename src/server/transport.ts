// On the trust boundary: the protocol's lines on stdin and stdout. The SDK's own transport drops what it
// cannot read; this one answers it. It never writes anything to stdout but JSON-RPC, and never looks
// into a message beyond its form.

import type { Readable, Writable } from "node:stream";
import type { Transport } from "@modelcontextprotocol/server";
import { createLineReader } from "./line-reader.ts";
import { readMessage } from "./message.ts";

/** One message of a client: at most this many bytes. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

/** A connection over a pair of streams. */
export interface StdioTransport {
  readonly protocol: Transport;
  /** False while more was written than the client has read and the streams keep for it. */
  readonly clientReads: () => boolean;
  /** Settles when the client closed its end, or this end was closed. */
  readonly closed: Promise<void>;
}

/** The stdio binding of MCP: one JSON-RPC message a line. */
export function createStdioTransport(stdin: Readable, stdout: Writable): StdioTransport {
  const { promise: closed, resolve: markClosed } = Promise.withResolvers<void>();
  let open = true;
  const protocol: Transport = {
    start: async () => {
      stdin.on("data", createLineReader(MAX_MESSAGE_BYTES, receive));
      stdin.on("error", close);
      stdin.on("end", close);
      stdout.on("error", close);
    },
    send: async (message) => write(message),
    close: async () => close(),
  };
  return { protocol, clientReads: () => !stdout.writableNeedDrain, closed };

  function receive(line: Uint8Array | null): void {
    const message = readMessage(line, MAX_MESSAGE_BYTES);
    if (message.ok) protocol.onmessage?.(message.value);
    else write(message.failure);
  }

  /** A client that no longer reads has closed; the stream's error says so and closes this end. */
  function write(message: unknown): void {
    if (open) stdout.write(`${JSON.stringify(message)}\n`);
  }

  function close(): void {
    if (!open) return;
    open = false;
    stdin.pause();
    protocol.onclose?.();
    markClosed();
  }
}
