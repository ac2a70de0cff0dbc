// On the trust boundary: turns errors of the driver into words for an operator. It never passes on the
// password of the connection string, whatever text it stands in.

import type { ClientConfig } from "pg";
import { Client } from "pg";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { codeOf, textOf } from "../lib/thrown.ts";
import { unavailable } from "./failure.ts";
import type { StoreFailure } from "./types.ts";

/** A failure of the database that a connection string names. */
export type PostgresFailure = (attempt: string, error: unknown) => StoreFailure;

const MENDS: Readonly<Record<string, string>> = {
  "28P01": "correct the user or the password in store.postgres",
  "28000":
    "correct the user in store.postgres, or let it in where the server says who may (pg_hba.conf)",
  "3D000": "create that database, or name another one in store.postgres",
  "42501": "let its user make tables in its schema, and read and write them",
  "25006": "name the primary server in store.postgres",
  "53300": "let the server take more connections",
  "53100": "free some space on the server's disk",
  "57014": "another transaction holds the store; end it",
};

/** How failures of a database are told; a failure itself where the connection string cannot be read. */
export function postgresFailure(config: ClientConfig): Outcome<PostgresFailure, StoreFailure> {
  try {
    const { host, port, database, password } = new Client(config);
    const place = `PostgreSQL at ${host}:${port}/${database ?? ""}`;
    return done((attempt, error) => {
      const mend = MENDS[codeOf(error)] ?? "check that it runs, and that store.postgres names it";
      return unavailable(`${attempt} ${place}`, without(password, textOf(error)), mend);
    });
  } catch (error) {
    return failed(unreadable(codeOf(error)));
  }
}

/** By its code alone: the text of an error about a connection string may hold the string. */
function unreadable(code: string): StoreFailure {
  if (["ENOENT", "EACCES"].includes(code)) {
    const mend = "correct the paths of its certificates, or their rights";
    return unavailable("use store.postgres", `a file that it names cannot be read: ${code}`, mend);
  }
  const mend = "write it as postgresql://user:password@host:5432/database";
  return unavailable("use store.postgres", "it is no connection string", mend);
}

function without(password: unknown, text: string): string {
  if (typeof password !== "string" || password === "") return text;
  return text.replaceAll(password, "[hidden]").replaceAll(encodeURIComponent(password), "[hidden]");
}
