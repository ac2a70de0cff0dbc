// On the trust boundary: whose credentials count besides those of this server, asked for each request anew. No
// token of the issuer, or of one that was taken out of the configuration, goes to the cloud, and nothing does
// where the cloud is not used or the server itself has no key of it.

import { createSecretKey, randomBytes } from "node:crypto";
import type { Config, KubiyaSetting, Proxies } from "../config/types.ts";
import type { VerifyCloudKey } from "../kubiya/types.ts";
import { issuerNamed } from "../lib/issuer-named.ts";
import type { Secret } from "../lib/secret.ts";
import type { Authenticator } from "../principal/authenticate.ts";
import { type CloudParts, createCloudCredentials } from "../principal/cloud.ts";
import { createUnverified } from "../principal/unverified.ts";
import { openCloud } from "./cloud.ts";
import { createIssued, type IssuedParts } from "./issued.ts";

/** Others that make credentials, null where none of them does, and what the server itself has of them. */
export type Trusted = Pick<Config, "jwt" | "kubiya" | "api_key" | "caller_credential">;

/** What knowing their credentials is made of. */
interface ForeignParts extends Omit<IssuedParts, "setting"> {
  readonly trusted: () => Trusted;
  /** The permissions that a scope of a cloud key stands for. */
  readonly cloudScopes: CloudParts["scopes"];
}

/** The cloud that was asked last, and what knows its keys. */
interface Known {
  readonly setting: string;
  readonly keys: Authenticator;
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
  const issuers = new Set<string>();
  isIssued("");
  const nobodys = createUnverified("cloud", parts.log);
  let known: Known | null = null;
  return [
    {
      recognises: (text) => keys()?.recognises(text) ?? false,
      gap: null,
      authenticate: (presented, session) => (keys() ?? nobodys).authenticate(presented, session),
    },
    createIssued({ ...parts, setting: () => trusted().jwt }),
    nobodys,
  ];

  /** Another setting begins anew, with nothing remembered. Null: the cloud is not used. */
  function keys(): Authenticator | null {
    const { kubiya } = trusted();
    if (kubiya === null) {
      known = null;
      return null;
    }
    const setting = JSON.stringify(kubiya);
    if (known?.setting !== setting) {
      const memoryKey = createSecretKey(randomBytes(32));
      const verify = createVerifyThere(kubiya, parts.proxies);
      const asked = { ...parts, verify, own, scopes, isIssued, memoryKey };
      known = { setting, keys: createCloudCredentials(asked) };
    }
    return known.keys;
  }

  function own(): readonly Secret[] {
    const { api_key: key, caller_credential: caller } = trusted();
    return [key, caller].filter((one) => one !== null);
  }

  function isIssued(text: string): boolean {
    const { jwt } = trusted();
    if (jwt !== null) issuers.add(jwt.issuer);
    const named = issuerNamed(text);
    return named !== null && issuers.has(named);
  }
}

/** Its libraries are read with the first key that goes there. */
function createVerifyThere(setting: KubiyaSetting, proxies: Proxies): VerifyCloudKey {
  let cloud: ReturnType<typeof openCloud> | null = null;
  return async (key, asking) => {
    cloud ??= openCloud(setting, proxies);
    return (await cloud).verify(key, asking);
  };
}
