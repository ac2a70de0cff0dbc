// On the trust boundary: requests that carry this server's own credential, and answers of any length. Headers
// start empty, no redirect is followed, each stage has its time, and no more is read than was asked for. What
// failed is told without what was sent.

import type { Dispatcher } from "undici";
import type { Proxies } from "../config/types.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { codeOf } from "../lib/thrown.ts";
import { createConnections } from "./connections.ts";
import { isNotSent, kindOf, unreachable } from "./failure.ts";
import type { Answered, Send, SendFailure, Sent } from "./types.ts";
import type { ConnectionLimits } from "./way.ts";

const LIMITS: ConnectionLimits = { connectMs: 10_000, connections: 128 };

const SILENT = new Set(["UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT"]);

/** A client that keeps its connections. */
export function createSend(proxies: Proxies, limits: ConnectionLimits = LIMITS): Send {
  const connections = createConnections(limits, proxies);
  return async (sent) => {
    if (!URL.canParse(sent.url)) {
      return failed({ reason: "not_sent", detail: "an address that is none" });
    }
    const { method, url, headers, body, silentMs, signal } = sent;
    try {
      const times = { headersTimeout: silentMs, bodyTimeout: silentMs } as const;
      const asked = { method, headers, body, signal, ...times };
      const answer = await connections.request(new URL(url), asked);
      const { statusCode: status, headers: told, body: stream } = answer;
      const retryAfter = told["retry-after"];
      return done({
        status,
        retryAfter: typeof retryAfter === "string" ? retryAfter : null,
        read: (onText) => readAll(stream, sent, onText),
      });
    } catch (thrown) {
      return failed(fromThrown(thrown, sent, "unanswered"));
    }
  };
}

async function readAll(
  stream: Dispatcher.ResponseData["body"],
  sent: Sent,
  onText: Parameters<Answered["read"]>[0],
): Promise<Outcome<void, SendFailure>> {
  const decoder = new TextDecoder();
  let left = sent.maxBytes;
  const pieces: AsyncIterator<Uint8Array> = stream[Symbol.asyncIterator]();
  try {
    for (;;) {
      const piece = await nextOf(pieces, sent);
      if (!piece.ok) return piece;
      if (piece.value === null) {
        onText(decoder.decode());
        return done(undefined);
      }
      left -= piece.value.length;
      if (left < 0) return failed({ reason: "too_large", allowedBytes: sent.maxBytes });
      if (onText(decoder.decode(piece.value, { stream: true })) === "enough")
        return done(undefined);
    }
  } finally {
    await pieces.return?.();
  }
}

/** Only what the connection throws is caught: whoever reads has its own bugs. */
async function nextOf(
  pieces: AsyncIterator<Uint8Array>,
  sent: Sent,
): Promise<Outcome<Uint8Array | null, SendFailure>> {
  try {
    const next = await pieces.next();
    return done(next.done === true ? null : next.value);
  } catch (thrown) {
    return failed(fromThrown(thrown, sent, "broke_off"));
  }
}

function fromThrown(
  thrown: unknown,
  { url, signal, silentMs }: Sent,
  otherwise: "unanswered" | "broke_off",
): SendFailure {
  if (signal.aborted) return { reason: "aborted" };
  const { host } = new URL(url);
  if (SILENT.has(codeOf(thrown))) {
    return {
      reason: "silent",
      detail: `${host} said nothing for ${silentMs} ms`,
      afterMs: silentMs,
    };
  }
  if (isNotSent(thrown)) return { reason: "not_sent", detail: unreachable(host, thrown) };
  const detail =
    otherwise === "broke_off"
      ? `${host} broke off its answer: ${kindOf(thrown)}`
      : unreachable(host, thrown);
  return { reason: otherwise, detail };
}
