// On the trust boundary: requests that this server makes to others. They start from empty headers, follow no
// redirect and end at a limit; a caller's credential is never in them.

import type { Proxies } from "../config/types.ts";
import { parseJson } from "../lib/json.ts";
import { done } from "../lib/outcome.ts";
import { createConnections } from "./connections.ts";
import { fromThrown, refused } from "./failure.ts";
import { namesMetadata } from "./metadata.ts";
import { hostOf } from "./no-proxy.ts";
import type { GetJson, OutboundLimits } from "./types.ts";

const LIMITS: OutboundLimits = { timeoutMs: 5_000, maxBytes: 256 * 1024 };

/** A client for JSON documents. */
export function createGetJson(proxies: Proxies, limits: OutboundLimits = LIMITS): GetJson {
  const { timeoutMs, maxBytes } = limits;
  const connections = createConnections(
    { connectMs: timeoutMs, connections: 2, maxBytes },
    proxies,
  );
  const times = { headersTimeout: timeoutMs, bodyTimeout: timeoutMs };

  return async (url, writtenBy) => {
    if (!URL.canParse(url)) return refused("refused", "an address that is none");
    const there = new URL(url);
    if (writtenBy === "server" && namesMetadata(hostOf(there)))
      return refused("refused", `${there.host} serves metadata of a cloud, and is not asked`);
    try {
      const signal = AbortSignal.timeout(timeoutMs);
      const headers = { accept: "application/json" };
      const asked = { method: "GET", headers, signal, ...times } as const;
      const { statusCode, body } = await connections.request(there, asked);
      const text = await body.text();
      if (statusCode !== 200) return refused("refused", `${there.host} answered ${statusCode}`);
      return done(parseJson(text));
    } catch (thrown) {
      return fromThrown(there.host, thrown);
    }
  };
}
