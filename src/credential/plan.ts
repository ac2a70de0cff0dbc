// On the trust boundary: works out what an order would do, so that it can be judged and recorded before it is
// done. It writes nothing and never says whether it may be done.

import { done, failed, type Outcome } from "../lib/outcome.ts";
import type { Change, CredentialRow, SessionRow, Store } from "../store/types.ts";
import type { Peppers } from "./pepper.ts";
import { changeRow, isOurs, makeRow, requestedOf } from "./row.ts";
import type {
  Deed,
  DeedFailure,
  Order,
  PlanDeed,
  SessionWanted,
  Subject,
  Wanted,
} from "./types.ts";

/** What planning is made of. */
export interface PlanParts {
  readonly store: Pick<Store, "credential" | "credentials" | "sessions">;
  readonly peppers: Peppers;
  /** The id of a session: it proves nothing, and nobody can guess it. */
  readonly newId: () => string;
}

type Of<Name extends Order["do"]> = Extract<Order, { readonly do: Name }>;

const NOTHING: Change = { credentials: [], endSessionsOf: [] };
const EMPTY = {
  requested: null,
  subject: null,
  change: NOTHING,
  openSession: null,
  endSession: null,
  made: null,
};

/** However much it is used, a session ends after this long. */
const ABSOLUTE_MS = 12 * 60 * 60 * 1000;

/** Plans deeds on a store. */
export function createPlanDeed(parts: PlanParts): PlanDeed {
  return async (order, nowMs) => {
    switch (order.do) {
      case "create":
        return planCreation(parts, order.wanted, nowMs);
      case "rotate":
        return planRotation(parts, order, nowMs);
      case "revoke":
        return planRevocation(parts, order, nowMs);
      case "open_session":
        return planSession(parts, order.of, nowMs);
      case "end_session":
      case "close_session":
        return planEnd(order);
      case "read":
        return done({ ...EMPTY, action: `${order.kind}s/read`, recorded: {} });
    }
  };
}

function planEnd({ do: order, id }: Of<"end_session" | "close_session">): Outcome<Deed, never> {
  const action = order === "end_session" ? "sessions/revoke" : "sessions/close";
  return done({ ...EMPTY, action, recorded: { session: id }, endSession: id });
}

async function planCreation(
  parts: PlanParts,
  wanted: Wanted,
  nowMs: number,
): Promise<Outcome<Deed, DeedFailure>> {
  const found = wanted.parent === null ? done(null) : await findOurs(parts, wanted.parent, nowMs);
  if (!found.ok) return found;
  const parent = found.value?.subject ?? null;
  const user = wanted.user ?? parent?.user ?? wanted.name;
  const { lifetime_ms, idle_ms, ...rights } = wanted;
  // Nobody says how long a session is to live: it goes as far as its key does.
  const latest = wanted.kind === "session" ? parent?.expires_ms : undefined;
  const expires_ms = Math.min(nowMs + lifetime_ms, latest ?? Infinity);
  const made = makeRow(parts.peppers, { ...rights, user, expires_ms }, nowMs);
  if (!made.ok) return made;
  const { row } = made.value;
  return done({
    ...EMPTY,
    openSession: sessionOf(row, parent, idle_ms),
    action: `${wanted.kind}s/create`,
    requested: requestedOf(row),
    subject: parent,
    recorded: { id: row.id, name: row.name, parent: row.parent, ...requestedOf(row) },
    change: { credentials: [row], endSessionsOf: [] },
    made: made.value,
  });
}

/** A session that is a credential has a record of the same id, bound to the key that it comes from. */
function sessionOf(
  { id, user, created_ms }: CredentialRow,
  parent: Subject | null,
  idle_ms: number | null,
): Deed["openSession"] {
  if (parent === null || idle_ms === null) return null;
  const session = { id, user, credential: parent.id, ...timesOf(created_ms, idle_ms) };
  return { session, seen: parent.sessions };
}

function timesOf(
  nowMs: number,
  idle_ms: number,
): Pick<SessionRow, "started_ms" | "used_ms" | "idle_ms" | "absolute_ms"> {
  return { started_ms: nowMs, used_ms: nowMs, idle_ms, absolute_ms: ABSOLUTE_MS };
}

