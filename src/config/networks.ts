import ipaddr from "ipaddr.js";
import { done, failed, type Outcome } from "../lib/outcome.ts";

const MAPPED_BITS = 96;

/** A network (CIDR) in its one written form, mapped IPv4 folded; the failure says what is wrong. */
export function canonicalNetwork(written: string): Outcome<string, string> {
  if (!/^[0-9a-f.:]+\/\d{1,3}$/i.test(written) || !ipaddr.isValidCIDR(written)) {
    return failed("is no network");
  }
  const [address, bits] = ipaddr.parseCIDR(written);
  if (
    address.kind() === "ipv6" &&
    address instanceof ipaddr.IPv6 &&
    address.isIPv4MappedAddress()
  ) {
    if (bits < MAPPED_BITS) return failed("reaches beyond the mapped IPv4 addresses");
    return canonicalNetwork(`${address.toIPv4Address().toString()}/${bits - MAPPED_BITS}`);
  }
  const Family = address instanceof ipaddr.IPv4 ? ipaddr.IPv4 : ipaddr.IPv6;
  const network = Family.networkAddressFromCIDR(written).toString();
  if (network !== address.toString())
    return failed(`has host bits set; its network is ${network}/${bits}`);
  return done(`${network}/${bits}`);
}
