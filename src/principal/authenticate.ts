// On the trust boundary: says who a caller is. It never judges whether that caller may do anything, and it
// never takes a credential that was given for one that was not.

import type { KeepAlive, Verify } from "../credential/types.ts";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import type { Secret } from "../lib/secret.ts";
import type { Store } from "../store/types.ts";
import { holder, unproven } from "./caller.ts";
import type { Authenticate, Caller, Gap } from "./types.ts";

/** One kind of credential: which texts are of it, and who presents one. */
export interface Authenticator {
  readonly recognises: (text: string) => boolean;
  /** Null where such credentials can be verified. */
  readonly gap: Gap | null;
  readonly authenticate: (presented: Secret, session: string | null) => Promise<Caller>;
}

/** Asks the first authenticator that knows the kind; what none knows is a credential of nobody. */
export function createAuthenticate(authenticators: readonly Authenticator[]): Authenticate {
  return async ({ credential, session }) => {
    if (credential === null) return unproven("absent");
    const text = credential.reveal();
    const authenticator = authenticators.find(({ recognises }) => recognises(text));
    return authenticator?.authenticate(credential, session) ?? unproven("unknown");
  };
}

/** What hinders the first authenticator that knows the kind; null where nothing does. */
export function createGapOf(
  authenticators: readonly Authenticator[],
): (presented: Secret) => Gap | null {
  return (presented) => {
    const text = presented.reveal();
    return authenticators.find(({ recognises }) => recognises(text))?.gap ?? null;
  };
}

/** What knowing credentials of ours is made of. */
export interface OwnParts {
  readonly verify: Verify;
  readonly store: Pick<Store, "session">;
  readonly latest: KeepAlive["latest"];
  readonly clock: Clock;
  readonly log: Log;
}

/** Keys, tokens and sessions of this server. */
export function createOwnCredentials({
  verify,
  store,
  latest,
  clock,
  log,
}: OwnParts): Authenticator {
  return {
    recognises: (text) => /^kb[kts]_/.test(text),
    gap: null,
    authenticate: async (presented, session) => {
      const verified = await verify(presented);
      if (!verified.ok) return unreachable(verified.failure.detail);
      if (verified.value.status !== "verified") return unproven(verified.value.status);
      const named = verified.value.row.kind === "session" ? verified.value.row.id : session;
      const found = named === null ? null : await store.session(named);
      if (found?.ok === false) return unreachable(found.failure.detail);
      const row = found === null ? null : found.value;
      return holder(verified.value, row && latest(row, clock()));
    },
  };

  /** Whoever cannot be asked about is not let in, and not turned away for good. */
  function unreachable(detail: string): Caller {
    log.error("a credential cannot be verified", { detail });
    return unproven("unverifiable");
  }
}
