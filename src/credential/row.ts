// On the trust boundary: the rows of credentials as they are made and changed. Each is sealed, and the text of
// a credential is in none.

import { done, failed, type Outcome } from "../lib/outcome.ts";
import type { CredentialRow, StoredCredential } from "../store/types.ts";
import { mint } from "./format.ts";
import type { Peppers } from "./pepper.ts";
import { isSealed, seal, verifierOf } from "./seal.ts";
import type { Deed, DeedFailure, KnownCredential, Requested } from "./types.ts";

/** What a new credential is to have. */
type Rights = Requested & Pick<CredentialRow, "name" | "parent">;

/** Makes a credential, with its secret beside its row. */
export function makeRow(
  peppers: Peppers,
  { kind, name, user, roles, permissions, allowed_ips, allow_stdio, parent, expires_ms }: Rights,
  nowMs: number,
): Outcome<NonNullable<Deed["made"]>, DeedFailure> {
  const { current } = peppers;
  const pepper = peppers.version(current);
  if (pepper === null) return noPepper(current);
  const { id, secret } = mint(kind);
  const rights = { kind, name, user, roles, permissions, allowed_ips, allow_stdio, parent };
  const times = { created_ms: nowMs, expires_ms, revoked_ms: null };
  const fresh = { replaced_by: null, revision: 1, pepper: current };
  const verifier = verifierOf(pepper, secret.reveal());
  return done({ row: seal(pepper, { id, ...rights, ...times, ...fresh, verifier }), secret });
}

/** The next revision of a row. */
export function changeRow(
  peppers: Peppers,
  row: CredentialRow,
  changes: Partial<Pick<CredentialRow, "expires_ms" | "revoked_ms" | "replaced_by">>,
): Outcome<CredentialRow, DeedFailure> {
  const pepper = peppers.version(row.pepper);
  if (pepper === null) return noPepper(row.pepper);
  return done(seal(pepper, { ...row, ...changes, revision: row.revision + 1 }));
}

/**
 * A row that has ended, whoever wrote it: one that has ended has no rights that could be forged. Null where
 * it has ended already. Its parent must be there.
 */
export function revokeRow(
  peppers: Peppers,
  row: CredentialRow,
  { parent, nowMs }: Pick<CredentialRow, "parent"> & { readonly nowMs: number },
): Outcome<CredentialRow | null, DeedFailure> {
  if (row.revoked_ms !== null && isOurs(peppers, row)) return done(null);
  // Neither a pepper nor another key that somebody made up, or took away, may stand against its end.
  const pepper = peppers.version(row.pepper) === null ? peppers.current : row.pepper;
  return changeRow(peppers, { ...row, parent, pepper }, { revoked_ms: nowMs, replaced_by: null });
}

/** Whether a row is as this server wrote it. */
export function isOurs(peppers: Peppers, row: CredentialRow): boolean {
  const pepper = peppers.version(row.pepper);
  return pepper !== null && isSealed(pepper, row);
}

/** A stored credential, with whether its row is as this server wrote it. */
export function knownOf(peppers: Peppers, stored: StoredCredential): KnownCredential {
  return { ...stored, sealed: isOurs(peppers, stored.row) };
}

/** The rights and the end of a row. */
export function requestedOf(row: CredentialRow): Requested {
  const { kind, user, roles, permissions, allowed_ips, allow_stdio, expires_ms } = row;
  return { kind, user, roles, permissions, allowed_ips, allow_stdio, expires_ms };
}

/** What was made with that pepper cannot be made again, nor anything new. */
export function noPepper(version: number): Outcome<never, DeedFailure> {
  const detail = `version ${version} of the pepper is not there; put its file back from a copy`;
  return failed({ reason: "pepper_unusable", detail });
}
