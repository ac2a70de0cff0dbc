// On the trust boundary: the line to an upstream that is reached over HTTP. Each request carries the headers
// that are configured for it, and nothing of whoever called this server.

import {
  isJSONRPCRequest,
  StreamableHTTPClientTransport,
  type Transport,
} from "@modelcontextprotocol/client";
import { setTimeout as wait } from "node:timers/promises";
import type { AddressReach } from "../../../config/types.ts";
import type { Fetching } from "../../../outbound/types.ts";
import type { Line } from "./types.ts";

/** A stream of events that ends is opened again after 0.5 s, 1 s, 2 s; the library's own end comes later. */
const RECONNECTIONS = {
  initialReconnectionDelay: 500,
  maxReconnectionDelay: 2_000,
  reconnectionDelayGrowFactor: 2,
  maxRetries: 4,
} as const;
const LAST_RECONNECTION = 2;

/** How long anybody waits for it to be told that nobody comes back. */
const GOODBYE_MS = 500;

/** Marks the answer that a request is given here when its stream ended without one. */
export const NO_ANSWER: unique symbol = Symbol("the stream ended without an answer");

/** A line to an address. */
export function openAddressLine(
  { url, headers: given }: AddressReach,
  connections: Fetching,
): Line<Transport> {
  const headers = Object.fromEntries(
    Object.entries(given).map(([name, { value }]) => [name, value.reveal()]),
  );
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    fetch: connections.fetch,
    requestInit: { headers },
    reconnectionOptions: RECONNECTIONS,
    reconnectionScheduler: (reconnect, delayMs, attempt) => {
      if (attempt > LAST_RECONNECTION) return void lose();
      // The other end may ask for another delay, and for none.
      const pause = Math.max(delayMs, RECONNECTIONS.initialReconnectionDelay);
      const timer = setTimeout(reconnect, pause);
      return () => clearTimeout(timer);
    },
    onInsufficientScope: "throw",
  });
  const ended = Promise.withResolvers<string>();
  const send = transport.send.bind(transport);
  // The library would wait for an answer that cannot come any more.
  transport.send = (message, options) =>
    send(message, {
      ...options,
      onRequestStreamEnd: () => {
        options?.onRequestStreamEnd?.();
        if (!isJSONRPCRequest(message)) return;
        const error = { code: -32000, message: "no answer", data: NO_ANSWER };
        transport.onmessage?.({ jsonrpc: "2.0", id: message.id, error });
      },
    });
  return { transport, ended: ended.promise, hasExited: () => false, close };

  async function lose(): Promise<void> {
    ended.resolve("cannot be heard any more: its stream of events ended, and does not open again");
    await transport.close();
    await connections.close();
  }

  async function close(): Promise<void> {
    ended.resolve("was closed");
    // Where it is not told it forgets the session in its own time.
    const told = transport.terminateSession().catch(() => {});
    await Promise.race([told, wait(GOODBYE_MS, null, { ref: false })]);
    await transport.close();
    await connections.close();
  }
}
