import { Agent } from "undici";

/** The bounds of a request. */
export interface OutboundLimits {
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

/** The connections that requests go over: few, and none of them waits longer or reads more than this. */
export function createAgent({ timeoutMs, maxBytes }: OutboundLimits): Agent {
  return new Agent({
    connectTimeout: timeoutMs,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxResponseSize: maxBytes,
    connections: 2,
    pipelining: 1,
  });
}
