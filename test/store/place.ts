// What the tests of the store share: a place for one, records, and processes that use it.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import type { TestContext } from "node:test";
import { pathToFileURL } from "node:url";
import { createSecret } from "../../src/lib/secret.ts";
import type { Clock } from "../../src/lib/clock.ts";
import type { Outcome } from "../../src/lib/outcome.ts";
import { openStore } from "../../src/store/open.ts";
import type {
  Change,
  CredentialRow,
  SessionRow,
  Store,
  StoreFailure,
} from "../../src/store/types.ts";
import { NOON } from "../support/world.ts";

/** Where a store is: a connection string, or SQLite in a folder. */
export interface Where {
  readonly postgres: string | null;
  readonly stateDir: string;
}

/** A place for a store that nobody has opened yet. */
export interface Place extends Where {
  /** Runs SQL past the store. */
  readonly query: (sql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;
}

export type MakePlace = (context: TestContext) => Promise<Place>;

/** Opens the store of a place. */
export function open(
  { postgres, stateDir }: Where,
  stopwatch: Clock = () => performance.now(),
): Promise<Outcome<Store, StoreFailure>> {
  const secret = postgres === null ? null : createSecret(postgres);
  return openStore({ postgres: secret, stateDir, stopwatch });
}

/** The store of a place, which must open, and is closed when the test ends. */
export async function storeIn(
  context: TestContext,
  where: Where,
  stopwatch?: Clock,
): Promise<Store> {
  const store = valueOf(await open(where, stopwatch));
  context.after(() => store.close());
  return store;
}

/** The value of an outcome that must be a good one. */
export function valueOf<T>(outcome: Outcome<T, unknown>): T {
  assert.ok(outcome.ok, JSON.stringify(outcome));
  return outcome.value;
}

/** The failure that the store must have met. */
export function failureOf(outcome: Outcome<unknown, { readonly reason: string }>): StoreFailure {
  assert.ok(!outcome.ok);
  const { failure } = outcome;
  assert.ok("detail" in failure && typeof failure.detail === "string", JSON.stringify(failure));
  return { reason: "store_unavailable", detail: failure.detail };
}

export const KEY: CredentialRow = {
  id: "AAAAAAAAAAAAAAAA",
  kind: "key",
  name: 'ci "main" \\ ü',
  user: "ana@example.com",
  roles: ["dev", "ops, and more"],
  permissions: ["tool.execute"],
  allowed_ips: ["10.0.0.0/8", "2001:db8::/32"],
  allow_stdio: true,
  parent: null,
  created_ms: NOON,
  expires_ms: NOON + 86_400_000,
  revoked_ms: null,
  replaced_by: null,
  revision: 1,
  pepper: 1,
  verifier: "ab".repeat(32),
  mac: "cd".repeat(32),
};

export const BARE: CredentialRow = {
  ...KEY,
  ...{ id: "BBBBBBBBBBBBBBBB", kind: "token", roles: [], permissions: null, allowed_ips: null },
  ...{ allow_stdio: false, parent: KEY.id, created_ms: NOON - 1 },
};

export const SESSION: SessionRow = {
  id: "0197a0b0-0000-7000-8000-000000000001",
  credential: KEY.id,
  user: KEY.user,
  started_ms: NOON,
  used_ms: NOON,
  idle_ms: 1_800_000,
  absolute_ms: 43_200_000,
  mac: "seal of a session",
};

/** A change of some credentials alone. */
export function changeOf(...credentials: readonly CredentialRow[]): Change {
  return {
    credentials,
    endSessionsOf: [],
    openSession: null,
    endSession: null,
    freeze: null,
    definitions: [],
  };
}

/** Opens a session, and changes nothing else. */
export function openSession(
  store: Store,
  session: SessionRow,
  seen: number,
): ReturnType<Store["change"]> {
  return store.change({ ...changeOf(), openSession: { session, seen } });
}

/** Ends a session, and changes nothing else. */
export function endSession(store: Store, id: string): ReturnType<Store["change"]> {
  return store.change({ ...changeOf(), endSession: id });
}

/** Starts a process that opens a store as `store` (or gets `failure`), can `say` lines, and runs this text. */
export function startProcess(
  { postgres, stateDir }: Where,
  text: string,
  { uid }: { readonly uid?: number } = {},
): ChildProcess {
  const program = `
    import * as place from ${JSON.stringify(pathToFileURL(import.meta.filename))};
    const { KEY, SESSION, changeOf, endSession, openSession } = place;
    const say = (text) => process.stdout.write(text + "\\n");
    const opened = await place.open(${JSON.stringify({ postgres, stateDir })});
    const store = opened.ok ? opened.value : null;
    const failure = opened.ok ? null : opened.failure;
    ${text}
    await store?.close();`;
  return spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["pipe", "pipe", "pipe"],
    ...(uid !== undefined && { uid, gid: uid }),
  });
}

/** Everything that a process said on stdout, when it has ended. On stderr it must have said nothing. */
export async function saidBy(child: ChildProcess): Promise<readonly string[]> {
  let [text, errors] = ["", ""];
  child.stdout?.on("data", (chunk) => (text += String(chunk)));
  child.stderr?.on("data", (chunk) => (errors += String(chunk)));
  await new Promise((ended) => {
    child.once("close", ended);
  });
  assert.equal(errors, "");
  return text.split("\n").slice(0, -1);
}

/** What four processes said that ran the same text at the same time. */
export function saidByFour(where: Where, text: string): Promise<readonly (readonly string[])[]> {
  return Promise.all([1, 2, 3, 4].map(() => saidBy(startProcess(where, text))));
}
