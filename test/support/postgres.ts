// A PostgreSQL server of its own for the tests of a file: a real one, of the machine's package, in a
// temporary folder, on a socket in that folder, with a password, and gone at the end.

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Client } from "pg";

const VERSIONS = "/usr/lib/postgresql";

/** In every connection string of the tests, so that it can be looked for where it must not be. */
export const PASSWORD = "canary-pass/word";

/** A server that can be stopped and started again. */
export interface Postgres {
  /** Makes an empty database and gives its connection string. */
  readonly database: () => Promise<string>;
  /** Where it is stopped. */
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
  /** Stops it and removes everything. */
  readonly remove: () => Promise<void>;
}

/**
 * Why there can be no server, and false where there can be one. With CI=true the absence of the package is
 * a failure, not a reason.
 */
export function whyNoPostgres(): string | false {
  if (programs() !== null) return false;
  const why = "no PostgreSQL server: apt-get install --no-install-recommends postgresql";
  if (process.env["CI"] === "true") throw new Error(why);
  return why;
}

/** Starts a server. */
export async function startPostgres(): Promise<Postgres> {
  const bin = programs();
  if (bin === null) throw new Error("no PostgreSQL server");
  const folder = mkdtempSync(join(tmpdir(), "kubiya-postgres-"));
  const cluster = join(folder, "cluster");
  const as = makeCluster(bin, folder, cluster);
  let server: ChildProcess | null = null;
  let databases = 0;
  const urlOf = (name: string): string =>
    `postgresql://kubiya:${encodeURIComponent(PASSWORD)}@/${name}?host=${encodeURIComponent(folder)}`;

  const postgres: Postgres = {
    database: async () => {
      databases += 1;
      await query(urlOf("postgres"), `CREATE DATABASE test_${databases}`);
      return urlOf(`test_${databases}`);
    },
    start: async () => {
      if (server !== null) return;
      // Without a network; it ends when this process ends, however that ends.
      const settings = ["-D", cluster, "-k", folder, "-c", "listen_addresses=", "-c", "fsync=on"];
      const [command, ...args] = [...as, "--pdeathsig", "INT", join(bin, "postgres"), ...settings];
      server = spawn(command ?? "", args, { stdio: "ignore" });
      await answers(urlOf("postgres"));
    },
    stop: async () => {
      if (server === null) return;
      const ended = once(server, "close");
      server.kill("SIGINT");
      server = null;
      await ended;
    },
    remove: async () => {
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await postgres.start();
  return postgres;
}

/** Runs SQL on a connection of its own. */
export async function query(
  url: string,
  sql: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  await client.connect();
  try {
    return (await client.query<Readonly<Record<string, unknown>>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Makes the files of a server, and gives the command that runs a program as their owner: never as root. */
function makeCluster(bin: string, folder: string, cluster: string): readonly string[] {
  const file = join(folder, "password");
  writeFileSync(file, PASSWORD);
  const root = process.getuid?.() === 0;
  const as = [
    "setpriv",
    ...(root ? ["--reuid=postgres", "--regid=postgres", "--init-groups"] : []),
  ];
  if (root) {
    const [uid, gid] = ["-u", "-g"].map((flag) => Number(execFileSync("id", [flag, "postgres"])));
    for (const path of [folder, file]) chownSync(path, uid ?? 0, gid ?? 0);
  }
  chmodSync(folder, 0o700);
  const options = ["-D", cluster, "-U", "kubiya", "-A", "scram-sha-256", "--pwfile", file];
  const [command, ...args] = [...as, join(bin, "initdb"), ...options, "-E", "UTF8", "--no-sync"];
  execFileSync(command ?? "", args, { stdio: "ignore", timeout: 60_000, cwd: folder });
  return as;
}

async function answers(url: string): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      await query(url, "SELECT 1");
      return;
    } catch (error) {
      if (tries === 300) throw error;
    }
    await wait(50);
  }
}

/** The folder of the newest server's programs; they are on nobody's PATH. */
function programs(): string | null {
  try {
    const versions = readdirSync(VERSIONS).toSorted((a, b) => Number(b) - Number(a));
    const newest = versions[0];
    return newest === undefined ? null : join(VERSIONS, newest, "bin");
  } catch {
    return null;
  }
}
