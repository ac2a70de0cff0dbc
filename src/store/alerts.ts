import { done, type Outcome } from "../lib/outcome.ts";
import { type Database, type Row, statement, type Work } from "./database.ts";
import { alertOf, numberOf } from "./rows.ts";
import type { Alerts, KeptAlert, StoreFailure, TakenAlert } from "./types.ts";

const INSERT = `INSERT INTO kubiya_alert
  (id, code, subject, body, created_ms, quiet_ms, due_ms, attempts, over_ms)
  VALUES ($1, $2, $3, $4, $5, $6, $7, 0, NULL)`;
// Asked twice, as PostgreSQL looks again at a row that it had to wait for.
const TAKE = `UPDATE kubiya_alert SET attempts = attempts + 1, due_ms = $2
  WHERE over_ms IS NULL AND due_ms <= $1 AND id = (
    SELECT id FROM kubiya_alert WHERE over_ms IS NULL AND due_ms <= $1 ORDER BY due_ms, id LIMIT 1)
  RETURNING id, body, created_ms, attempts`;
const AGAIN = "UPDATE kubiya_alert SET due_ms = $3 WHERE id = $1 AND attempts = $2";
const OVER = "UPDATE kubiya_alert SET over_ms = $3 WHERE id = $1 AND attempts = $2";

/** The alerts of a database. */
export function createAlerts({ run, transact }: Pick<Database, "run" | "transact">): Alerts {
  const settle = async (
    sql: string,
    { id, attempts }: TakenAlert,
    ms: number,
  ): Promise<Outcome<void, StoreFailure>> => {
    const rows = await run(statement(sql, id, attempts, ms));
    return rows.ok ? done(undefined) : rows;
  };
  return {
    keep: (alert, max) => transact(keep(alert, max)),
    take: async ({ nowMs, untilMs }) => {
      const rows = await run(statement(TAKE, nowMs, untilMs));
      return rows.ok ? oneOf(rows.value) : rows;
    },
    again: (taken, dueMs) => settle(AGAIN, taken, dueMs),
    over: (taken, atMs) => settle(OVER, taken, atMs),
  };
}

function* keep(
  alert: KeptAlert,
  max: number,
): Work<Outcome<"kept" | "repeated" | "full", StoreFailure>> {
  const { id, code, key, body, created_ms, quiet_ms, due_ms } = alert;
  yield statement(
    "DELETE FROM kubiya_alert WHERE over_ms IS NOT NULL AND quiet_ms <= $1",
    created_ms,
  );
  const same = yield statement(
    "SELECT id FROM kubiya_alert WHERE code = $1 AND subject = $2 AND quiet_ms > $3",
    ...[code, key, created_ms],
  );
  if (same.length > 0) return done("repeated");
  const kept = numberOf(
    yield statement("SELECT count(*) AS value FROM kubiya_alert WHERE code = $1", code),
  );
  if (!kept.ok) return kept;
  if (kept.value >= max) return done("full");
  yield statement(INSERT, id, code, key, body, created_ms, quiet_ms, due_ms);
  return done("kept");
}

function oneOf([row]: readonly Row[]): Outcome<TakenAlert | null, StoreFailure> {
  return row === undefined ? done(null) : alertOf(row);
}
