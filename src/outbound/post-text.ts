// On the trust boundary: what this server tells others of itself. Headers start empty, no redirect is followed,
// and nothing of the answer but its status is believed.

import { request } from "undici";
import { done } from "../lib/outcome.ts";
import { createAgent, type OutboundLimits } from "./agent.ts";
import { fromThrown, refused } from "./failure.ts";
import type { PostText } from "./types.ts";

const LIMITS: OutboundLimits = { timeoutMs: 5_000, maxBytes: 16 * 1024 };

/** A client that posts. */
export function createPostText(limits: OutboundLimits = LIMITS): PostText {
  const { timeoutMs, maxBytes } = limits;
  const dispatcher = createAgent(limits);

  return async (url, { headers, body, signal: brokenOff }) => {
    if (!URL.canParse(url)) return refused("refused", "an address that is none");
    const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), brokenOff]);
    try {
      const posted = { method: "POST", dispatcher, headers, body, signal } as const;
      const answer = await request(url, posted);
      await answer.body.dump({ limit: maxBytes, signal });
      return done(answer.statusCode);
    } catch (thrown) {
      return fromThrown(new URL(url).host, thrown);
    }
  };
}
