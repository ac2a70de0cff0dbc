import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { createSecret, type Secret } from "../src/lib/secret.ts";
import { type Keyring, withKeyring } from "../test/support/keys.ts";
import { query, startPostgres, whyNoPostgres } from "../test/support/postgres.ts";
import { list } from "./http-asked.ts";
import { ask } from "./http-load.ts";
import { serve } from "./http-served.ts";
import { type Row, spread } from "./measure.ts";
import { benchFolder } from "./world.ts";

const REVOCATIONS = 200;
const GIVE_UP_MS = 10_000;
/** Delays of a second are measured side by side, and asked for so often. */
const AT_ONCE = 10;
const PAUSE_MS = 20;

/** A server that knows keys which this process makes and revokes in the same store. */
interface Place {
  readonly stateDir: string;
  readonly postgres: Secret | null;
}

/** How long a key still works at a server after another process has revoked it. */
export async function measureRevocations(): Promise<readonly Row[]> {
  const sqlite = await revoked({ stateDir: stateFolder(), postgres: null }, 1);
  const rows: Row[] = [
    [
      `SQLite: ${REVOCATIONS} keys revoked by another process than the one that serves`,
      `${sqlite.filter(({ accepted }) => accepted > 0).length} accepted by a request after the revocation returned`,
      "0",
    ],
  ];
  const why = whyNoPostgres();
  if (why !== false)
    return [...rows, ["PostgreSQL: revoked at one server, used at another", why, "-"]];
  const postgres = await startPostgres();
  try {
    const heard = await postgres.database();
    const deaf = await postgres.database();
    await loseAnnouncements(deaf);
    return [
      ...rows,
      toldRow("announced", await revoked(placeOf(heard), 1), "p99 1 s"),
      toldRow("every announcement lost", await revoked(placeOf(deaf), AT_ONCE), "5 s"),
    ];
  } finally {
    await postgres.remove();
  }
}

function stateFolder(): string {
  return join(benchFolder(), "state");
}

function placeOf(url: string): Place {
  return { stateDir: stateFolder(), postgres: createSecret(url) };
}

/** A function of the same name stands before PostgreSQL's own, and says nothing to anybody. */
async function loseAnnouncements(url: string): Promise<void> {
  await query(
    url,
    `CREATE FUNCTION public.pg_notify(text, text) RETURNS void LANGUAGE sql AS 'SELECT';
     DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = public, pg_catalog', current_database()); END $$`,
  );
}

/** What became of a key after its revocation had returned. */
interface Over {
  /** Requests that were still accepted. */
  readonly accepted: number;
  /** Until the first refusal. */
  readonly ms: number;
}

async function revoked({ stateDir, postgres }: Place, atOnce: number): Promise<readonly Over[]> {
  const all: Over[] = [];
  const work = async (keyring: Keyring): Promise<void> => {
    const served = await serve({
      ...{ state_dir: stateDir, require_auth: true },
      ...(postgres !== null && { store: { postgres: postgres.reveal() } }),
      // Each key comes from an address of its own: none is slowed down for the refusals of another.
      http: { trusted_proxies: ["127.0.0.1/32"] },
    });
    try {
      for (let at = 0; at < REVOCATIONS; at += atOnce) {
        const batch = Array.from({ length: atOnce }, (_, one) =>
          revokeOne(keyring, {
            url: served.url,
            number: at + one,
            pauseMs: atOnce > 1 ? PAUSE_MS : 0,
          }),
        );
        all.push(...(await Promise.all(batch)));
      }
    } finally {
      await served.stop();
    }
  };
  await withKeyring(stateDir, work, postgres);
  return all;
}

async function revokeOne(
  { make, revoke }: Keyring,
  {
    url,
    number,
    pauseMs,
  }: { readonly url: string; readonly number: number; readonly pauseMs: number },
): Promise<Over> {
  const key = await make();
  const isAccepted = async (): Promise<boolean> => {
    const headers = {
      authorization: `Bearer ${key}`,
      "x-forwarded-for": `10.1.${number >> 8}.${number & 255}`,
    };
    const { status } = await ask(list({ url }, { headers, expected: "" }));
    if (status !== 200 && status !== 401) throw new Error(`a key was answered with ${status}`);
    return status === 200;
  };
  // Twice: the second time it is remembered.
  if (!(await isAccepted()) || !(await isAccepted())) throw new Error("a new key is not accepted");
  await revoke("key", key);
  const began = performance.now();
  for (let accepted = 0; ; accepted += 1) {
    const stillIs = await isAccepted();
    const ms = performance.now() - began;
    if (!stillIs) return { accepted, ms };
    if (ms > GIVE_UP_MS) throw new Error(`a revoked key is still accepted after ${ms} ms`);
    await wait(pauseMs);
  }
}

function toldRow(how: string, all: readonly Over[], aim: string): Row {
  const { p50, p99, runs } = spread(all.map(({ ms }) => ms));
  const most = Math.max(...all.map(({ ms }) => ms));
  return [
    `PostgreSQL, ${how}: from a revocation's return to the first refusal at another server`,
    `p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms, at most ${most.toFixed(0)} ms (${runs} revocations)`,
    aim,
  ];
}
