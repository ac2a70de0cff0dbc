// On the trust boundary: requests that this server makes to others. They start from empty headers, follow no
// redirect and end at a limit; a caller's credential is never in them.

import { request } from "undici";
import { parseJson } from "../lib/json.ts";
import { done } from "../lib/outcome.ts";
import { createAgent, type OutboundLimits } from "./agent.ts";
import { fromThrown, refused } from "./failure.ts";
import type { GetJson } from "./types.ts";

const LIMITS: OutboundLimits = { timeoutMs: 5_000, maxBytes: 256 * 1024 };

/** A client for JSON documents. */
export function createGetJson(limits: OutboundLimits = LIMITS): GetJson {
  const { timeoutMs } = limits;
  const agent = createAgent(limits);

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
