import { done, failed, type Outcome } from "../lib/outcome.ts";
import { statement, type Statement, type Work } from "./database.ts";
import { SESSION_COLUMNS, sessionOf, sessionValues } from "./rows.ts";
import type { Conflict, SessionRow } from "./types.ts";

/** How long a session that is over is kept, so that its caller learns that it has expired. */
const KEPT_MS = 86_400_000;

const COLUMNS = SESSION_COLUMNS.map((column) => `"${column}"`).join(", ");
const PLACES = SESSION_COLUMNS.map((_, at) => `$${at + 1}`).join(", ");

const INSERT = `INSERT INTO kubiya_session (${COLUMNS}) VALUES (${PLACES})
  ON CONFLICT (id) DO NOTHING RETURNING id`;
// NUMERIC: a sum that does not fit into 8 bytes would spoil the answer about all of them.
const IDLE_END = "CAST(used_ms AS NUMERIC) + idle_ms";
const ABSOLUTE_END = "CAST(started_ms AS NUMERIC) + absolute_ms";
const OPEN = `${IDLE_END} > $1 AND ${ABSOLUTE_END} > $1`;
const OVER = `${IDLE_END} <= $1 OR ${ABSOLUTE_END} <= $1`;

/** The session of an id. */
export function sessionById(id: string): Statement {
  return statement("SELECT * FROM kubiya_session WHERE id = $1", id);
}

/** The open sessions of everybody, the oldest first. */
export function openSessions(nowMs: number): Statement {
  return statement(`SELECT * FROM kubiya_session WHERE ${OPEN} ORDER BY started_ms, id`, nowMs);
}

/** The open sessions of one credential, the oldest first. */
export function openSessionsOf(credential: string, nowMs: number): Statement {
  return statement(
    `SELECT * FROM kubiya_session WHERE ${OPEN} AND credential = $2 ORDER BY started_ms, id`,
    nowMs,
    credential,
  );
}

/** Notes a request that is later than the one noted. */
export function noteRequest({
  id,
  used_ms,
  mac,
}: Pick<SessionRow, "id" | "used_ms" | "mac">): Statement {
  return statement(
    "UPDATE kubiya_session SET used_ms = $2, mac = $3 WHERE id = $1 AND used_ms < $2",
    id,
    used_ms,
    mac,
  );
}

/** Ends all sessions of a credential. */
export function endOf(credential: string): Statement {
  return statement("DELETE FROM kubiya_session WHERE credential = $1", credential);
}

/** Keeps a session where its credential has as many open ones as were seen. */
export function* open(session: SessionRow, seen: number): Work<Outcome<void, Conflict>> {
  yield statement(`DELETE FROM kubiya_session WHERE ${OVER}`, session.started_ms - KEPT_MS);
  const others = yield openSessionsOf(session.credential, session.started_ms);
  const readable = others.filter((other) => sessionOf(other).ok);
  if (readable.length !== seen) return failed({ reason: "conflict" });
  const written = yield statement(INSERT, ...sessionValues(session));
  return written.length === 0 ? failed({ reason: "conflict" }) : done(undefined);
}

/** Ends a session, and gives its id where there was one. */
export function end(id: string): Statement {
  return statement("DELETE FROM kubiya_session WHERE id = $1 RETURNING id", id);
}
