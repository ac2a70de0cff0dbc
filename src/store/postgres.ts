// On the trust boundary: the database that keeps the credentials of several servers. It never answers that
// something is done before the server has said so, and never shows the password.

import { Client, Pool, type PoolClient, type PoolConfig, types } from "pg";
import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../lib/clock.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import type { Secret } from "../lib/secret.ts";
import { EPOCH, MOVE_EPOCH } from "./counters.ts";
import { type Database, type Row, statement, type Statement, type Work } from "./database.ts";
import { CHANNEL, watchEpoch } from "./epoch.ts";
import { migrate, POSTGRES } from "./migrations.ts";
import { type PostgresFailure, postgresFailure } from "./postgres-failure.ts";
import { numberOf } from "./rows.ts";
import type { StoreFailure } from "./types.ts";

/** What the connection string does not say otherwise. The server gives up before the client does. */
const BOUNDS: PoolConfig = {
  max: 5,
  connectionTimeoutMillis: 2000,
  idleTimeoutMillis: 30_000,
  statement_timeout: 3000,
  idle_in_transaction_session_timeout: 3000,
  query_timeout: 4000,
  keepAlive: true,
  fallback_application_name: "kubiya",
};

/** Where an answer about the epoch takes longer, the connection is better opened anew. */
const EPOCH_BOUNDS = { query_timeout: 2000, fallback_application_name: "kubiya epoch" };

const CLOSE_MS = 2000;

/** Whoever writes holds this (any number that no other program takes). */
const WRITER_LOCK = 7_166_294_102;

/** Opens the database that a connection string names, and brings the schema up to date. */
export async function openPostgres(
  connection: Secret,
  stopwatch: Clock,
): Promise<Outcome<Database, StoreFailure>> {
  const config = { ...BOUNDS, types: { getTypeParser }, connectionString: connection.reveal() };
  const told = postgresFailure(config);
  if (!told.ok) return told;
  const failure = told.value;
  const pool = createPool(config, failure);
  const opened = await begin();
  if (!opened.ok) await pool.close();
  return opened;

  async function begin(): Promise<Outcome<Database, StoreFailure>> {
    const migrated = await pool.transact(migrate(POSTGRES));
    if (!migrated.ok) return migrated;
    const askedAt = stopwatch();
    const rows = await pool.run(EPOCH);
    if (!rows.ok) return rows;
    const epoch = numberOf(rows.value);
    if (!epoch.ok) return epoch;
    const watch = watchEpoch({
      first: { epoch: epoch.value, askedAt },
      createClient: () => new Client({ ...config, ...EPOCH_BOUNDS }),
      ...{ stopwatch, failure },
    });
    return done({
      ...pool,
      moveEpoch: statement(
        `WITH moved AS (${MOVE_EPOCH}) SELECT value, pg_notify('${CHANNEL}', '') FROM moved`,
      ),
      moved: watch.moved,
      epoch: async () => watch.epoch(),
      close: async () => {
        await Promise.all([watch.close(), pool.close()]);
      },
    });
  }
}

/** Every wait on the pool ends within the bounds above. */
function createPool(
  config: PoolConfig,
  failure: PostgresFailure,
): Pick<Database, "run" | "transact" | "close"> {
  const pool = new Pool(config);
  let ended: Promise<void> | null = null;
  // An error with no listener would end the process. The next query meets it again.
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  return {
    run: async ({ sql, values }) => {
      try {
        return done((await pool.query<Row>(sql, [...values])).rows);
      } catch (error) {
        return failed(failure("use", error));
      }
    },
    transact: async (work) => {
      try {
        return await transacted(await pool.connect(), work);
      } catch (error) {
        return failed(failure("use", error));
      }
    },
    close: async () => {
      ended ??= pool.end();
      await Promise.race([ended, delay(CLOSE_MS, undefined, { ref: false })]);
    },
  };
}

async function transacted<T, F>(
  client: PoolClient,
  work: Work<Outcome<T, F>>,
): Promise<Outcome<T, F>> {
  try {
    await client.query("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE");
    // What is read after this sees all that the writers before have done.
    await client.query("SELECT pg_advisory_xact_lock($1)", [WRITER_LOCK]);
    const ended = await toTheEnd(work, async ({ sql, values }) => {
      const { rows } = await client.query<Row>(sql, [...values]);
      return rows;
    });
    await client.query(ended.ok ? "COMMIT" : "ROLLBACK");
    client.release();
    return ended;
  } catch (error) {
    // Closed and not given back: whatever it was in the middle of, the server undoes.
    client.release(true);
    throw error;
  }
}

async function toTheEnd<T>(
  work: Work<T>,
  ask: (statement: Statement) => Promise<readonly Row[]>,
): Promise<T> {
  let step = work.next();
  while (step.done !== true) step = work.next(await ask(step.value));
  return step.value;
}

/** Whole numbers of 8 bytes come as text, as not all of them fit: those that do not are refused later. */
function getTypeParser(
  ...[type, format]: Parameters<typeof types.getTypeParser>
): ReturnType<typeof types.getTypeParser> {
  return type === types.builtins.INT8 ? Number : types.getTypeParser(type, format);
}
