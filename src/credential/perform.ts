// On the trust boundary: makes, rotates, revokes and reads credentials. It does what a permit names and
// decides nothing; the text of a credential leaves it once, and is never written.

import { done } from "../lib/outcome.ts";
import { isMinted } from "../lib/permit.ts";
import type { Store } from "../store/types.ts";
import type { Peppers } from "./pepper.ts";
import { knownOf } from "./row.ts";
import { isSealed } from "./sessions.ts";
import type { Perform } from "./types.ts";

/** Does deeds on a store. */
export function createPerform(store: Store, peppers: Peppers): Perform {
  return async (permit, nowMs) => {
    if (!isMinted(permit)) throw new Error("a permit that nobody minted");
    const { change, leaves, made } = permit.subject;
    if (leaves !== null) {
      const changed = await store.change(change);
      if (!changed.ok) return changed;
      const opened = change.openSession?.session ?? null;
      const left = { credentials: leaves, unreadable: 0, sessions: [] };
      return done({ atMs: nowMs, made, opened, ...left });
    }
    const [found, sessions] = await Promise.all([store.credentials(), store.sessions({ nowMs })]);
    if (!found.ok) return found;
    if (!sessions.ok) return sessions;
    const { rows, unreadable } = found.value;
    const credentials = rows.map((one) => knownOf(peppers, one));
    const known = sessions.value.map((row) => ({ ...row, sealed: isSealed(peppers, row) }));
    const left = { credentials, unreadable, sessions: known };
    return done({ atMs: nowMs, made, opened: null, ...left });
  };
}
