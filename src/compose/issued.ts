// On the trust boundary: whose tokens count is asked for each request anew. It never takes a token of an issuer
// that was taken out of the configuration, whatever is remembered of it.

import type { JwtSetting, Proxies } from "../config/types.ts";
import type { Authenticator } from "../principal/authenticate.ts";
import type { JwtParts } from "../principal/jwt.ts";
import { createUnverified, isJwt } from "../principal/unverified.ts";

/** What knowing tokens of the issuer of the moment is made of. */
export interface IssuedParts extends Omit<JwtParts, "setting" | "findKey"> {
  /** Null: no issuer's tokens count. */
  readonly setting: () => JwtSetting | null;
  /** On the way to the issuer's keys. */
  readonly proxies: Proxies;
}

/** The issuer that was asked for last, and what knows its tokens. */
interface Known {
  readonly setting: string;
  readonly tokens: Promise<Authenticator>;
}

/** Tokens of the issuer that is configured at the moment. */
export function createIssued({ setting, ...parts }: IssuedParts): Authenticator {
  const nobodys = createUnverified("jwt", parts.log);
  let known: Known | null = null;
  // A server that begins with an issuer answers its first token as fast as the next one.
  void tokens();
  return {
    recognises: isJwt,
    get gap() {
      return setting() === null ? nobodys.gap : null;
    },
    authenticate: async (presented, session) => (await tokens()).authenticate(presented, session),
  };

  /** Another setting begins anew: with no keys of the issuer before, and nothing remembered. */
  async function tokens(): Promise<Authenticator> {
    const now = setting();
    if (now === null) {
      known = null;
      return nobodys;
    }
    const text = JSON.stringify(now);
    if (known?.setting !== text) known = { setting: text, tokens: tokensOf(now, parts) };
    return known.tokens;
  }
}

/** Its libraries are read where an issuer is configured, and nowhere else. */
async function tokensOf(
  setting: JwtSetting,
  parts: Omit<IssuedParts, "setting">,
): Promise<Authenticator> {
  const [{ createJwt }, { createIssuerKeys }, { createGetJson }] = await Promise.all([
    import("../principal/jwt.ts"),
    import("../principal/keys.ts"),
    import("../outbound/get-json.ts"),
  ]);
  const findKey = createIssuerKeys(setting, createGetJson(parts.proxies), parts.stopwatch);
  return createJwt({ ...parts, setting, findKey });
}
