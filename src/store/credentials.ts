import { done, failed, type Outcome } from "../lib/outcome.ts";
import { statement, type Statement, type Work } from "./database.ts";
import { CREDENTIAL_COLUMNS, credentialValues, numberOf } from "./rows.ts";
import { writeDefinition } from "./definitions.ts";
import { writeFreeze } from "./freeze.ts";
import * as sessions from "./sessions.ts";
import type { Change, Conflict, CredentialRow, StoreFailure, UnknownId } from "./types.ts";

// Quoted, as `user` is a word of PostgreSQL's own.
const COLUMNS = CREDENTIAL_COLUMNS.map((column) => `"${column}"`).join(", ");
const PLACES = CREDENTIAL_COLUMNS.map((_, at) => `$${at + 1}`).join(", ");
const BEFORE = `$${CREDENTIAL_COLUMNS.length + 1}`;

const INSERT = `INSERT INTO kubiya_credential (${COLUMNS}) VALUES (${PLACES})
  ON CONFLICT (id) DO NOTHING RETURNING id`;
const UPDATE = `UPDATE kubiya_credential SET (${COLUMNS}) = (${PLACES})
  WHERE id = $1 AND revision = ${BEFORE} RETURNING id`;

/** The id of the row that stands in for one that is not there. */
export const NOBODY = "";
const STAND_IN = `'${NOBODY}', 'key', 'nobody', 'nobody', '["nothing"]', '["nothing"]', NULL, 0, NULL, 0, 0, NULL,
  NULL, 1, 0, '${"0".repeat(64)}', '${"0".repeat(64)}', NULL`;

/** The credential of an id, or nobody's: to read one that is not there takes as long as to read one that is. */
export function credentialById(id: string): Statement {
  return statement(
    `SELECT ${COLUMNS}, last_used_ms FROM kubiya_credential WHERE id = $1
      UNION ALL SELECT ${STAND_IN} ORDER BY 1 DESC LIMIT 1`,
    id,
  );
}

/** Every credential, the oldest first. */
export function allCredentials(): Statement {
  return statement("SELECT * FROM kubiya_credential ORDER BY created_ms, id");
}

/** Notes a use that is later than the one noted. */
export function noteUse(id: string, atMs: number): Statement {
  return statement(
    `UPDATE kubiya_credential SET last_used_ms = $2
      WHERE id = $1 AND (last_used_ms IS NULL OR last_used_ms < $2)`,
    id,
    atMs,
  );
}

/** Carries out a change; gives the epoch after it, and null where nothing that is remembered has changed. */
export function* carryOut(
  { credentials, endSessionsOf, openSession, endSession, freeze, definitions }: Change,
  moveEpoch: Statement,
): Work<Outcome<number | null, Conflict | UnknownId | StoreFailure>> {
  for (const row of credentials) {
    const written = yield write(row);
    if (written.length === 0) return failed({ reason: "conflict" });
  }
  for (const credential of endSessionsOf) yield sessions.endOf(credential);
  if (endSession !== null) {
    const ended = yield sessions.end(endSession);
    if (ended.length + credentials.length === 0) {
      return failed({ reason: "unknown_id", id: endSession });
    }
  }
  if (openSession !== null) {
    const opened = yield* sessions.open(openSession.session, openSession.seen);
    if (!opened.ok) return opened;
  }
  for (const row of definitions) {
    const written = yield writeDefinition(row);
    if (written.length === 0) return failed({ reason: "conflict" });
  }
  if (freeze !== null) yield writeFreeze(freeze);
  const nothing = credentials.length + endSessionsOf.length + definitions.length === 0;
  const stays = nothing && endSession === null && freeze === null;
  return stays ? done(null) : numberOf(yield moveEpoch);
}

function write(row: CredentialRow): Statement {
  const values = credentialValues(row);
  if (row.revision === 1) return statement(INSERT, ...values);
  return statement(UPDATE, ...values, row.revision - 1);
}
