// On the trust boundary: what a name leads to. A name that anybody can point elsewhere never leads to an
// address that serves credentials to whoever is on this machine.

import { lookup as resolveName, type LookupAddress, type LookupOptions } from "node:dns";
import { OutboundError } from "./failure.ts";
import { leadsToMetadata } from "./metadata.ts";

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
