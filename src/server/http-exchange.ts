import type { IncomingMessage, ServerResponse } from "node:http";
import { once } from "node:events";

/** A client that reads nothing of its answer for this long is gone. */
const STALL_MS = 30_000;

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

/** Sends an answer as fast as the client reads it. */
export async function sendResponse(
  answer: Response,
  response: ServerResponse,
  gone: AbortSignal,
): Promise<void> {
  response.setHeaders(answer.headers);
  response.writeHead(answer.status);
  // A stream may have nothing to say for long, and its client waits for its head.
  if (answer.headers.get("content-type") === "text/event-stream") response.flushHeaders();
  const body: AsyncIterable<Uint8Array> | null = answer.body;
  for await (const chunk of body ?? []) {
    if (gone.aborted) break;
    if (!response.write(chunk)) await drained(response, gone);
  }
  // Half an answer must not look like a whole one.
  if (gone.aborted) response.destroy();
  else response.end();
}

async function drained(response: ServerResponse, gone: AbortSignal): Promise<void> {
  try {
    await once(response, "drain", {
      signal: AbortSignal.any([gone, AbortSignal.timeout(STALL_MS)]),
    });
  } catch {
    response.destroy();
  }
}
