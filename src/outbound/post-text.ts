// On the trust boundary: what this server tells others of itself. Headers start empty, no redirect is followed,
// and nothing of the answer but its status is believed.

import type { Proxies } from "../config/types.ts";
import { done } from "../lib/outcome.ts";
import { createConnections } from "./connections.ts";
import { fromThrown, refused } from "./failure.ts";
import type { OutboundLimits, PostText } from "./types.ts";

const LIMITS: OutboundLimits = { timeoutMs: 5_000, maxBytes: 16 * 1024 };

/** A client that posts. */
export function createPostText(proxies: Proxies, limits: OutboundLimits = LIMITS): PostText {
  const { timeoutMs, maxBytes } = limits;
  const connections = createConnections(
    { connectMs: timeoutMs, connections: 2, maxBytes },
    proxies,
  );
  const times = { headersTimeout: timeoutMs, bodyTimeout: timeoutMs };

  return async (url, { headers, body, signal: brokenOff }) => {
    if (!URL.canParse(url)) return refused("refused", "an address that is none");
    const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), brokenOff]);
    try {
      const posted = { method: "POST", headers, body, signal, ...times } as const;
      const answer = await connections.request(new URL(url), posted);
      await answer.body.dump({ limit: maxBytes, signal });
      return done(answer.statusCode);
    } catch (thrown) {
      return fromThrown(new URL(url).host, thrown);
    }
  };
}
