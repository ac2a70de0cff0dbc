import ipaddr from "ipaddr.js";

/** An address in its one written form, mapped IPv4 folded; null when it is none. */
export function canonicalAddress(written: string): string | null {
  const plain = written.includes(":")
    ? ipaddr.IPv6.isValid(written) && !written.includes("%")
    : ipaddr.IPv4.isValidFourPartDecimal(written);
  return plain ? ipaddr.process(written).toString() : null;
}

type Network = ReturnType<typeof ipaddr.parseCIDR>;

/** Asked about every request, and always the same. */
const LOOPBACK: readonly Network[] = ["127.0.0.0/8", "::1/128"].map(ipaddr.parseCIDR);

/** Whether one of these networks, each canonical, has a canonical address in it. */
export function isWithin(address: string, networks: readonly string[]): boolean {
  return isIn(address, networks.map(ipaddr.parseCIDR));
}

/** Whether a host is this machine alone, as an address or as `localhost`. */
export function isLoopback(host: string): boolean {
  if (host.toLowerCase() === "localhost") return true;
  const address = canonicalAddress(host);
  return address !== null && isIn(address, LOOPBACK);
}

function isIn(address: string, networks: readonly Network[]): boolean {
  const parsed = ipaddr.parse(address);
  return networks.some(([base, bits]) => base.kind() === parsed.kind() && parsed.match(base, bits));
}

/** The network that one source of requests has to itself: IPv4 /32, IPv6 /64. */
export function sourceOf(address: string): string {
  if (!address.includes(":")) return address;
  return ipaddr.IPv6.networkAddressFromCIDR(`${address}/64`).toString();
}

/** Whether nobody on the way can change what comes from an address: https, or http of this machine itself. */
export function isSafeAddress(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  const here = ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
  return protocol === "https:" || (protocol === "http:" && here);
}
