import type { IncomingMessage, ServerResponse } from "node:http";
import { once } from "node:events";

/** How long a client is waited for: until it is gone, or has read nothing for so many milliseconds. */
export interface Patience {
  readonly gone: AbortSignal;
  readonly stallMs: number;
}

/** A request of the server as the SDK takes it: its head, for the body was read before. */
export function webRequest(
  { method = "GET", headersDistinct }: IncomingMessage,
  url: string,
  signal: AbortSignal,
): Request {
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(headersDistinct)) {
    for (const value of values) headers.append(name, value);
  }
  // Who presents what was found out before, and nobody inside asks again.
  headers.delete("authorization");
  headers.delete("x-api-key");
  return new Request(url, { method, headers, signal });
}

/** Sends an answer as fast as the client reads it; gives how many bytes of its body were handed on. */
export async function sendResponse(
  answer: Response,
  response: ServerResponse,
  patience: Patience,
): Promise<number> {
  const { gone } = patience;
  let bytes = 0;
  response.setHeaders(answer.headers);
  response.writeHead(answer.status);
  // A stream may have nothing to say for long, and its client waits for its head.
  if (answer.headers.get("content-type") === "text/event-stream") response.flushHeaders();
  const body: AsyncIterable<Uint8Array> | null = answer.body;
  for await (const chunk of body ?? []) {
    if (gone.aborted) break;
    bytes += chunk.length;
    if (!response.write(chunk)) await drained(response, patience);
  }
  // Half an answer must not look like a whole one.
  if (gone.aborted) response.destroy();
  else response.end();
  return bytes;
}

async function drained(response: ServerResponse, { gone, stallMs }: Patience): Promise<void> {
  try {
    await once(response, "drain", {
      signal: AbortSignal.any([gone, AbortSignal.timeout(stallMs)]),
    });
  } catch {
    response.destroy();
  }
}
