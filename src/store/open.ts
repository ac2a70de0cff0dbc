import type { Clock } from "../lib/clock.ts";
import { done, type Outcome } from "../lib/outcome.ts";
import type { Secret } from "../lib/secret.ts";
import { openSqlite } from "./sqlite.ts";
import { createStore } from "./store.ts";
import type { Store, StoreFailure } from "./types.ts";

interface StoreParts {
  /** A connection string; null: SQLite in the folder of the state. */
  readonly postgres: Secret | null;
  readonly stateDir: string;
  /** Milliseconds that only go forward, whatever is done to the time of day. */
  readonly stopwatch: Clock;
}

/** Opens the store with its schema up to date, and makes it where it is not there. */
export async function openStore(parts: StoreParts): Promise<Outcome<Store, StoreFailure>> {
  const { postgres, stateDir, stopwatch } = parts;
  const database =
    postgres === null
      ? await openSqlite(stateDir, stopwatch)
      : await (await import("./postgres.ts")).openPostgres(postgres, stopwatch);
  return database.ok ? done(createStore(database.value)) : database;
}
