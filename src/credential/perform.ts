// On the trust boundary: makes, rotates, revokes and reads credentials. It does what a permit names and
// decides nothing; the text of a credential leaves it once, and is never written.

import { done, failed } from "../lib/outcome.ts";
import { isMinted } from "../lib/permit.ts";
import type { Store } from "../store/types.ts";
import type { Peppers } from "./pepper.ts";
import { knownOf } from "./row.ts";
import type { Perform } from "./types.ts";

/** Does deeds on a store. */
export function createPerform(store: Store, peppers: Peppers): Perform {
  return async (permit, nowMs) => {
    if (!isMinted(permit)) throw new Error("a permit that nobody minted");
    const { change, openSession, endSession, leaves, made } = permit.subject;
    if (openSession !== null) {
      const opened = await store.openSession(openSession.session, openSession.seen);
      if (!opened.ok) return opened;
    }
    const changed = await store.change(change);
    if (!changed.ok) return changed;
    if (endSession !== null) {
      const ended = await store.endSession(endSession);
      if (!ended.ok) return ended;
      if (!ended.value) return failed({ reason: "unknown_id", id: endSession });
    }
    const left = { made, opened: openSession?.session ?? null };
    if (leaves !== null) return done({ ...left, credentials: leaves, unreadable: 0, sessions: [] });
    const [found, sessions] = await Promise.all([store.credentials(), store.sessions({ nowMs })]);
    if (!found.ok) return found;
    if (!sessions.ok) return sessions;
    const { rows, unreadable } = found.value;
    const credentials = rows.map((one) => knownOf(peppers, one));
    return done({ ...left, credentials, unreadable, sessions: sessions.value });
  };
}
