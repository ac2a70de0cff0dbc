// On the trust boundary: requests that this server makes to others. They start from empty headers, follow no
// redirect and end at a limit; a caller's credential is never in them.

import { Agent, request } from "undici";
import { parseJson } from "../lib/json.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import type { GetJson, OutboundFailure } from "./types.ts";

/** The bounds of a request. */
export interface OutboundLimits {
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

const LIMITS: OutboundLimits = { timeoutMs: 5_000, maxBytes: 256 * 1024 };

/** A client for JSON documents. */
export function createGetJson(limits: OutboundLimits = LIMITS): GetJson {
  const { timeoutMs, maxBytes } = limits;
  const agent = new Agent({
    connectTimeout: timeoutMs,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxResponseSize: maxBytes,
    connections: 2,
    pipelining: 1,
  });

  return async (url) => {
    if (!URL.canParse(url)) return refused("refused", "an address that is none");
    const { host } = new URL(url);
    try {
      const signal = AbortSignal.timeout(timeoutMs);
      const headers = { accept: "application/json" };
      const { statusCode, body } = await request(url, { dispatcher: agent, headers, signal });
      const text = await body.text();
      if (statusCode !== 200) return refused("refused", `${host} answered ${statusCode}`);
      return done(parseJson(text));
    } catch (thrown) {
      return fromThrown(host, thrown);
    }
  };
}

function fromThrown(host: string, thrown: unknown): Outcome<never, OutboundFailure> {
  if (thrown instanceof SyntaxError) return refused("not_json", `${host} did not answer with JSON`);
  const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
  if (code === "UND_ERR_RES_EXCEEDED_MAX_SIZE") {
    return refused("too_large", `${host} answered with more than is read`);
  }
  const name = thrown instanceof Error ? thrown.name : "Error";
  return refused("unreachable", `${host} cannot be reached: ${code === "" ? name : code}`);
}

function refused(
  reason: OutboundFailure["reason"],
  detail: string,
): Outcome<never, OutboundFailure> {
  return failed({ reason, detail });
}
