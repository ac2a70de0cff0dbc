import type { Recorded } from "../audit/types.ts";
import type { Done } from "../credential/types.ts";
import { isJsonList, type Json } from "../lib/json.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import type { Caller, Holding } from "../principal/types.ts";
import type { OpenedCredentials } from "./types.ts";

/** What a caller of then is rebuilt with: the store as it is now. */
export interface Store extends Pick<OpenedCredentials, "callerOf" | "unproven" | "config"> {
  readonly left: Done;
}

const ABSOLUTE_MS = 43_200_000;

/**
 * Who called when a record was made. A record has the id of a credential and not its rights: they are those of
 * the store, as of that moment. The failure says what nobody knows any more.
 */
export function callerIn(record: Recorded, atMs: number, store: Store): Outcome<Caller, string> {
  const { auth_method: method, credential_id: id } = record.whole;
  if (method === "none") return done(store.unproven("absent"));
  if (method === "malformed" || method === "unknown" || method === "unverifiable") {
    return done(store.unproven(method));
  }
  if (method === "key" || method === "token" || method === "session") {
    return holderIn(record, { id: textOf(id), atMs }, store);
  }
  return failed(`what a credential of the kind ${textOf(method)} claimed is not recorded`);
}

interface Held {
  readonly id: string | null;
  readonly atMs: number;
}

function holderIn(
  { whole }: Recorded,
  { id, atMs }: Held,
  { left, callerOf, config }: Store,
): Outcome<Caller, string> {
  const find = (wanted: string | null) => left.credentials.find(({ row }) => row.id === wanted);
  const stored = find(id);
  const above = stored?.row.parent ?? null;
  const parent = find(above);
  if (stored === undefined || (above !== null && parent === undefined)) {
    return failed("its credential is not in this store");
  }
  if (!stored.sealed || parent?.sealed === false) {
    return failed("somebody else changed its credential in the store");
  }
  const replaced = textOf(whole["credential_replaced_by"]);
  const session = textOf(whole["session"]);
  const then = (row: Holding): Holding => asOf(row, atMs, replaced);
  const held = { row: then(stored.row), parent: parent === undefined ? null : then(parent.row) };
  const times = { started_ms: atMs, used_ms: atMs, absolute_ms: ABSOLUTE_MS, mac: "" };
  const caller = callerOf(
    held,
    session === null
      ? null
      : {
          ...times,
          id: session,
          credential: stored.row.id,
          user: stored.row.user,
          idle_ms: config.session_timeout * 1000,
        },
  );
  const { roles } = caller.principal;
  const told = whole["roles"];
  const same = isJsonList(told) && JSON.stringify(told) === JSON.stringify(roles);
  return same ? done(caller) : failed("its credential had other roles");
}

/** A credential is revoked and rotated, and nothing else of it changes. */
function asOf(row: Holding, atMs: number, replaced: string | null): Holding {
  const revoked = row.revoked_ms !== null && row.revoked_ms <= atMs ? row.revoked_ms : null;
  return { ...row, revoked_ms: revoked, replaced_by: replaced };
}

/** The text of a member; null where it is none. */
export function textOf(value: Json | undefined): string | null {
  return typeof value === "string" ? value : null;
}
