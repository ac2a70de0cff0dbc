import type { Order } from "../credential/types.ts";
import type { Arrived } from "../enforcement/types.ts";

/**
 * The session that a caller's credential would open: none where there are no sessions (`idleMs` null), for
 * a credential that was not verified, and for a session that is the credential.
 */
export function sessionWanted({ circumstances }: Arrived, idleMs: number | null): Order | null {
  const { credential, principal } = circumstances.caller;
  if (idleMs === null || credential.status !== "verified" || credential.kind === "session") {
    return null;
  }
  const of = { credential: credential.id ?? "", user: principal.id ?? "", idle_ms: idleMs };
  return { do: "open_session", of };
}
