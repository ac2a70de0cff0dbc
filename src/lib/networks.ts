import ipaddr from "ipaddr.js";
import { done, failed, type Outcome } from "./outcome.ts";

const MAPPED_BITS = 96;
const IPV6_BITS = 128;

/** A network (CIDR) in its one written form, mapped IPv4 folded; the failure says what is wrong. */
export function canonicalNetwork(written: string): Outcome<string, string> {
  const found = networkAround(written);
  if (!found.ok) return found;
  const { network, hasHostBits } = found.value;
  return hasHostBits ? failed(`has host bits set; its network is ${network}`) : done(network);
}

/** A network in its one written form, and whether it was written by another address than its first. */
interface Around {
  readonly network: string;
  readonly hasHostBits: boolean;
}

/** The same where host bits are no fault: `10.1.2.3/8` is in `10.0.0.0/8`. */
export function networkAround(written: string): Outcome<Around, string> {
  const [host = "", length] = written.split("/");
  if (length === undefined && ipaddr.isValid(host)) {
    return failed(
      `is an address; as a network of one it is ${host}/${host.includes(":") ? 128 : 32}`,
    );
  }
  if (!isPlain(host) || !/^[\da-f.:]+\/\d{1,3}$/i.test(written) || !ipaddr.isValidCIDR(written)) {
    return failed("is no network");
  }
  const [address, bits] = ipaddr.parseCIDR(written);
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress()) {
    if (bits < MAPPED_BITS) return failed("reaches beyond the mapped IPv4 addresses");
    return networkAround(`${address.toIPv4Address().toString()}/${bits - MAPPED_BITS}`);
  }
  const Family = address instanceof ipaddr.IPv4 ? ipaddr.IPv4 : ipaddr.IPv6;
  const network = Family.networkAddressFromCIDR(written).toString();
  return done({ network: `${network}/${bits}`, hasHostBits: network !== address.toString() });
}

/**
 * The family all of whose addresses are in these networks, each in its one form; null where there is none. Such a
 * list reads like a limit, and is none.
 */
export function wholeFamily(networks: readonly string[]): "IPv4" | "IPv6" | null {
  const parsed = [...new Set(networks)].map((network) => ipaddr.parseCIDR(network));
  if (isWhole(parsed.filter(([address]) => address.kind() === "ipv4"))) return "IPv4";
  return isWhole(parsed.filter(([address]) => address.kind() === "ipv6")) ? "IPv6" : null;
}

type Network = ReturnType<typeof ipaddr.parseCIDR>;

/** Of two networks one is in the other, or they share nothing: those that are in none can be added up. */
function isWhole(family: readonly Network[]): boolean {
  const outermost = family.filter(
    ([address, bits]) =>
      !family.some(([wider, fewer]) => fewer < bits && address.match(wider, fewer)),
  );
  const parts = outermost.map(([, bits]) => 2n ** BigInt(IPV6_BITS - bits));
  const all = 2n ** BigInt(IPV6_BITS);
  return parts.reduce((sum, part) => sum + part, 0n) === all;
}

/** Four decimal numbers, where it has any: `010.0.0.0` would be read as octal, `10.1` as `10.0.0.1`. */
function isPlain(host: string): boolean {
  const [, quad] = /^(?:.*:)?([^:]*\.[^:]*)$/.exec(host) ?? [];
  if (quad === undefined) return host.includes(":");
  return ipaddr.IPv4.isValidFourPartDecimal(quad);
}
