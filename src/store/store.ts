import { done, type Outcome } from "../lib/outcome.ts";
import { createAlerts } from "./alerts.ts";
import { raiseHighWater } from "./counters.ts";
import { DEFINITIONS } from "./definitions.ts";
import { FREEZE } from "./freeze.ts";
import { allCredentials, carryOut, credentialById, NOBODY, noteUse } from "./credentials.ts";
import type { Database, Row, Statement } from "./database.ts";
import { credentialOf, definitionOf, freezeOf, numberOf, sessionOf } from "./rows.ts";
import * as sessions from "./sessions.ts";
import type { Store, StoreFailure } from "./types.ts";

/** The store on a database, whichever it is. */
export function createStore(database: Database): Store {
  const { run, transact, moveEpoch, moved } = database;
  return {
    credential: async (id) => {
      const found = await one(run(credentialById(id)), credentialOf);
      return found.ok && found.value?.row.id === NOBODY ? done(null) : found;
    },
    credentials: async () => {
      const found = await run(allCredentials());
      if (!found.ok) return found;
      const rows = readable(found.value, credentialOf);
      return done({ rows, unreadable: found.value.length - rows.length });
    },
    change: async (change) => {
      const epoch = await transact(carryOut(change, moveEpoch));
      if (!epoch.ok) return epoch;
      if (epoch.value !== null) moved(epoch.value);
      return done(undefined);
    },
    used: (id, atMs) => nothing(run(noteUse(id, atMs))),
    session: (id) => one(run(sessions.sessionById(id)), sessionOf),
    sessions: async ({ credential, nowMs }) => {
      const found = await run(open(credential, nowMs));
      return found.ok ? done(readable(found.value, sessionOf)) : found;
    },
    refreshSession: (session) => nothing(run(sessions.noteRequest(session))),
    definitions: async () => {
      const found = await run(DEFINITIONS);
      return found.ok ? done(readable(found.value, definitionOf)) : found;
    },
    freeze: async () => {
      const rows = await run(FREEZE);
      return rows.ok ? freezeOf(rows.value) : rows;
    },
    epoch: database.epoch,
    highWater: async (nowMs) => {
      const rows = await run(raiseHighWater(nowMs));
      return rows.ok ? numberOf(rows.value) : rows;
    },
    alerts: createAlerts(database),
    close: database.close,
  };
}

type Rows = Promise<Outcome<readonly Row[], StoreFailure>>;
type Read<T> = (row: Row) => Outcome<T, StoreFailure>;

function open(credential: string | undefined, nowMs: number): Statement {
  if (credential === undefined) return sessions.openSessions(nowMs);
  return sessions.openSessionsOf(credential, nowMs);
}

async function nothing(asked: Rows): Promise<Outcome<void, StoreFailure>> {
  const rows = await asked;
  return rows.ok ? done(undefined) : rows;
}

async function one<T>(asked: Rows, read: Read<T>): Promise<Outcome<T | null, StoreFailure>> {
  const rows = await asked;
  if (!rows.ok) return rows;
  const [row] = rows.value;
  return row === undefined ? done(null) : read(row);
}

/** One row that somebody else spoilt must not hide the others. */
function readable<T>(rows: readonly Row[], read: Read<T>): readonly T[] {
  return rows.flatMap((row) => {
    const record = read(row);
    return record.ok ? [record.value] : [];
  });
}
