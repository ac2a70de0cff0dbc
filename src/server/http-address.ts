// On the trust boundary: where a request comes from. A header is believed only as far as proxies that the
// operator trusts wrote it; what cannot be read is nobody's address, and policy denies it.

import { canonicalAddress, isWithin } from "../lib/address.ts";

/** The address of the caller and of the one that connected; null where it cannot be told. */
export interface ClientAddress {
  readonly ip: string | null;
  readonly peer_ip: string | null;
}

/** Walks X-Forwarded-For from the right, from the peer on, to the first hop that is no trusted proxy. */
export function clientAddress(
  peer: string | undefined,
  forwarded: readonly string[],
  trusted: readonly string[],
): ClientAddress {
  const peerIp = canonicalAddress((peer ?? "").replace(/%.*$/, ""));
  if (peerIp === null) return { ip: null, peer_ip: null };
  const hops = forwarded.flatMap((line) => line.split(","));
  let ip: string | null = peerIp;
  while (ip !== null && isWithin(ip, trusted)) {
    const hop = hops.pop();
    if (hop === undefined) break;
    ip = canonicalAddress(hop.trim());
  }
  return { ip, peer_ip: peerIp };
}
