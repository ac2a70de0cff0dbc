// On the trust boundary: metrics are for this machine alone. Whoever comes from elsewhere, or through a proxy
// that is trusted to say so, learns no more than that nothing is there.

import type { IncomingMessage } from "node:http";
import type { HttpSetting } from "../config/types.ts";
import { isLoopback } from "../lib/address.ts";
import type { Metrics } from "../lib/metrics.ts";
import { addressOf } from "./http-head.ts";
import { checkAddressed } from "./http-host.ts";
import { notFound } from "./http-reply.ts";

/** `GET /metrics`, as Prometheus scrapes it. */
export async function metricsResponse(
  request: IncomingMessage,
  http: HttpSetting,
  { exposition }: Pick<Metrics, "exposition">,
): Promise<Response> {
  if (!isFromHere(request, http)) return notFound();
  const { type, text } = await exposition();
  return new Response(text, { headers: { "Content-Type": type } });
}

/** A page of a browser on this machine comes from here too: it gives another name for this server, or its origin. */
function isFromHere(request: IncomingMessage, http: HttpSetting): boolean {
  const { ip, peer_ip: peer } = addressOf(request, http);
  const { host, origin } = request.headers;
  return (
    [ip, peer].every((one) => one !== null && isLoopback(one)) &&
    checkAddressed({ host, origin }, http).ok
  );
}
