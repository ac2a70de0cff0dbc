// On the trust boundary: whose credentials count besides those of this server, asked for each request anew. No
// token of the issuer, or of one that was taken out of the configuration, goes to the cloud, and nothing does
// where the cloud is not used.

import type { Config, KubiyaSetting } from "../config/types.ts";
import { issuerNamed } from "../lib/issuer-named.ts";
import type { Authenticator } from "../principal/authenticate.ts";
import {
  type CloudParts,
  createCloudCredentials,
  mayBeCloudKey,
  onlyOf,
} from "../principal/cloud.ts";
import { createUnverified } from "../principal/unverified.ts";
import { openCloud } from "./cloud.ts";
import { createIssued, type IssuedParts } from "./issued.ts";

/** Others that make credentials; null where none of them does. */
export type Trusted = Pick<Config, "jwt" | "kubiya">;

/** What knowing their credentials is made of. */
interface ForeignParts extends Omit<IssuedParts, "setting"> {
  readonly trusted: () => Trusted;
  /** The permissions that a scope of a cloud key stands for. */
  readonly cloudScopes: CloudParts["scopes"];
}

/** The cloud that was asked last, and what knows its keys. */
interface Known {
  readonly setting: string;
  readonly keys: Promise<Authenticator>;
}

/**
 * Who knows credentials that others made, in the order in which they are asked. Where the cloud is used a token
 * may be one of its keys, unless an issuer made it that is known, or was.
 */
export function createForeign({
  trusted,
  cloudScopes: scopes,
  ...parts
}: ForeignParts): readonly Authenticator[] {
  const issued = createIssued({ ...parts, setting: () => trusted().jwt });
  const nobodys = createUnverified("cloud", parts.log);
  const issuers = new Set<string>();
  let known: Known | null = null;
  isIssued("");
  return [
    onlyOf((text) => trusted().kubiya === null || isIssued(text), issued),
    {
      recognises: (text) => trusted().kubiya === null || mayBeCloudKey(text, isIssued),
      get gap() {
        return trusted().kubiya === null ? nobodys.gap : null;
      },
      authenticate: async (presented, session) => (await keys()).authenticate(presented, session),
    },
  ];

  function isIssued(text: string): boolean {
    const { jwt } = trusted();
    if (jwt !== null) issuers.add(jwt.issuer);
    const named = issuerNamed(text);
    return named !== null && issuers.has(named);
  }

  /** Another setting begins anew, with nothing remembered. */
  function keys(): Promise<Authenticator> {
    const { kubiya } = trusted();
    if (kubiya === null) {
      known = null;
      return Promise.resolve(nobodys);
    }
    const setting = JSON.stringify([kubiya, kubiya.https_proxy?.reveal()]);
    if (known?.setting !== setting) {
      known = { setting, keys: keysOf(kubiya, { ...parts, isIssued, scopes }) };
    }
    return known.keys;
  }
}

/** Its libraries are read where the cloud is used, and nowhere else. */
async function keysOf(
  setting: KubiyaSetting,
  parts: Omit<CloudParts, "verify">,
): Promise<Authenticator> {
  const { verify } = await openCloud(setting);
  return createCloudCredentials({ ...parts, verify });
}
