// On the trust boundary: where clouds serve credentials to whoever is on a machine of theirs.

import { canonicalAddress, isWithin } from "../lib/address.ts";

/** Link-local (RFC 3927, RFC 4291 section 2.5.6), where clouds keep metadata, and where they keep it besides. */
const METADATA: readonly string[] = [
  "169.254.0.0/16",
  "fe80::/10",
  "fd00:ec2::254/128",
  "100.100.100.200/32",
  "168.63.129.16/32",
];

/** Names that the machines of a cloud know it by. */
const NAMES: readonly string[] = [
  "metadata",
  "metadata.google.internal",
  "metadata.goog",
  "instance-data",
  "instance-data.ec2.internal",
  "metadata.azure.internal",
  "metadata.tencentyun.com",
];

/** Whether an address leads to it; what is no plain address is taken for one that does. */
export function leadsToMetadata(address: string): boolean {
  const canonical = canonicalAddress(address);
  return canonical === null || isWithin(canonical, METADATA);
}

/** Whether a host says by itself that it is one, without being looked up. */
export function namesMetadata(host: string): boolean {
  const canonical = canonicalAddress(host);
  return canonical === null ? NAMES.includes(host) : isWithin(canonical, METADATA);
}
