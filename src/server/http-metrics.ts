// On the trust boundary: metrics are for this machine alone. Whoever comes from elsewhere, or through a proxy
// that says so, trusted or not, learns no more than that nothing is there. It cannot know of a proxy on this
// machine that says nothing: that one has to keep the path to itself.

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

/** What proxies add to a request that they pass on (RFC 7239, RFC 9110 section 7.6.3, and their own habits). */
const PASSED_ON =
  /^(?:forwarded|via|x-forwarded(?:-.+)?|x-real-ip|x-client-ip|x-original-.+|x-envoy-.+|true-client-ip|cf-.+)$/;

/** A page of a browser on this machine comes from here too: it gives another name for this server, or its origin. */
function isFromHere(request: IncomingMessage, http: HttpSetting): boolean {
  const { ip, peer_ip: peer } = addressOf(request, http);
  const { host, origin } = request.headers;
  return (
    !Object.keys(request.headers).some((name) => PASSED_ON.test(name)) &&
    [ip, peer].every((one) => one !== null && isLoopback(one)) &&
    checkAddressed({ host, origin }, http).ok
  );
}
