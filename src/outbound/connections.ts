// On the trust boundary: the one place that connects to others. It goes through the proxy that the environment
// names for an address, and never through one to this machine itself. No name leads it to what serves metadata of a
// cloud, and no proxy is asked for that, as far as it can be told: through a proxy it is the proxy that resolves a
// name. An address that is written out is reached where no proxy is in between: whoever wrote it meant it.

import { buildConnector } from "undici";
import type { Proxies } from "../config/types.ts";
import { OutboundError } from "./failure.ts";
import { createForwarding } from "./forward.ts";
import { createLookup, type Resolve } from "./lookup.ts";
import { namesMetadata } from "./metadata.ts";
import { hostOf, needsNoProxy } from "./no-proxy.ts";
import { createTunnels } from "./tunnel.ts";
import { type ConnectionLimits, keptBy, type Way, wayOver } from "./way.ts";

/** Connections that are kept between requests, through a proxy where one is named. */
export function createConnections(
  limits: ConnectionLimits,
  proxies: Proxies,
  resolve?: Resolve,
): Way {
  const timeout = limits.connectMs;
  const lookup = createLookup(resolve);
  const direct = wayOver(keptBy(limits, buildConnector({ timeout, lookup, allowH2: false })));
  const http = proxies.http === null ? null : createForwarding(proxies.http, limits);
  const https = proxies.https === null ? null : createTunnels(proxies.https, limits);

  return {
    request: async (url, asked) => {
      const through = url.protocol === "https:" ? https : http;
      if (through === null || needsNoProxy(url, proxies.none)) return direct.request(url, asked);
      if (namesMetadata(hostOf(url))) {
        const message = `${url.host} serves metadata of a cloud, and no proxy is asked for it`;
        throw new OutboundError(message, { sent: false });
      }
      return through.request(url, asked);
    },
    close: async () => {
      await Promise.all([direct.close(), http?.close(), https?.close()]);
    },
  };
}
