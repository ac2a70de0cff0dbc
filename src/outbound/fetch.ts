// On the trust boundary: a `fetch` for the library that speaks the protocol with other servers. It follows no
// redirect, sends only the headers that it is given, and ends at limits. No name leads it to an address of a cloud's
// metadata; one that is written out is meant. What it throws says the host and what happened, and nothing of what was
// sent.

import type { Proxies } from "../config/types.ts";
import { createConnections } from "./connections.ts";
import { isNotSent, OutboundError, unreachable } from "./failure.ts";
import type { Resolve } from "./lookup.ts";
import type { Fetching } from "./types.ts";

/** The bounds of each request. */
export interface FetchLimits {
  readonly connectMs: number;
  /** Until the first byte of an answer, and from one byte to the next; a GET may wait for good. */
  readonly silenceMs: number;
  /** Of an answer; of a stream of events, of each event. */
  readonly maxBytes: number;
  readonly connections: number;
}

/** A `fetch` within these limits, over connections of its own. */
export function createFetch(limits: FetchLimits, proxies: Proxies, resolve?: Resolve): Fetching {
  const { connectMs, silenceMs, maxBytes, connections: atOnce } = limits;
  const connections = createConnections({ connectMs, connections: atOnce }, proxies, resolve);

  return {
    fetch: async (url, init = {}) => {
      const { host } = new URL(url);
      const method = init.method === "POST" || init.method === "DELETE" ? init.method : "GET";
      const sent = typeof init.body === "string" ? { body: init.body } : {};
      // Events come when there are any.
      const bodyTimeout = method === "GET" ? 0 : silenceMs;
      const headers = Object.fromEntries(new Headers(init.headers).entries());
      const signal = init.signal ?? null;
      const times = { headersTimeout: silenceMs, bodyTimeout };
      try {
        const asked = { method, headers, signal, ...sent, ...times } as const;
        const answer = await connections.request(new URL(url), asked);
        const { statusCode, headers: given, body } = answer;
        if (statusCode >= 300 && statusCode < 400) {
          await body.dump({ limit: maxBytes });
          throw new OutboundError(`${host} redirects elsewhere, which is not followed`, {
            sent: true,
          });
        }
        const answered = headersOf(given);
        const events = answered.get("content-type")?.startsWith("text/event-stream") === true;
        const bytes = capped(body, { host, maxBytes, events });
        const empty = statusCode === 204 || statusCode === 205;
        if (empty) await body.dump({ limit: maxBytes });
        const stream = empty ? null : ReadableStream.from(bytes);
        return new Response(stream, { status: statusCode, headers: answered });
      } catch (thrown) {
        if (signal?.aborted === true || thrown instanceof OutboundError) throw thrown;
        const message = unreachable(host, thrown);
        throw new OutboundError(message, { cause: thrown, sent: !isNotSent(thrown) });
      }
    },
    close: connections.close,
  };
}

function headersOf(given: Readonly<Record<string, string | string[] | undefined>>): Headers {
  const headers = new Headers();
  for (const [name, values] of Object.entries(given)) {
    for (const value of [values ?? []].flat()) headers.append(name, value);
  }
  return headers;
}

interface Cap {
  readonly host: string;
  readonly maxBytes: number;
  /** Whether only what comes between two empty lines counts. */
  readonly events: boolean;
}

/** The same bytes, up to a limit. */
async function* capped(
  body: AsyncIterable<Uint8Array>,
  { host, maxBytes, events }: Cap,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  try {
    for await (const chunk of body) {
      const since = events ? sinceEvent(chunk) : null;
      bytes = since ?? bytes + chunk.length;
      if (bytes > maxBytes) {
        throw new OutboundError(`${host} answered with more than ${maxBytes} bytes`, {
          sent: true,
        });
      }
      yield chunk;
    }
  } catch (thrown) {
    if (thrown instanceof OutboundError) throw thrown;
    throw new OutboundError(unreachable(host, thrown), { cause: thrown, sent: true });
  }
}

/** The bytes after the last empty line; null where there is none. */
function sinceEvent(chunk: Uint8Array): number | null {
  const text = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
  const ends = ["\n\n", "\r\n\r\n", "\r\r"].map((end) => text.lastIndexOf(end));
  const last = Math.max(...ends);
  return last === -1 ? null : chunk.length - last;
}
