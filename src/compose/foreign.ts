import type { JwtSetting, KubiyaSetting } from "../config/types.ts";
import { issuerNamed } from "../lib/issuer-named.ts";
import type { Authenticator } from "../principal/authenticate.ts";
import type { CloudParts } from "../principal/cloud.ts";
import type { JwtParts } from "../principal/jwt.ts";
import { createUnverified } from "../principal/unverified.ts";
import { openCloud } from "./cloud.ts";
import { createIssued } from "./issued.ts";

/** What knowing credentials of others is made of. */
interface ForeignParts extends Omit<JwtParts, "setting" | "findKey"> {
  /** Whose tokens count at the moment; null: nobody's. */
  readonly jwt: () => JwtSetting | null;
  readonly cloudScopes: CloudParts["scopes"];
}

/**
 * Who knows credentials that others made, in the order in which they are asked. Where the cloud is used a token
 * may be one of its keys, unless an issuer made it that is known, or was.
 */
export async function foreignOf(
  kubiya: KubiyaSetting | null,
  { jwt, cloudScopes: scopes, ...parts }: ForeignParts,
): Promise<readonly Authenticator[]> {
  const issued = createIssued({ ...parts, setting: jwt });
  if (kubiya === null) return [issued, createUnverified("cloud", parts.log)];
  const known = new Set<string>();
  const isIssued = (text: string): boolean => {
    const now = jwt();
    if (now !== null) known.add(now.issuer);
    const named = issuerNamed(text);
    return named !== null && known.has(named);
  };
  const { createCloudCredentials, onlyOf } = await import("../principal/cloud.ts");
  const { verify } = await openCloud(kubiya);
  const cloud = createCloudCredentials({ ...parts, verify, scopes, isIssued });
  return [onlyOf(isIssued, issued), cloud];
}
