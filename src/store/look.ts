// On the trust boundary: looks at a store as it is. It makes nothing, changes nothing and holds nothing open.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Client, type ClientConfig } from "pg";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import type { Secret } from "../lib/secret.ts";
import { STEPS } from "./migrations.ts";
import { postgresFailure } from "./postgres-failure.ts";
import { sqliteFailure } from "./sqlite-failure.ts";
import type { StoreFailure, StoreSeen } from "./types.ts";

const BOUNDS: ClientConfig = {
  connectionTimeoutMillis: 3000,
  statement_timeout: 3000,
  query_timeout: 4000,
  fallback_application_name: "kubiya doctor",
};

const BUSY_MS = 2000;

/** What both databases are asked, once there is anything to be asked for. */
const VERSION = "SELECT max(version) AS value FROM kubiya_schema";
const HIGH_WATER = "SELECT value FROM kubiya_counter WHERE name = 'high_water_ms'";

type Ask = (sql: string) => Promise<unknown>;

/** Looks at the store of a configuration within a few seconds. */
export async function lookAtStore(where: {
  readonly postgres: Secret | null;
  readonly stateDir: string;
}): Promise<Outcome<StoreSeen, StoreFailure>> {
  return where.postgres === null ? lookAtFile(where.stateDir) : lookAtServer(where.postgres);
}

async function lookAtFile(folder: string): Promise<Outcome<StoreSeen, StoreFailure>> {
  const path = join(folder, "store.sqlite");
  if (!existsSync(path)) return done({ schema: "none", highWaterMs: null });
  try {
    const connection = new DatabaseSync(path, { readOnly: true, timeout: BUSY_MS });
    try {
      const ask: Ask = async (sql) => connection.prepare(sql).get()?.["value"];
      const begun = await ask(
        "SELECT count(*) AS value FROM sqlite_schema WHERE name = 'kubiya_schema'",
      );
      return done(await seen(begun, ask));
    } finally {
      connection.close();
    }
  } catch (thrown) {
    return failed(sqliteFailure("read", path, thrown));
  }
}

async function lookAtServer(connection: Secret): Promise<Outcome<StoreSeen, StoreFailure>> {
  const config = { ...BOUNDS, connectionString: connection.reveal() };
  const failure = postgresFailure(config);
  if (!failure.ok) return failure;
  const client = new Client(config);
  // The query that waits meets it as well.
  client.on("error", () => {});
  try {
    await client.connect();
    const ask: Ask = async (sql) =>
      (await client.query<{ readonly value: unknown }>(sql)).rows[0]?.value;
    const begun = await ask(
      "SELECT count(*) AS value FROM pg_class WHERE oid = to_regclass('kubiya_schema')",
    );
    return done(await seen(begun, ask));
  } catch (thrown) {
    return failed(failure.value("read", thrown));
  } finally {
    await client.end().catch(() => {});
  }
}

/** PostgreSQL gives whole numbers of 8 bytes as text. */
async function seen(begun: unknown, ask: Ask): Promise<StoreSeen> {
  if (Number(begun) === 0) return { schema: "none", highWaterMs: null };
  const version = Number(await ask(VERSION));
  if (version > STEPS.length) return { schema: "newer", highWaterMs: null };
  const highWaterMs = Number(await ask(HIGH_WATER));
  return { schema: version < STEPS.length ? "older" : "current", highWaterMs };
}
