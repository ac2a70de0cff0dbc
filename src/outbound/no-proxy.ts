// On the trust boundary: which hosts are reached beside the proxy. This machine itself always is: to a proxy its
// names mean the proxy's own machine.

import { canonicalAddress, isLoopback, isWithin } from "../lib/address.ts";
import { networkAround } from "../lib/networks.ts";

/** `HOST`, `HOST:PORT`, or an IPv6 address in brackets with or without one. */
const ENTRY = /^(?:\[(?<inner>.+)\]|(?<name>[^:]+))(?::(?<port>\d+))?$/;

/** Whether an address needs no proxy, by a list as NO_PROXY has it: hosts, with all below them, and networks. */
export function needsNoProxy(url: URL, none: string | null): boolean {
  const host = hostOf(url);
  if (isHere(host)) return true;
  const port = url.port === "" ? DEFAULT_PORTS[url.protocol] : url.port;
  const entries = (none ?? "").toLowerCase().split(/[\s,]+/);
  return entries.some((entry) => entry !== "" && isMeant(entry, host, port));
}

/** Connecting to an unspecified address is connecting here, and all below `localhost` is here (RFC 6761 section 6.3). */
function isHere(host: string): boolean {
  const unspecified = ["0.0.0.0", "::"].includes(canonicalAddress(host) ?? "");
  return unspecified || isLoopback(host) || host.endsWith(".localhost");
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = { "http:": "80", "https:": "443" };

/** The host of an address as it is looked for in lists: without brackets, and without the root's dot. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.+)\]$/, "$1").replace(/(?<=.)\.$/, "");
}

function isMeant(entry: string, host: string, port: string | undefined): boolean {
  const address = canonicalAddress(host);
  const around = networkAround(entry);
  if (around.ok) return address !== null && isWithin(address, [around.value.network]);
  const { inner, name = inner ?? entry, port: only = port } = ENTRY.exec(entry)?.groups ?? {};
  if (only !== port) return false;
  if (name === "*") return true;
  if (address !== null) return canonicalAddress(name) === address;
  const below = name.replace(/^\*?\./, "").replace(/\.$/, "");
  return host.endsWith(`.${below}`) || (host === below && !name.startsWith("*"));
}
