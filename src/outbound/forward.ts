// On the trust boundary: requests in the clear that a proxy passes on (RFC 9112 section 3.2.2). It reads all of
// them, as does everybody else who is on the way of what goes over http.

import type { ProxySetting } from "../config/types.ts";
import { isNotSent } from "./failure.ts";
import { answeredItself, authorizationFor, connectorTo, notThrough } from "./through.ts";
import { type ConnectionLimits, keptBy, type Way } from "./way.ts";

/** A way to hosts of http through a proxy. */
export function createForwarding(proxy: ProxySetting, limits: ConnectionLimits): Way {
  const dispatcher = keptBy(limits, connectorTo(limits.connectMs));
  return {
    request: async ({ origin, host, pathname, search }, asked) => {
      const answer = await dispatcher
        .request({
          ...asked,
          origin: proxy.url,
          path: `${origin}${pathname}${search}`,
          headers: { ...asked.headers, host, ...authorizationFor(proxy) },
        })
        .catch((thrown: unknown) => {
          throw isNotSent(thrown) ? notThrough(host, proxy, thrown) : thrown;
        });
      if (answer.statusCode !== 407) return answer;
      await answer.body.dump();
      throw notThrough(host, proxy, answeredItself(answer.statusCode));
    },
    close: () => dispatcher.destroy(),
  };
}
