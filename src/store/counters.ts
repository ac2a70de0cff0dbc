import { statement, type Statement } from "./database.ts";

/** Moves the epoch on, and gives it as `value`. */
export const MOVE_EPOCH =
  "UPDATE kubiya_counter SET value = value + 1 WHERE name = 'epoch' RETURNING value";

/** The epoch of this moment, as `value`. */
export const EPOCH: Statement = statement("SELECT value FROM kubiya_counter WHERE name = 'epoch'");

/** Raises the high-water mark where it is lower, and gives it as `value`. */
export function raiseHighWater(nowMs: number): Statement {
  return statement(
    `UPDATE kubiya_counter SET value = CASE WHEN value < $1 THEN $1 ELSE value END
      WHERE name = 'high_water_ms' RETURNING value`,
    nowMs,
  );
}
