import { Agent, type Dispatcher, EnvHttpProxyAgent } from "undici";
import type { Proxies } from "./types.ts";

/** How connections are made and kept. */
export interface ConnectionLimits {
  readonly connectMs: number;
  /** To one host at once. */
  readonly connections: number;
}

/** Connections that are kept between requests, through a proxy where one is named. */
export function createConnections(
  { connectMs, connections }: ConnectionLimits,
  { http, https, none }: Proxies,
): Dispatcher {
  const options = {
    connectTimeout: connectMs,
    connections,
    pipelining: 1,
    allowH2: false,
  } as const;
  if (http === null && https === null) return new Agent(options);
  // What is not named is said to be empty: otherwise the library looks into the environment by itself.
  return new EnvHttpProxyAgent({
    ...options,
    httpProxy: http ?? "",
    httpsProxy: https ?? "",
    noProxy: none ?? "",
  });
}
