import type { Outcome } from "../lib/outcome.ts";
import type { StoreFailure } from "./types.ts";

/** What a column holds. */
export type Value = string | number | null;

/** SQL that both databases understand, with `$1`, `$2` ... for its values. */
export interface Statement {
  readonly sql: string;
  readonly values: readonly Value[];
}

/** A row as the driver gave it: checked before it is believed. */
export type Row = Readonly<Record<string, unknown>>;

/**
 * Work in a transaction: a generator that yields a statement and is given its rows. SQLite runs it within
 * one turn of the event loop, so that nobody else gets into its transaction; PostgreSQL over the wire.
 */
export type Work<T> = Generator<Statement, T, readonly Row[]>;

/** What the two databases have in common. */
export interface Database {
  /** One statement, which happens or does not. */
  readonly run: (statement: Statement) => Promise<Outcome<readonly Row[], StoreFailure>>;
  /** Nobody else writes meanwhile. It happens when the work ends well, and not when it ends in a failure. */
  readonly transact: <T, F>(work: Work<Outcome<T, F>>) => Promise<Outcome<T, F | StoreFailure>>;
  /** Moves the epoch on, tells the other processes, and gives it as `value`. */
  readonly moveEpoch: Statement;
  /** This process moved the epoch itself and need not wait to hear of it. */
  readonly moved: (epoch: number) => void;
  readonly epoch: () => Promise<Outcome<number, StoreFailure>>;
  readonly close: () => Promise<void>;
}

/** A statement of some SQL. */
export function statement(sql: string, ...values: readonly Value[]): Statement {
  return { sql, values };
}
