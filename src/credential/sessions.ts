// On the trust boundary: the records of sessions. One that somebody else wrote or changed is nobody's, and is
// never sealed anew.

import type { Log } from "../lib/log.ts";
import { done, type Outcome } from "../lib/outcome.ts";
import type { SessionRow, Store } from "../store/types.ts";
import type { Peppers } from "./pepper.ts";
import { noPepper } from "./row.ts";
import { equal, macOfSession } from "./seal.ts";
import type { DeedFailure } from "./types.ts";

/** What keeping sessions is made of. */
interface SessionsParts {
  readonly store: Pick<Store, "session" | "refreshSession">;
  readonly peppers: Peppers;
  readonly log: Log;
}

/** The sessions that this server keeps. */
export interface Sessions {
  /** Of an id; null also where somebody else wrote it. */
  readonly session: Store["session"];
  /** Notes an accepted request. */
  readonly refreshSession: (id: string, usedMs: number) => Promise<Outcome<void, DeedFailure>>;
}

/** Sessions in a store. */
export function createSessions({ store, peppers, log }: SessionsParts): Sessions {
  const session: Sessions["session"] = async (id) => {
    const found = await store.session(id);
    if (!found.ok || found.value === null || isSealed(peppers, found.value)) return found;
    log.error("a stored session was changed outside", { id });
    return done(null);
  };
  return {
    session,
    refreshSession: async (id, usedMs) => {
      const found = await session(id);
      if (!found.ok) return found;
      // Somebody ended it meanwhile.
      if (found.value === null) return done(undefined);
      const sealed = sealSession(peppers, { ...found.value, used_ms: usedMs });
      return sealed.ok ? store.refreshSession(sealed.value) : sealed;
    },
  };
}

/** A session that nobody can change without the pepper. Where there is a new pepper, it is over. */
export function sealSession(
  peppers: Peppers,
  session: Omit<SessionRow, "mac">,
): Outcome<SessionRow, DeedFailure> {
  const pepper = peppers.version(peppers.current);
  if (pepper === null) return noPepper(peppers.current);
  return done({ ...session, mac: macOfSession(pepper, session) });
}

/** Whether this server wrote the row as it is. */
export function isSealed(peppers: Peppers, session: SessionRow): boolean {
  const pepper = peppers.version(peppers.current);
  return pepper !== null && equal(session.mac, macOfSession(pepper, session));
}
