// On the trust boundary: the rows of credentials as they are made and changed. Each is sealed, and the text of
// a credential is in none.

import { done, failed, type Outcome } from "../lib/outcome.ts";
import type { CredentialRow } from "../store/types.ts";
import { mint } from "./format.ts";
import type { Peppers } from "./pepper.ts";
import { isSealed, seal, verifierOf } from "./seal.ts";
import type { Deed, DeedFailure, Requested } from "./types.ts";

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

/** Whether a row is as this server wrote it. */
export function isOurs(peppers: Peppers, row: CredentialRow): boolean {
  const pepper = peppers.version(row.pepper);
  return pepper !== null && isSealed(pepper, row);
}

/** The rights and the end of a row. */
export function requestedOf(row: CredentialRow): Requested {
  const { kind, user, roles, permissions, allowed_ips, allow_stdio, expires_ms } = row;
  return { kind, user, roles, permissions, allowed_ips, allow_stdio, expires_ms };
}

function noPepper(version: number): Outcome<never, DeedFailure> {
  const detail = `version ${version} of the pepper is not there; put its file back from a copy`;
  return failed({ reason: "pepper_unusable", detail });
}
