import ipaddr from "ipaddr.js";
import { done, failed, type Outcome } from "./outcome.ts";

const MAPPED_BITS = 96;

/** A network (CIDR) in its one written form, mapped IPv4 folded; the failure says what is wrong. */
export function canonicalNetwork(written: string): Outcome<string, string> {
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
    return canonicalNetwork(`${address.toIPv4Address().toString()}/${bits - MAPPED_BITS}`);
  }
  const Family = address instanceof ipaddr.IPv4 ? ipaddr.IPv4 : ipaddr.IPv6;
  const network = Family.networkAddressFromCIDR(written).toString();
  if (network !== address.toString()) {
    return failed(`has host bits set; its network is ${network}/${bits}`);
  }
  return done(`${network}/${bits}`);
}

/** Four decimal numbers, where it has any: `010.0.0.0` would be read as octal, `10.1` as `10.0.0.1`. */
function isPlain(host: string): boolean {
  const [, quad] = /^(?:.*:)?([^:]*\.[^:]*)$/.exec(host) ?? [];
  if (quad === undefined) return host.includes(":");
  return ipaddr.IPv4.isValidFourPartDecimal(quad);
}
