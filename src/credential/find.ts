// On the trust boundary: the credential that an order names, with what policies are told of it. It reads, and
// never takes a row that somebody else wrote for one of ours.

import { done, failed, type Outcome } from "../lib/outcome.ts";
import type { Store } from "../store/types.ts";
import type { Peppers } from "./pepper.ts";
import { knownOf, requestedOf } from "./row.ts";
import type { DeedFailure, KnownCredential, Subject } from "./types.ts";

/** What finding is made of. */
export interface FindParts {
  readonly store: Pick<Store, "credential" | "sessions">;
  readonly peppers: Peppers;
}

/** A credential, and what policies are told of it. */
interface Found {
  readonly stored: KnownCredential;
  readonly subject: Subject;
}

/** What somebody else wrote is neither a measure of rights nor sealed anew. */
export async function findOurs(
  parts: FindParts,
  id: string,
  nowMs: number,
): Promise<Outcome<Found, DeedFailure>> {
  const found = await find(parts, id, nowMs);
  if (!found.ok || found.value.stored.sealed) return found;
  return failed({ reason: "changed_outside", id });
}

/** The credential of an id, whoever wrote it. */
export async function find(
  { store, peppers }: FindParts,
  id: string,
  nowMs: number,
): Promise<Outcome<Found, DeedFailure>> {
  const found = await store.credential(id);
  if (!found.ok) return found;
  if (found.value === null) return failed({ reason: "unknown_id", id });
  const open = await store.sessions({ credential: id, nowMs });
  if (!open.ok) return open;
  const { row } = found.value;
  const { created_ms, revoked_ms } = row;
  const sessions = open.value.length;
  const subject = { ...requestedOf(row), id, created_ms, revoked_ms, sessions };
  return done({ stored: knownOf(peppers, found.value), subject });
}
