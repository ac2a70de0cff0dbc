// On the trust boundary: tokens of an external issuer (RFC 7519). Only asymmetric signatures, the exact issuer
// and audience, and an end count; whether that end has come is not said here.

import { errors, type JWTPayload, jwtVerify, type JWTVerifyGetKey } from "jose";
import type { JwtSetting } from "../config/types.ts";
import type { KeepAlive } from "../credential/types.ts";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import { createMemory } from "../lib/memory.ts";
import type { Secret } from "../lib/secret.ts";
import type { Store } from "../store/types.ts";
import type { Authenticator } from "./authenticate.ts";
import { told, unproven } from "./caller.ts";
import { KeysUnavailable } from "./keys.ts";
import type { Caller } from "./types.ts";
import { isJwt } from "./unverified.ts";

/** What knowing tokens of an external issuer is made of. */
export interface JwtParts {
  readonly setting: JwtSetting;
  readonly findKey: JWTVerifyGetKey;
  readonly store: Pick<Store, "session">;
  readonly latest: KeepAlive["latest"];
  readonly clock: Clock;
  /** Milliseconds that only go forward. */
  readonly stopwatch: Clock;
  readonly log: Log;
}

/** A symmetric key would have to be shared with whoever verifies, and could then sign. */
const ALGORITHMS = [
  ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
];

/** Tokens do not change: what is remembered of one is wrong only where its issuer has taken back a key. */
const MARK = 0;

/** Tokens of an external issuer: one that was verified is verified anew after a second. */
export function createJwt(parts: JwtParts): Authenticator {
  const remember = createMemory<Claims>({
    stopwatch: parts.stopwatch,
    lasts: (claims) => typeof claims !== "string",
  });
  return {
    recognises: isJwt,
    gap: null,
    authenticate: async (presented, session) => {
      const claims = await remember(presented, MARK, () => claimsOf(parts, presented));
      if (typeof claims === "string") return unproven(claims);
      return callerOf(parts, claims, session);
    },
  };
}

/** The claims of a token that the issuer signed; otherwise what is known of it instead. */
type Claims = JWTPayload | "unknown" | "unverifiable";

async function claimsOf(
  { setting, findKey, clock, log }: JwtParts,
  presented: Secret,
): Promise<Claims> {
  const { issuer, audience } = setting;
  const rules = { issuer, audience, algorithms: ALGORITHMS, requiredClaims: ["exp"] };
  try {
    const currentDate = new Date(clock());
    return (await jwtVerify(presented.reveal(), findKey, { ...rules, currentDate })).payload;
  } catch (thrown) {
    // Everything else about it held: that it is over is for the policies to say.
    if (thrown instanceof errors.JWTExpired) return thrown.payload;
    if (thrown instanceof KeysUnavailable) {
      log.error("a token cannot be verified", { detail: thrown.message });
      return "unverifiable";
    }
    const why = thrown instanceof errors.JOSEError ? thrown.code : "invalid";
    log.debug("a token was not accepted", { why });
    return "unknown";
  }
}

async function callerOf(
  { setting, store, latest, clock, log }: JwtParts,
  claims: JWTPayload,
  named: string | null,
): Promise<Caller> {
  const user = claims[setting.user_claim];
  const { exp, iat } = claims;
  if (typeof user !== "string" || user === "" || exp === undefined) return unproven("unknown");
  const id = `jwt:${user}`;
  const nowMs = clock();
  const found = named === null ? null : await store.session(named);
  if (found?.ok === false) {
    log.error("the session of a token's user cannot be read", { detail: found.failure.detail });
    return unproven("unverifiable");
  }
  const session = found === null ? null : found.value;
  return {
    principal: {
      kind: "user",
      id: user,
      roles: rolesOf(claims[setting.roles_claim]),
      permissions: null,
      claims,
    },
    credential: {
      status: "verified",
      id,
      kind: "jwt",
      created_ms: iat === undefined ? null : Math.floor(iat * 1000),
      expires_ms: Math.floor(exp * 1000),
      revoked_ms: null,
      allowed_ips: null,
      allow_stdio: null,
      sessions: null,
      parent: null,
    },
    replaced_by: null,
    session: session && told(latest(session, nowMs)),
  };
}

/** A list of names, or one name. */
function rolesOf(claim: unknown): readonly string[] {
  const roles: readonly unknown[] = Array.isArray(claim) ? claim : [claim];
  return roles.filter((role) => typeof role === "string");
}
