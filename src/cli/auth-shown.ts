// On the trust boundary: credentials as commands show them. A secret is shown where it was made, and in
// nothing else.

import type { Done, KnownCredential } from "../credential/types.ts";
import { isoOf } from "../lib/clock.ts";
import type { CredentialRecord } from "../principal/types.ts";
import type { CredentialRow } from "../store/types.ts";
import { columns } from "./columns.ts";
import { given } from "./typed.ts";
import { EXIT, type ExitCode, type Host, type Typed } from "./types.ts";

/** A credential as it is shown. Times in ISO 8601, UTC. */
interface Shown {
  readonly id: string;
  readonly name: string;
  readonly user: string;
  readonly roles: readonly string[];
  /** Null: no limit of its own. */
  readonly permissions: readonly string[] | null;
  readonly allowed_ips: readonly string[] | null;
  readonly parent: string | null;
  readonly created_at: string;
  readonly expires_at: string;
}

/** A credential as a list shows it. */
export interface Listed extends Shown {
  readonly status: Status;
  readonly last_used_at: string | null;
}

type Status = "active" | "changed outside" | "expired" | "revoked" | "rotating";

/** Who is told, and how. */
export interface Told {
  readonly typed: Typed;
  readonly host: Host;
}

/** Shows what was made: its secret is the answer, and with `--json` a member of it. */
export function tellMade(left: Done, { typed, host }: Told): ExitCode {
  if (left.made === null) throw new Error("a credential was made, and is not there");
  const { row, secret } = left.made;
  const { id, ...rest } = shown(row, left);
  if (given(typed, "json")) {
    tellJson({ id, [row.kind]: secret.reveal(), ...rest }, host);
  } else {
    host.answer(`${secret.reveal()}\n`);
    const about = [["id", id], ...told(rest)];
    host.remark(columns(about.map(([field = "", value = ""]) => [`${field}:`, value])));
  }
  host.remark("store it now: it is shown once\n");
  return EXIT.yes;
}

/** Shows the credentials of a kind: a line each, or an array. */
export function tellList(left: Done, kind: CredentialRow["kind"], { typed, host }: Told): ExitCode {
  const listed = left.credentials
    .filter(({ row }) => row.kind === kind)
    .map((stored) => listedOf(stored, left));
  tellLeftOut(left.unreadable, host);
  if (given(typed, "json")) {
    tellJson(listed, host);
  } else if (listed.length === 0) {
    host.remark(`there are no ${kind}s\n`);
  } else {
    const rows = listed.map((one) => [one.id, ...told(one).map(([, value]) => value)]);
    const [first] = listed;
    const heads = first === undefined ? [] : ["id", ...told(first).map(([field]) => field)];
    host.answer(columns([heads, ...rows]));
  }
  return EXIT.yes;
}

/** Says how many credentials are not shown. */
export function tellLeftOut(count: number, host: Host): void {
  if (count === 0) return;
  host.remark(
    `left out: ${count} credentials that somebody else changed in the store, and nobody can use\n`,
  );
}

/** Shows one credential: a field a line, or an object. */
export function tellOne(stored: KnownCredential, left: Done, { typed, host }: Told): ExitCode {
  const listed = listedOf(stored, left);
  if (given(typed, "json")) tellJson(listed, host);
  else host.answer(columns([["id", listed.id], ...told(listed)]));
  return EXIT.yes;
}

/** Machine output. */
export function tellJson(answer: unknown, host: Host): void {
  host.answer(`${JSON.stringify(answer, null, 2)}\n`);
}

/** What the times of a credential say. Whether it may be used, policy alone says. */
export function endOf(
  { revoked_ms, expires_ms }: Pick<CredentialRecord, "revoked_ms" | "expires_ms">,
  nowMs: number,
): "revoked" | "expired" | null {
  if (revoked_ms !== null) return "revoked";
  return expires_ms !== null && expires_ms <= nowMs ? "expired" : null;
}

function statusOf(row: CredentialRow, nowMs: number): Status {
  return endOf(row, nowMs) ?? (row.replaced_by === null ? "active" : "rotating");
}

/** A child has the roles of the key that it comes from. */
function shown(row: CredentialRow, { credentials }: Done): Shown {
  const { id, name, user, permissions, allowed_ips, parent, created_ms, expires_ms } = row;
  const origin = credentials.find((other) => other.row.id === parent)?.row ?? row;
  const times = { created_at: isoOf(created_ms), expires_at: isoOf(expires_ms) };
  return { id, name, user, roles: origin.roles, permissions, allowed_ips, parent, ...times };
}

/** A credential as a list shows it. */
export function listedOf(stored: KnownCredential, left: Done): Listed {
  const { row, last_used_ms } = stored;
  return {
    ...shown(row, left),
    status: statusIn(stored, left),
    last_used_at: last_used_ms === null ? null : isoOf(last_used_ms),
  };
}

/** A child goes no further than its key. */
function statusIn({ row, sealed }: KnownCredential, left: Done): Status {
  const own = sealed ? statusOf(row, left.atMs) : "changed outside";
  if (own !== "active" || row.parent === null) return own;
  const parent = left.credentials.find((other) => other.row.id === row.parent);
  if (parent?.sealed !== true) return "changed outside";
  const above = statusOf(parent.row, left.atMs);
  return above === "rotating" ? own : above;
}

/** The fields for a person. */
function told(one: Omit<Shown, "id"> & Partial<Listed>): readonly (readonly [string, string])[] {
  const { permissions, allowed_ips: networks, parent, last_used_at: used } = one;
  return [
    ["name", one.name],
    ["user", one.user],
    ["roles", one.roles.join(", ") || "-"],
    ["permissions", permissions?.join(", ") ?? (parent === null ? "as its roles" : "as its key")],
    ["networks", networks?.join(", ") ?? (parent === null ? "any" : "as its key")],
    ...(parent === null ? [] : [["key", parent] as const]),
    ["created", one.created_at],
    ["expires", one.expires_at],
    ...(used === undefined ? [] : [["last used", used ?? "-"] as const]),
    ...(one.status === undefined ? [] : [["status", one.status] as const]),
  ];
}
