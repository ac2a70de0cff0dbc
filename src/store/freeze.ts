import { statement, type Statement } from "./database.ts";
import type { Change } from "./types.ts";

/** The one row of the brake. Where it is not there, somebody else took it away. */
export const FREEZE: Statement = statement("SELECT reason, since_ms FROM kubiya_freeze");

/** Writes whether there is a freeze, also where the row is not there any more. */
export function writeFreeze(freeze: NonNullable<Change["freeze"]>): Statement {
  const { reason, since_ms } = freeze === "lifted" ? LIFTED : freeze;
  return statement(
    `INSERT INTO kubiya_freeze (one, reason, since_ms) VALUES (1, $1, $2)
      ON CONFLICT (one) DO UPDATE SET reason = $1, since_ms = $2`,
    reason,
    since_ms,
  );
}

const LIFTED = { reason: null, since_ms: null };
