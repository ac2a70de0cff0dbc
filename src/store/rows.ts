// On the trust boundary: what was read from a table that others may have written. It never passes on a row
// that lacks a column or holds another type; whether a row was forged is for its MAC to say.

import { done, failed, type Outcome } from "../lib/outcome.ts";
import type { Row, Value } from "./database.ts";
import { unavailable } from "./failure.ts";
import type {
  CredentialRow,
  DefinitionRow,
  Freeze,
  SessionRow,
  StoredCredential,
  StoreFailure,
  TakenAlert,
} from "./types.ts";

type Shape = Readonly<Record<string, (value: unknown) => boolean>>;
type Fitting<S extends Shape> = {
  readonly [K in keyof S]: S[K] extends ((value: unknown) => value is infer T) ? T : never;
};

const isText = (value: unknown): value is string => typeof value === "string";
const isWhole = (value: unknown): value is number => Number.isSafeInteger(value);
const isTextOrNull = (value: unknown): value is string | null => value === null || isText(value);
const isWholeOrNull = (value: unknown): value is number | null => value === null || isWhole(value);
const isKind = (value: unknown): value is CredentialRow["kind"] =>
  value === "key" || value === "token" || value === "session";

const CREDENTIAL = {
  id: isText,
  kind: isKind,
  name: isText,
  user: isText,
  roles: isText,
  permissions: isTextOrNull,
  allowed_ips: isTextOrNull,
  allow_stdio: isWhole,
  parent: isTextOrNull,
  created_ms: isWhole,
  expires_ms: isWhole,
  revoked_ms: isWholeOrNull,
  replaced_by: isTextOrNull,
  revision: isWhole,
  pepper: isWhole,
  verifier: isText,
  mac: isText,
  last_used_ms: isWholeOrNull,
};

const SESSION = {
  id: isText,
  credential: isText,
  user: isText,
  started_ms: isWhole,
  used_ms: isWhole,
  idle_ms: isWhole,
  absolute_ms: isWhole,
  mac: isText,
};

const DEFINITION = {
  tool: isText,
  origin: isText,
  approved: isTextOrNull,
  presented: isText,
  approved_ms: isWholeOrNull,
  presented_ms: isWhole,
  revision: isWhole,
  pepper: isWhole,
  mac: isText,
};

const FREEZE = { reason: isTextOrNull, since_ms: isWholeOrNull };
const ALERT = { id: isText, body: isText, created_ms: isWhole, attempts: isWhole };

/** The columns of a credential, without what is noted beside it. */
export const CREDENTIAL_COLUMNS: readonly (keyof CredentialRow)[] = [
  ...(["id", "kind", "name", "user", "roles", "permissions", "allowed_ips"] as const),
  ...(["allow_stdio", "parent", "created_ms", "expires_ms", "revoked_ms"] as const),
  ...(["replaced_by", "revision", "pepper", "verifier", "mac"] as const),
];

/** The columns of a session. */
export const SESSION_COLUMNS: readonly (keyof SessionRow)[] = [
  ...(["id", "credential", "user", "started_ms", "used_ms", "idle_ms", "absolute_ms"] as const),
  "mac",
];

/** The columns of a definition. */
export const DEFINITION_COLUMNS: readonly (keyof DefinitionRow)[] = [
  ...(["tool", "origin", "approved", "presented", "approved_ms", "presented_ms"] as const),
  ...(["revision", "pepper", "mac"] as const),
];

/** A credential as it is written, in the order of its columns. */
export function credentialValues(row: CredentialRow): readonly Value[] {
  const written: Readonly<Record<keyof CredentialRow, Value>> = {
    ...row,
    roles: JSON.stringify(row.roles),
    permissions: row.permissions === null ? null : JSON.stringify(row.permissions),
    allowed_ips: row.allowed_ips === null ? null : JSON.stringify(row.allowed_ips),
    allow_stdio: row.allow_stdio ? 1 : 0,
  };
  return CREDENTIAL_COLUMNS.map((column) => written[column]);
}

/** A session as it is written, in the order of its columns. */
export function sessionValues(session: SessionRow): readonly Value[] {
  return SESSION_COLUMNS.map((column) => session[column]);
}

/** A credential as it was read. */
export function credentialOf(row: Row): Outcome<StoredCredential, StoreFailure> {
  if (!fits(CREDENTIAL, row)) return damaged("credential");
  const roles = listOf(row.roles);
  const permissions = row.permissions === null ? null : listOf(row.permissions);
  const allowedIps = row.allowed_ips === null ? null : listOf(row.allowed_ips);
  if (roles === undefined || permissions === undefined || allowedIps === undefined) {
    return damaged("credential");
  }
  const { id, kind, name, user, parent, created_ms, expires_ms, revoked_ms } = row;
  const { replaced_by, revision, pepper, verifier, mac, last_used_ms } = row;
  return done({
    row: {
      ...{ id, kind, name, user, roles, permissions, allowed_ips: allowedIps },
      ...{ allow_stdio: row.allow_stdio === 1, parent, created_ms, expires_ms, revoked_ms },
      ...{ replaced_by, revision, pepper, verifier, mac },
    },
    last_used_ms,
  });
}

/** A session as it was read. */
export function sessionOf(row: Row): Outcome<SessionRow, StoreFailure> {
  if (!fits(SESSION, row)) return damaged("session");
  const { id, credential, user, started_ms, used_ms, idle_ms, absolute_ms, mac } = row;
  return done({ id, credential, user, started_ms, used_ms, idle_ms, absolute_ms, mac });
}

/** A definition as it was read. */
export function definitionOf(row: Row): Outcome<DefinitionRow, StoreFailure> {
  if (!fits(DEFINITION, row)) return damaged("definition");
  const { tool, origin, approved, presented, approved_ms, presented_ms } = row;
  const { revision, pepper, mac } = row;
  const said = { tool, origin, approved, presented, approved_ms, presented_ms };
  return done({ ...said, revision, pepper, mac });
}

/** The brake as it was read; null where no freeze is on. */
export function freezeOf([row]: readonly Row[]): Outcome<Freeze | null, StoreFailure> {
  if (row === undefined || !fits(FREEZE, row)) return damaged("freeze");
  const { reason, since_ms } = row;
  if (reason === null && since_ms === null) return done(null);
  return reason === null || since_ms === null ? damaged("freeze") : done({ reason, since_ms });
}

/** An alert as it was read. */
export function alertOf(row: Row): Outcome<TakenAlert, StoreFailure> {
  if (!fits(ALERT, row)) return damaged("kept alert");
  const { id, body, created_ms, attempts } = row;
  return done({ id, body, created_ms, attempts });
}

/** A whole number as it was read, the only row of its kind. */
export function numberOf([row]: readonly Row[]): Outcome<number, StoreFailure> {
  const value = row?.["value"];
  return isWhole(value) ? done(value) : damaged("counter");
}

function fits<S extends Shape>(shape: S, row: Row): row is Row & Fitting<S> {
  return Object.entries(shape).every(([column, isOfType]) => isOfType(row[column]));
}

function listOf(text: string): readonly string[] | undefined {
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.every(isText) ? list : undefined;
  } catch {
    return undefined;
  }
}

function damaged(what: string): { readonly ok: false; readonly failure: StoreFailure } {
  const said = "it is not what this program wrote";
  return failed(unavailable(`read a ${what}`, said, "restore the store from a backup"));
}
