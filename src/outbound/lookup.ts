// On the trust boundary: what a name leads to. A name that anybody can point elsewhere never leads to an
// address that serves credentials to whoever is on this machine.

import { lookup as resolveName, type LookupAddress, type LookupOptions } from "node:dns";
import { canonicalAddress, isWithin } from "../lib/address.ts";
import { OutboundError } from "./failure.ts";

/** Link-local (RFC 3927, RFC 4291 section 2.5.6), where clouds keep metadata, and where they keep it besides. */
const METADATA: readonly string[] = [
  "169.254.0.0/16",
  "fe80::/10",
  "fd00:ec2::254/128",
  "100.100.100.200/32",
  "168.63.129.16/32",
];

/** As `net.connect` calls back. */
type Found = (error: Error | null, address: string | LookupAddress[], family?: number) => void;

/** Resolves a name to its addresses. */
export type Resolve = (
  host: string,
  options: LookupOptions & { readonly all: true },
  found: (error: Error | null, addresses: LookupAddress[]) => void,
) => void;

/** A lookup for connections. An address that is written out is not looked up: whoever wrote it meant it. */
export function createLookup(resolve: Resolve = resolveName) {
  return (host: string, options: LookupOptions, found: Found): void => {
    resolve(host, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error !== null || first === undefined) {
        return found(error ?? new Error(`${host} has no address`), []);
      }
      if (addresses.some(({ address }) => leadsToMetadata(address))) {
        return found(
          new OutboundError(`${host} leads to an address that serves metadata of a cloud`, {
            sent: false,
          }),
          [],
        );
      }
      return options.all === true
        ? found(null, addresses)
        : found(null, first.address, first.family);
    });
  };
}

/** What is no plain address is taken for one of these. */
function leadsToMetadata(address: string): boolean {
  const canonical = canonicalAddress(address);
  return canonical === null || isWithin(canonical, METADATA);
}
