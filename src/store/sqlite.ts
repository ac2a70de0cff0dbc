// On the trust boundary: the file that keeps the credentials. It is never readable for anybody else, and
// what was answered as done is on the disk.

import { chmodSync, closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../lib/clock.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { MOVE_EPOCH } from "./counters.ts";
import { type Database, type Row, statement, type Statement, type Work } from "./database.ts";
import { codeOf } from "../lib/thrown.ts";
import { migrate, SQLITE } from "./migrations.ts";
import { numberOf } from "./rows.ts";
import { isBusy, sqliteFailure } from "./sqlite-failure.ts";
import type { StoreFailure } from "./types.ts";

/** How long one process waits for another's transaction. Each takes a few milliseconds. */
const BUSY_MS = 5000;
const RETRY_MS = 20;

/** Opens `store.sqlite` in a folder, makes both where they are not there, and brings the schema up to date. */
export async function openSqlite(
  folder: string,
  stopwatch: Clock,
): Promise<Outcome<Database, StoreFailure>> {
  const path = join(folder, "store.sqlite");
  const until = stopwatch() + BUSY_MS;
  for (;;) {
    try {
      makePrivate(folder, path);
      return await migrated(createDatabase(connect(path), path));
    } catch (error) {
      // To change to WAL the file must be nobody else's for a moment, and SQLite does not wait for that.
      if (!isBusy(error) || stopwatch() >= until) return failed(sqliteFailure("open", path, error));
    }
    await delay(RETRY_MS);
  }
}

async function migrated(database: Database): Promise<Outcome<Database, StoreFailure>> {
  const outcome = await database.transact(migrate(SQLITE));
  if (outcome.ok) return done(database);
  await database.close();
  return outcome;
}

/**
 * SQLite gives the files beside it the rights of the file itself. What is there is never opened here: closing
 * any descriptor of a file drops every record lock that the process has on it (fcntl(2)).
 */
function makePrivate(folder: string, path: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
    for (const file of [path, `${path}-wal`, `${path}-shm`]) makeFilePrivate(file);
  }
}

function makeFilePrivate(path: string): void {
  try {
    chmodSync(path, 0o600);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
}

function connect(path: string): DatabaseSync {
  const connection = new DatabaseSync(path, {
    timeout: BUSY_MS,
    enableForeignKeyConstraints: true,
  });
  try {
    connection.exec("PRAGMA journal_mode = WAL");
    connection.exec("PRAGMA synchronous = FULL");
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** Another number after whatever any other connection wrote, also one that is not this program's. */
const WRITTEN_BY_OTHERS = statement("SELECT data_version AS value FROM pragma_data_version");

function createDatabase(connection: DatabaseSync, path: string): Database {
  let moves = 0;
  const prepared = new Map<string, StatementSync>();
  // What SQL calls `$1` is a name for SQLite; it counts `?1`.
  const ask = ({ sql, values }: Statement): readonly Row[] => {
    const known = prepared.get(sql) ?? prepare(sql);
    prepared.set(sql, known);
    return known.all(...values).map(withNumbers);
  };
  const prepare = (sql: string): StatementSync => {
    const fresh = connection.prepare(sql.replaceAll("$", "?"));
    fresh.setReadBigInts(true);
    return fresh;
  };

  const attempt = <T, F>(work: () => Outcome<T, F>): Outcome<T, F | StoreFailure> => {
    try {
      return work();
    } catch (error) {
      // It may have happened.
      moves += 1;
      if (connection.isOpen && connection.isTransaction) connection.exec("ROLLBACK");
      return failed(sqliteFailure("use", path, error));
    }
  };

  return {
    run: async (asked) => attempt(() => done(ask(asked))),
    transact: async (work) =>
      attempt(() => {
        // Not deferred: a transaction that first reads and then writes is refused where another wrote between.
        connection.exec("BEGIN IMMEDIATE");
        const ended = toTheEnd(work, ask);
        connection.exec(ended.ok ? "COMMIT" : "ROLLBACK");
        return ended;
      }),
    moveEpoch: statement(MOVE_EPOCH),
    moved: () => (moves += 1),
    epoch: async () => {
      const others = attempt(() => numberOf(ask(WRITTEN_BY_OTHERS)));
      return others.ok ? done(moves + others.value) : others;
    },
    close: async () => {
      if (connection.isOpen) connection.close();
    },
  };
}

/** A whole number that does not fit would spoil the whole answer: here it comes, and is refused with its row. */
function withNumbers(row: Row): Row {
  const columns = Object.entries(row);
  return Object.fromEntries(
    columns.map(([column, value]) => [column, typeof value === "bigint" ? Number(value) : value]),
  );
}

function toTheEnd<T>(work: Work<T>, ask: (statement: Statement) => readonly Row[]): T {
  let step = work.next();
  while (step.done !== true) step = work.next(ask(step.value));
  return step.value;
}
