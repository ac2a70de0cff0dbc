import { done, failed, type Outcome } from "../lib/outcome.ts";
import { type Row, statement, type Statement, type Work } from "./database.ts";
import { unavailable } from "./failure.ts";
import type { StoreFailure } from "./types.ts";

/** The words in which the two databases differ where a table is made. */
interface Words {
  /** A whole number of 8 bytes. */
  readonly whole: string;
  /** Text that is compared by its bytes. */
  readonly text: string;
  /** What stands behind a table. */
  readonly table: string;
}

interface Dialect extends Words {
  /** Gives a row where the table of the schema's version is there. */
  readonly begun: string;
}

/** SQLite: STRICT, as it would otherwise keep a text in a column of numbers. */
export const SQLITE: Dialect = {
  ...{ whole: "INTEGER", text: "TEXT", table: " STRICT" },
  begun: "SELECT name FROM sqlite_schema WHERE name = 'kubiya_schema'",
};

/** PostgreSQL. */
export const POSTGRES: Dialect = {
  ...{ whole: "BIGINT", text: 'TEXT COLLATE "C"', table: "" },
  begun: "SELECT 1 AS begun WHERE to_regclass('kubiya_schema') IS NOT NULL",
};

/** Version n of the schema is what the first n steps make. A step that was released never changes. */
export const STEPS: readonly ((words: Words) => readonly string[])[] = [
  credentialsAndSessions,
  sealedSessions,
  alerts,
  brake,
  definitions,
];

/**
 * Brings the schema to the version that this program knows, one step after the other. What another
 * process does at the same time waits for it. Where nothing is to be done it needs no right to make tables.
 */
export function* migrate(dialect: Dialect): Work<Outcome<void, StoreFailure>> {
  const begun = yield statement(dialect.begun);
  if (begun.length === 0) yield statement(versions(dialect));
  const applied = versionOf(yield statement("SELECT version FROM kubiya_schema"));
  if (applied > STEPS.length) return failed(tooNew(applied));
  for (const [at, step] of STEPS.entries()) {
    if (at < applied) continue;
    for (const sql of step(dialect)) yield statement(sql);
    yield noteStep(at + 1);
  }
  return done(undefined);
}

function versions({ whole, table }: Words): string {
  return `CREATE TABLE kubiya_schema (version ${whole} PRIMARY KEY)${table}`;
}

function versionOf(rows: readonly Row[]): number {
  return Math.max(0, ...rows.map(({ version }) => Number(version)));
}

function noteStep(version: number): Statement {
  return statement("INSERT INTO kubiya_schema (version) VALUES ($1)", version);
}

function tooNew(version: number): StoreFailure {
  const said = `its schema is version ${version}, and this program knows ${STEPS.length}`;
  return unavailable("use the store", said, "run the newer program that wrote it, or a later one");
}

/** The keys to other rows are looked at last: a rotated key is written before or after the one that replaces it. */
function credentialsAndSessions({ whole, text, table }: Words): readonly string[] {
  const reference = `${text} REFERENCES kubiya_credential (id) DEFERRABLE INITIALLY DEFERRED`;
  return [
    `CREATE TABLE kubiya_credential (
      id ${text} PRIMARY KEY,
      kind ${text} NOT NULL CHECK (kind IN ('key', 'token', 'session')),
      name ${text} NOT NULL,
      "user" ${text} NOT NULL,
      roles ${text} NOT NULL,
      permissions ${text},
      allowed_ips ${text},
      allow_stdio ${whole} NOT NULL CHECK (allow_stdio IN (0, 1)),
      parent ${reference},
      created_ms ${whole} NOT NULL,
      expires_ms ${whole} NOT NULL,
      revoked_ms ${whole},
      replaced_by ${reference},
      revision ${whole} NOT NULL CHECK (revision >= 1),
      pepper ${whole} NOT NULL,
      verifier ${text} NOT NULL,
      mac ${text} NOT NULL,
      last_used_ms ${whole}
    )${table}`,
    // Without a key to a credential: that of an external issuer's user is no row.
    `CREATE TABLE kubiya_session (
      id ${text} PRIMARY KEY,
      credential ${text} NOT NULL,
      "user" ${text} NOT NULL,
      started_ms ${whole} NOT NULL,
      used_ms ${whole} NOT NULL,
      idle_ms ${whole} NOT NULL,
      absolute_ms ${whole} NOT NULL
    )${table}`,
    "CREATE INDEX kubiya_session_credential ON kubiya_session (credential)",
    `CREATE TABLE kubiya_counter (name ${text} PRIMARY KEY, value ${whole} NOT NULL)${table}`,
    "INSERT INTO kubiya_counter (name, value) VALUES ('epoch', 1), ('high_water_ms', 0)",
  ];
}

/** Sessions from before have no seal, and so are over. */
function sealedSessions({ text }: Words): readonly string[] {
  return [`ALTER TABLE kubiya_session ADD COLUMN mac ${text} NOT NULL DEFAULT ''`];
}

/** `subject`, as `key` is a word of SQL's own. */
function alerts({ whole, text, table }: Words): readonly string[] {
  return [
    `CREATE TABLE kubiya_alert (
      id ${text} PRIMARY KEY,
      code ${text} NOT NULL,
      subject ${text} NOT NULL,
      body ${text} NOT NULL,
      created_ms ${whole} NOT NULL,
      quiet_ms ${whole} NOT NULL,
      due_ms ${whole} NOT NULL,
      attempts ${whole} NOT NULL,
      over_ms ${whole}
    )${table}`,
    "CREATE INDEX kubiya_alert_code ON kubiya_alert (code, subject)",
  ];
}

/** Its row is always there, so that taking it away frees nobody. */
function brake({ whole, text, table }: Words): readonly string[] {
  return [
    `CREATE TABLE kubiya_freeze (
      one ${whole} PRIMARY KEY CHECK (one = 1),
      reason ${text},
      since_ms ${whole},
      CHECK ((reason IS NULL) = (since_ms IS NULL))
    )${table}`,
    "INSERT INTO kubiya_freeze (one, reason, since_ms) VALUES (1, NULL, NULL)",
  ];
}

/** What was approved of a tool, beside what its source presents now. */
function definitions({ whole, text, table }: Words): readonly string[] {
  return [
    `CREATE TABLE kubiya_definition (
      tool ${text} PRIMARY KEY,
      origin ${text} NOT NULL,
      approved ${text},
      presented ${text} NOT NULL,
      approved_ms ${whole},
      presented_ms ${whole} NOT NULL,
      revision ${whole} NOT NULL CHECK (revision >= 1),
      pepper ${whole} NOT NULL,
      mac ${text} NOT NULL
    )${table}`,
  ];
}
