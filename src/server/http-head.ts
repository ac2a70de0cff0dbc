// On the trust boundary: the head of a request, checked before a byte of its body is read.

import type { IncomingMessage } from "node:http";
import type { HttpSetting } from "../config/types.ts";
import type { Reason } from "../decision/types.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import type { Secret } from "../lib/secret.ts";
import { checkAddressed } from "./http-host.ts";
import { type ClientAddress, clientAddress } from "./http-address.ts";
import { presentedIn } from "./http-credential.ts";

/** What stands in a head. */
export interface Head {
  readonly method: string;
  readonly path: string;
  /** The origin of the page that sent it, which may read the answer. */
  readonly origin: string | null;
  readonly credential: Secret | null;
  /** The session that it names. */
  readonly session: string | null;
  readonly address: ClientAddress;
}

/** Headers of which a second one would be another opinion. */
const ONCE = ["host", "origin", "mcp-session-id"];

/** The path of a request, without its query. */
export function pathOf({ url = "" }: IncomingMessage): string {
  return url.split("?", 1)[0] ?? "";
}

/** Reads a head that is fit; the reason says why one is not. */
export function readHead(request: IncomingMessage, http: HttpSetting): Outcome<Head, Reason> {
  const { headersDistinct: headers, method = "", url = "" } = request;
  if (ONCE.some((name) => (headers[name]?.length ?? 0) > 1)) {
    return failed({
      code: "request.credentials",
      message: "A header that counts once is there twice.",
    });
  }
  const [host] = headers["host"] ?? [];
  const [origin] = headers["origin"] ?? [];
  const [session = null] = headers["mcp-session-id"] ?? [];
  const addressed = checkAddressed({ host, origin }, http);
  if (!addressed.ok) return addressed;
  const path = pathOf(request);
  const presented = presentedIn(headers, new URLSearchParams(url.slice(path.length + 1)));
  if (!presented.ok) return presented;
  return done({
    ...{ method, path, session },
    origin: addressed.value,
    credential: presented.value,
    address: addressOf(request, http),
  });
}

/** Where a request comes from. */
export function addressOf(
  { socket, headersDistinct: headers }: IncomingMessage,
  http: HttpSetting,
): ClientAddress {
  const forwarded = headers["x-forwarded-for"] ?? [];
  return clientAddress(socket.remoteAddress, forwarded, http.trusted_proxies);
}
