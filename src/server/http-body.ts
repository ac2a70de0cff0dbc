import type { IncomingMessage } from "node:http";
import { done, failed, type Outcome } from "../lib/outcome.ts";

/** Reads a body of at most so many bytes; the server's own limit on a request's time ends a slow one. */
export async function readBody(
  request: IncomingMessage,
  maxBytes: number,
): Promise<Outcome<Uint8Array, "too_large" | "broken_off">> {
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) return failed("too_large");
  const chunks: Uint8Array[] = [];
  let length = 0;
  // A request that is destroyed takes its connection, and the answer, with it.
  const body: AsyncIterable<Uint8Array> = request.iterator({ destroyOnReturn: false });
  try {
    for await (const chunk of body) {
      length += chunk.length;
      if (length > maxBytes) return failed("too_large");
      chunks.push(chunk);
    }
  } catch {
    // The client is gone, or was too slow.
    return failed("broken_off");
  }
  return done(Buffer.concat(chunks));
}