/** The new key lives as long as the old one was made to live, from now on. */
async function planRotation(
  parts: PlanParts,
  { id, graceMs }: Of<"rotate">,
  nowMs: number,
): Promise<Outcome<Deed, DeedFailure>> {
  // What is judged is what is changed: whoever changes it in between is noticed by its revision.
  const found = await findOurs(parts, id, nowMs);
  if (!found.ok) return found;
  const { row: old, subject } = found.value;
  if (old.kind !== "key") return failed({ reason: "unknown_id", id });
  const expires_ms = nowMs + old.expires_ms - old.created_ms;
  const made = makeRow(parts.peppers, { ...old, expires_ms }, nowMs);
  if (!made.ok) return made;
  const { row } = made.value;
  const ends = Math.min(old.expires_ms, nowMs + graceMs);
  const ended = changeRow(parts.peppers, old, { expires_ms: ends, replaced_by: row.id });
  if (!ended.ok) return ended;
  return done({
    ...EMPTY,
    action: "keys/rotate",
    requested: requestedOf(row),
    subject,
    recorded: { id, replaced_by: row.id, ends_ms: ends, expires_ms },
    change: { credentials: [ended.value, row], endSessionsOf: graceMs === 0 ? [id] : [] },
    made: made.value,
  });
}

async function planRevocation(
  parts: PlanParts,
  { kind, id }: Of<"revoke">,
  nowMs: number,
): Promise<Outcome<Deed, DeedFailure>> {
  const found = await find(parts, id, nowMs);
  if (!found.ok) return found;
  const { subject } = found.value;
  if (subject.kind !== kind) return failed({ reason: "unknown_id", id });
  const all = await parts.store.credentials();
  if (!all.ok) return all;
  const concerned = all.value.map(({ row }) => row).filter((row) => isOf(row, id));
  const credentials: CredentialRow[] = [];
  for (const row of concerned.filter(({ revoked_ms }) => revoked_ms === null)) {
    const revoked = changeRow(parts.peppers, row, { revoked_ms: nowMs });
    if (!revoked.ok) return revoked;
    credentials.push(revoked.value);
  }
  return done({
    ...EMPTY,
    action: `${kind}s/revoke`,
    subject,
    recorded: { id, children: credentials.length - 1 },
    change: { credentials, endSessionsOf: concerned.map((row) => row.id) },
  });
}

async function planSession(
  { store, newId }: PlanParts,
  { credential, user, idle_ms }: SessionWanted,
  nowMs: number,
): Promise<Outcome<Deed, DeedFailure>> {
  const open = await store.sessions({ credential, nowMs });
  if (!open.ok) return open;
  const session = { id: newId(), credential, user, ...timesOf(nowMs, idle_ms) };
  return done({
    ...EMPTY,
    action: "sessions/open",
    recorded: { session: session.id, credential, idle_ms, absolute_ms: ABSOLUTE_MS },
    openSession: { session, seen: open.value.length },
  });
}

/** A credential and what comes from it. */
function isOf(row: CredentialRow, id: string): boolean {
  return row.id === id || row.parent === id;
}

/** A row, and what policies are told of it. */
interface Found {
  readonly row: CredentialRow;
  readonly subject: Subject;
}

/** What somebody else wrote is neither a measure of rights nor sealed anew. */
async function findOurs(
  parts: PlanParts,
  id: string,
  nowMs: number,
): Promise<Outcome<Found, DeedFailure>> {
  const found = await find(parts, id, nowMs);
  if (!found.ok || isOurs(parts.peppers, found.value.row)) return found;
  return failed({ reason: "changed_outside", id });
}

async function find(
  { store }: PlanParts,
  id: string,
  nowMs: number,
): Promise<Outcome<Found, DeedFailure>> {
  const found = await store.credential(id);
  if (!found.ok) return found;
  if (found.value === null) return failed({ reason: "unknown_id", id });
  const open = await store.sessions({ credential: id, nowMs });
  if (!open.ok) return open;
  const { row } = found.value;
  const { created_ms, revoked_ms } = row;
  const sessions = open.value.length;
  return done({ row, subject: { ...requestedOf(row), id, created_ms, revoked_ms, sessions } });
}
