// On the trust boundary: works out what an order would do, so that it can be judged and recorded before it is
// done. It writes nothing and never says whether it may be done.

import { done, failed, type Outcome } from "../lib/outcome.ts";
import type { Change, CredentialRow, SessionRow, Store } from "../store/types.ts";
import { planApproval } from "./definitions.ts";
import type { Peppers } from "./pepper.ts";
import { find, findOurs } from "./find.ts";
import { NOTHING } from "./nothing.ts";
import { askedBy } from "./order.ts";
import { sealSession } from "./sessions.ts";
import { changeRow, knownOf, makeRow, requestedOf, revokeRow } from "./row.ts";
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
  readonly store: Pick<Store, "credential" | "credentials" | "sessions" | "definitions">;
  readonly peppers: Peppers;
  /** The id of a session: it proves nothing, and nobody can guess it. */
  readonly newId: () => string;
}

type Of<Name extends Order["do"]> = Extract<Order, { readonly do: Name }>;

const EMPTY = {
  requested: null,
  subject: null,
  change: NOTHING,
  leaves: [],
  made: null,
};

/** However much it is used, a session ends after this long. */
const ABSOLUTE_MS = 12 * 60 * 60 * 1000;

/** Plans deeds on a store. */
export function createPlanDeed(parts: PlanParts): PlanDeed {
  return async (order, nowMs) => {
    const asked = askedBy(order);
    const planned = await plan(parts, order, nowMs);
    if (!planned.ok) return failed({ ...asked, failure: planned.failure });
    return done({ ...EMPTY, ...asked, ...planned.value });
  };
}

/** What an order would do beside being asked for. */
type Planned = Promise<Outcome<Partial<Deed>, DeedFailure>>;

async function plan(parts: PlanParts, order: Order, nowMs: number): Planned {
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
      return planEnd(parts, order.id, nowMs);
    case "read":
      return done({ leaves: null });
    // Nothing is read first: what stands in the store cannot be in the way of the brake.
    case "freeze":
      return done({ change: { ...NOTHING, freeze: { reason: order.reason, since_ms: nowMs } } });
    case "unfreeze":
      return done({ change: { ...NOTHING, freeze: "lifted" } });
    case "approve":
      return planApproval(parts, order, nowMs);
  }
}

/** Where the session is a credential, that ends too: a record that is put back revives nothing. */
async function planEnd({ store, peppers }: PlanParts, id: string, nowMs: number): Planned {
  const found = await store.credential(id);
  // A row that cannot be read is nobody's: it does not keep the session from being ended.
  const row = found.ok && found.value?.row.kind === "session" ? found.value.row : null;
  const revoked =
    row === null ? done(null) : revokeRow(peppers, row, { parent: row.parent, nowMs });
  if (!revoked.ok) return revoked;
  const credentials = revoked.value === null ? [] : [revoked.value];
  return done({ change: { ...NOTHING, credentials, endSession: id } });
}

async function planCreation(parts: PlanParts, wanted: Wanted, nowMs: number): Planned {
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
  const opened = sessionOf(parts.peppers, { row, parent, idle_ms });
  if (!opened.ok) return opened;
  return done({
    requested: requestedOf(row),
    subject: parent,
    recorded: { id: row.id, name: row.name, parent: row.parent, ...requestedOf(row) },
    change: { ...NOTHING, credentials: [row], openSession: opened.value },
    leaves: found.value === null ? [] : [found.value.stored],
    made: made.value,
  });
}

/** A session that is a credential has a record of the same id, bound to the key that it comes from. */
function sessionOf(
  peppers: Peppers,
  {
    row: { id, user, created_ms },
    parent,
    idle_ms,
  }: Pick<Wanted, "idle_ms"> & { readonly row: CredentialRow; readonly parent: Subject | null },
): Outcome<Change["openSession"], DeedFailure> {
  if (parent === null || idle_ms === null) return done(null);
  const opened = { id, user, credential: parent.id, ...timesOf(created_ms, idle_ms) };
  const session = sealSession(peppers, opened);
  return session.ok ? done({ session: session.value, seen: parent.sessions }) : session;
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
): Planned {
  // What is judged is what is changed: whoever changes it in between is noticed by its revision.
  const found = await findOurs(parts, id, nowMs);
  if (!found.ok) return found;
  const { stored, subject } = found.value;
  const old = stored.row;
  if (old.kind !== "key") return failed({ reason: "unknown_id", id });
  const { replaced_by } = old;
  // Of one that has ended policy says that, and no more.
  if (replaced_by !== null && old.revoked_ms === null && nowMs < old.expires_ms) {
    return failed({ reason: "already_rotated", id, replaced_by });
  }
  const expires_ms = nowMs + old.expires_ms - old.created_ms;
  const made = makeRow(parts.peppers, { ...old, expires_ms }, nowMs);
  if (!made.ok) return made;
  const { row } = made.value;
  const ends = Math.min(old.expires_ms, nowMs + graceMs);
  const ended = changeRow(parts.peppers, old, { expires_ms: ends, replaced_by: row.id });
  if (!ended.ok) return ended;
  return done({
    requested: requestedOf(row),
    subject,
    recorded: { id, replaced_by: row.id, ends_ms: ends, expires_ms },
    change: {
      ...NOTHING,
      credentials: [ended.value, row],
      endSessionsOf: graceMs === 0 ? [id] : [],
    },
    leaves: [{ ...stored, row: ended.value }],
    made: made.value,
  });
}

async function planRevocation(
  parts: PlanParts,
  { kind, id }: Of<"revoke">,
  nowMs: number,
): Planned {
  const found = await find(parts, id, nowMs);
  if (!found.ok) return found;
  const { stored, subject } = found.value;
  // Of what somebody else wrote the kind says nothing.
  if (stored.sealed && stored.row.kind !== kind) return failed({ reason: "unknown_id", id });
  const all = await parts.store.credentials();
  if (!all.ok) return all;
  const others = all.value.rows.map((one) => knownOf(parts.peppers, one));
  const parent = others.find(({ row }) => row.id === stored.row.parent);
  const own = revokeRow(parts.peppers, stored.row, { parent: parent?.row.id ?? null, nowMs });
  if (!own.ok) return own;
  const children = others.filter(({ row }) => row.parent === id && row.id !== id);
  const credentials = own.value === null ? [] : [own.value];
  // A child that somebody else wrote is nobody's, and without its key it stays so.
  for (const { row } of children.filter(({ sealed }) => sealed)) {
    const revoked = revokeRow(parts.peppers, row, { parent: id, nowMs });
    if (!revoked.ok) return revoked;
    if (revoked.value !== null) credentials.push(revoked.value);
  }
  const left = { ...stored, row: own.value ?? stored.row, sealed: true };
  return done({
    subject,
    recorded: { id, children: credentials.filter(({ parent }) => parent === id).length },
    change: { ...NOTHING, credentials, endSessionsOf: [id, ...children.map(({ row }) => row.id)] },
    leaves: parent === undefined ? [left] : [left, parent],
  });
}

async function planSession(
  { store, peppers, newId }: PlanParts,
  { credential, user, idle_ms }: SessionWanted,
  nowMs: number,
): Planned {
  const open = await store.sessions({ credential, nowMs });
  if (!open.ok) return open;
  const opened = { id: newId(), credential, user, ...timesOf(nowMs, idle_ms) };
  const session = sealSession(peppers, opened);
  if (!session.ok) return session;
  return done({
    recorded: { session: opened.id, credential, idle_ms, absolute_ms: ABSOLUTE_MS },
    change: { ...NOTHING, openSession: { session: session.value, seen: open.value.length } },
  });
}
