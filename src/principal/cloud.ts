// On the trust boundary: keys of the Kubiya cloud. They have no form of their own, so what is of no other kind is
// asked about there; what is of this server or of its issuer never leaves. Every customer of the cloud has keys
// that hold: only those of this server's own organisation count. Where the cloud cannot say, nobody is let in.

import type { KeyObject } from "node:crypto";
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
  /** The server's own credentials at the moment. The first of them that may be a cloud key says whose keys count. */
  readonly own: () => readonly Secret[];
  /** The permissions that each scope stands for. */
  readonly scopes: Readonly<Record<string, readonly string[]>>;
  /** Whether an issuer that is known, or was, made it: then it is none of the cloud's. */
  readonly isIssued: (text: string) => boolean;
  /** What keys are remembered under is made with it. */
  readonly memoryKey: KeyObject;
  readonly store: Pick<Store, "session">;
  readonly latest: KeepAlive["latest"];
  readonly clock: Clock;
  /** Milliseconds that only go forward. */
  readonly stopwatch: Clock;
  readonly log: Log;
}

/** How long it is believed what the cloud said of a key; not a moment, that too many were asked about. */
const FRESH_MS = { verified: 5_000, unknown: 2_000, unverifiable: 1_000, crowded: 0 } as const;
/** How long somebody waits for it. */
const WAIT_MS = 5_000;
/** How many keys that somebody presents are asked about at once. */
const MOST_AT_ONCE = 32;

/** What can stand in a header, and is long enough for a secret. */
const SENDABLE = /^[\x21-\x7e]{8,4096}$/;

/** What has one of this server's credentials in it, or a part that its secret could be in. */
const OURS = /(?:^|[^0-9a-z_-])kb[kts]_|kb[kts]_[0-9a-z]{16}_/i;

/** What is known of a key: whose it is, that it is none, or nothing. */
type Known = CloudKey | "unknown" | "unverifiable" | "crowded";

/** Keys of the cloud: what it says of one is asked for anew after seconds. */
export function createCloudCredentials(parts: CloudParts): Authenticator {
  const { verify, own, isIssued, memoryKey, stopwatch, log } = parts;
  const kindOf = (known: Known): keyof typeof FRESH_MS =>
    typeof known === "string" ? known : "verified";
  const freshMs = (known: Known): number => FRESH_MS[kindOf(known)];
  const once = createOnce<Known>({ key: memoryKey, stopwatch, freshMs, kindOf });
  let asked = 0;

  return {
    recognises: (text) => home() !== null && mayBeCloudKey(text, isIssued),
    gap: null,
    authenticate: async (presented, session) => {
      const key = await once(presented, () => askAmongMany(presented));
      if (typeof key === "string") return key === "unknown" ? refuse(NONE) : unsure();
      const ours = home();
      // The cloud knows this one already, so how long it takes to compare them tells nothing.
      if (presented.reveal() === ours?.reveal()) return callerOf(parts, key, session);
      const organization = ours === null ? null : await organizationOf(ours);
      if (organization === null) return unsure();
      if (key.organization !== organization) return refuse("it is of another organisation");
      return callerOf(parts, key, session);
    },
  };

  /** Null where nothing that anybody presents goes to the cloud. */
  function home(): Secret | null {
    return own().find((key) => mayBeCloudKey(key.reveal(), isIssued)) ?? null;
  }

  /** The organisation of the server's own key; null where nobody can say. No crowd stands in the way of asking. */
  async function organizationOf(ours: Secret): Promise<string | null> {
    const key = await once(ours, () => ask(ours));
    if (typeof key !== "string" && key.organization !== null) return key.organization;
    const detail =
      typeof key === "string"
        ? `the server's own key is ${key} in the cloud`
        : "the cloud does not say of which organisation the server's own key is";
    log.error("no key of the Kubiya cloud but the server's own is let in", { detail });
    return null;
  }

  function refuse(detail: string): Caller {
    log.info("a credential was refused", { detail });
    return unproven("unknown");
  }

  async function askAmongMany(presented: Secret): Promise<Known> {
    if (asked >= MOST_AT_ONCE) {
      log.error("a key of the Kubiya cloud cannot be verified", {
        detail: `${MOST_AT_ONCE} others are being verified`,
      });
      return "crowded";
    }
    asked += 1;
    try {
      return await ask(presented);
    } finally {
      asked -= 1;
    }
  }

  async function ask(key: Secret): Promise<Known> {
    const verified = await verify(key, { signal: AbortSignal.timeout(WAIT_MS) });
    if (verified.ok) return verified.value ?? "unknown";
    log.error("a key of the Kubiya cloud cannot be verified", factsOf(verified.failure));
    return "unverifiable";
  }
}

const NONE = "it is no credential of this server, and the Kubiya cloud has no such key";

function unsure(): Caller {
  return unproven("unverifiable");
}

/** What the client says of a failure. What the cloud says may repeat what it was sent. */
function factsOf(failure: KubiyaFailure): Readonly<Record<string, unknown>> {
  const { reason } = failure;
  const endpoint = "endpoint" in failure ? failure.endpoint : null;
  const status = "status" in failure ? failure.status : null;
  const detail = "detail" in failure ? failure.detail : null;
  return { reason, endpoint, status, detail };
}

/** Whether a text may go to the cloud: nothing of this server's credentials is in it, and no issuer made it. */
export function mayBeCloudKey(text: string, isIssued: CloudParts["isIssued"]): boolean {
  return SENDABLE.test(text) && !OURS.test(text) && !isIssued(text);
}

async function callerOf(
  { scopes, store, latest, clock, log }: CloudParts,
  key: CloudKey,
  named: string | null,
): Promise<Caller> {
  const found = named === null ? null : await store.session(named);
  if (found?.ok === false) {
    log.error("the session of a cloud key's user cannot be read", { detail: found.failure.detail });
    return unsure();
  }
  const session = found === null ? null : found.value;
  // Never null, which would be no limit: who has no scope that is known here may do nothing.
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
