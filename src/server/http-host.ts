// On the trust boundary: whether a request was meant for this server. A page of another site can make a
// browser send it (DNS rebinding, cross-site requests); it is refused before its body is read.

import type { HttpSetting } from "../config/types.ts";
import { isLoopback } from "../lib/address.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import type { Reason } from "../decision/types.ts";

/** The headers that say whom a request is for, and which page sent it. */
export interface Addressed {
  readonly host: string | undefined;
  readonly origin: string | undefined;
}

/** Whether a request names this server and, if a page sent it, one that may; the origin that may read the answer. */
export function checkAddressed(
  { host, origin }: Addressed,
  http: HttpSetting,
): Outcome<string | null, Reason> {
  if (host === undefined || !isOurs(host, http)) {
    return failed({
      code: "request.host_not_allowed",
      message: "The Host header names no host of this server; ask the operator to allow it.",
    });
  }
  if (origin === undefined) return done(null);
  if (mayAsk(origin, http)) return done(origin);
  return failed({
    code: "request.origin_not_allowed",
    message: "Pages of this origin may not call this server; ask the operator to allow it.",
  });
}

/** An entry with a port stands for that port alone. */
function isOurs(
  host: string,
  { allowed_hosts: allowed, public_url: url, host: own }: HttpSetting,
): boolean {
  const named = parse(`http://${host}`);
  if (named === null || !/^[^/?#@\s\\]+$/.test(host)) return false;
  const { host: whole, hostname } = named;
  if (isLoopback(bare(hostname))) return true;
  const ours = [
    ...allowed,
    ...(url === null ? [] : [new URL(url).hostname]),
    // Every address is nobody's name, though browsers take 0.0.0.0 for this machine.
    ...(/^(?:0\.0\.0\.0|::)$/.test(own) ? [] : [enclosed(own)]),
  ];
  return ours.some((one) => {
    const entry = one.toLowerCase();
    return entry === hostname || entry === whole || entry === host.toLowerCase();
  });
}

/** `null` is the origin of pages that have none of their own: nobody's. */
function mayAsk(
  origin: string,
  { allowed_origins: allowed, public_url: url }: HttpSetting,
): boolean {
  const page = parse(origin);
  if (page === null || page.origin !== origin) return false;
  if (/^https?:$/.test(page.protocol) && isLoopback(bare(page.hostname))) return true;
  return allowed.includes(origin) || (url !== null && new URL(url).origin === origin);
}

function parse(written: string): URL | null {
  return URL.canParse(written) ? new URL(written) : null;
}

/** `[::1]` as `::1`. */
function bare(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, "$1");
}

function enclosed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
