// On the trust boundary: keys of the Kubiya cloud. They have no form of their own, so what is of no other kind is
// asked about there; what is of this server or of the issuer, even a part of it, never leaves. Where the cloud
// cannot say, nobody is let in. What its scopes stand for here is data.

import type { KeepAlive } from "../credential/types.ts";
import type { CloudKey, KubiyaFailure, VerifyCloudKey } from "../kubiya/types.ts";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import type { Secret } from "../lib/secret.ts";
import type { Store } from "../store/types.ts";
import type { Authenticator } from "./authenticate.ts";
import { told, unproven } from "./caller.ts";
import { createOnce } from "./once.ts";
import type { Caller } from "./types.ts";

/** What knowing keys of the cloud is made of. */
export interface CloudParts {
  readonly verify: VerifyCloudKey;
  /** The permissions that each scope stands for. */
  readonly scopes: Readonly<Record<string, readonly string[]>>;
  /** Whether an issuer that is known, or was, made it: then it is none of the cloud's. */
  readonly isIssued: (text: string) => boolean;
  readonly store: Pick<Store, "session">;
  readonly latest: KeepAlive["latest"];
  readonly clock: Clock;
  /** Milliseconds that only go forward. */
  readonly stopwatch: Clock;
  readonly log: Log;
}

/** How long it is believed what the cloud said of a key, and that it could not say anything. */
const SAID_MS = 5_000;
const SILENT_MS = 1_000;
/** How long somebody waits for it. */
const WAIT_MS = 5_000;
/** How many keys are asked about at once: who sends more at random keeps nobody from the cloud for long. */
const MOST_AT_ONCE = 32;

/** What can stand in a header, and is long enough for a secret. */
const KEY = /^[\x21-\x7e]{8,4096}$/;
const OURS = /kb[kts]_/;

/** What is known of a key: whose it is, that it is none, or nothing. */
type Known = CloudKey | "unknown" | "unverifiable";

/** Keys of the cloud: what it says of one is asked for anew after seconds. */
export function createCloudCredentials(parts: CloudParts): Authenticator {
  const { verify, isIssued, stopwatch, log } = parts;
  const once = createOnce<Known>({
    stopwatch,
    freshMs: (known) => (known === "unverifiable" ? SILENT_MS : SAID_MS),
    kindOf: (known) => (typeof known === "string" ? known : "verified"),
  });
  let asked = 0;

  return {
    recognises: (text) => mayBeCloudKey(text, isIssued),
    gap: null,
    authenticate: async (presented, session) => {
      const known = await once(presented, () => ask(presented));
      return typeof known === "string" ? unproven(known) : callerOf(parts, known, session);
    },
  };

  async function ask(presented: Secret): Promise<Known> {
    if (asked >= MOST_AT_ONCE) return unverifiable({ detail: "too many keys are asked about" });
    asked += 1;
    try {
      const verified = await verify(presented, { signal: AbortSignal.timeout(WAIT_MS) });
      if (!verified.ok) return unverifiable(withoutMessage(verified.failure));
      return verified.value ?? "unknown";
    } finally {
      asked -= 1;
    }
  }

  function unverifiable(facts: Readonly<Record<string, unknown>>): Known {
    log.error("a key of the Kubiya cloud cannot be verified", facts);
    return "unverifiable";
  }
}

/** The cloud's own words may repeat what it was sent, in some form that nobody here would know. */
function withoutMessage(failure: KubiyaFailure): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(failure).filter(([name]) => name !== "message"));
}

/** Whether a text is asked about in the cloud: what is of this server or of an issuer never is. */
export function mayBeCloudKey(text: string, isIssued: CloudParts["isIssued"]): boolean {
  return KEY.test(text) && !OURS.test(text) && !isIssued(text);
}

/** Tokens of known issuers alone, where others may be keys of the cloud. */
export function onlyOf(isIssued: CloudParts["isIssued"], tokens: Authenticator): Authenticator {
  return {
    recognises: (text) => tokens.recognises(text) && isIssued(text),
    get gap() {
      return tokens.gap;
    },
    authenticate: tokens.authenticate,
  };
}

async function callerOf(
  { scopes, store, latest, clock, log }: CloudParts,
  key: CloudKey,
  named: string | null,
): Promise<Caller> {
  const found = named === null ? null : await store.session(named);
  if (found?.ok === false) {
    log.error("the session of a cloud key's user cannot be read", { detail: found.failure.detail });
    return unproven("unverifiable");
  }
  const session = found === null ? null : found.value;
  const permissions = key.scopes.flatMap((scope) =>
    Object.hasOwn(scopes, scope) ? (scopes[scope] ?? []) : [],
  );
  return {
    principal: {
      kind: "user",
      id: key.user,
      roles: [],
      permissions: [...new Set(permissions)],
      claims: { scopes: key.scopes },
    },
    credential: {
      status: "verified",
      id: `cloud:${key.id}`,
      kind: "cloud",
      created_ms: null,
      expires_ms: key.expires_ms,
      revoked_ms: null,
      allowed_ips: null,
      allow_stdio: null,
      sessions: null,
      parent: null,
    },
    replaced_by: null,
    session: session && told(latest(session, clock())),
  };
}
