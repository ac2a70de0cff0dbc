import ipaddr from "ipaddr.js";

/** An address in its one written form, mapped IPv4 folded; null when it is none. */
export function canonicalAddress(written: string): string | null {
  const plain = written.includes(":")
    ? ipaddr.IPv6.isValid(written) && !written.includes("%")
    : ipaddr.IPv4.isValidFourPartDecimal(written);
  return plain ? ipaddr.process(written).toString() : null;
}
