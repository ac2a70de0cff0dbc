// On the trust boundary: what is kept of a secret, and what proves that a row was written by us. Whoever can
// read or write the store, and not the pepper, can neither use a key nor plant or widen one.

import { createHmac, type KeyObject, timingSafeEqual } from "node:crypto";
import type { CredentialRow, DefinitionRow, SessionRow } from "../store/types.ts";

/** One version of the pepper. A key and not its bytes: it cannot be printed, and each use of bytes makes a key anew. */
export type Pepper = KeyObject;

/**
 * What is stored in place of a credential's text. A fast hash is right: 256 bits cannot be guessed, and a
 * slow one would let a few wrong keys a second keep the machine busy.
 */
export function verifierOf(pepper: Pepper, text: string): string {
  return createHmac("sha256", pepper).update(`kubiya:key:v1\0${text}`).digest("hex");
}

/** A row that nobody can change without the pepper. */
export function seal(pepper: Pepper, row: Omit<CredentialRow, "mac">): CredentialRow {
  return { ...row, mac: macOf(pepper, row) };
}

/** Whether a row is one that was sealed with this pepper. */
export function isSealed(pepper: Pepper, row: CredentialRow): boolean {
  return equal(row.mac, macOf(pepper, row));
}

/** Compares two digests in a time that does not tell where they differ. */
export function equal(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** What seals a session: its last use too, so that nobody else can keep it alive. */
export function macOfSession(pepper: Pepper, session: Omit<SessionRow, "mac">): string {
  return macOver(pepper, "session", [
    ["id", session.id],
    ["credential", session.credential],
    ["user", session.user],
    ["started_ms", session.started_ms],
    ["used_ms", session.used_ms],
    ["idle_ms", session.idle_ms],
    ["absolute_ms", session.absolute_ms],
  ]);
}

/** What seals a definition: what was approved, and of whom. */
export function macOfDefinition(pepper: Pepper, row: Omit<DefinitionRow, "mac">): string {
  return macOver(pepper, "definition", [
    ["tool", row.tool],
    ["origin", row.origin],
    ["approved", row.approved],
    ["presented", row.presented],
    ["approved_ms", row.approved_ms],
    ["presented_ms", row.presented_ms],
    ["revision", row.revision],
    ["pepper", row.pepper],
  ]);
}

function macOf(pepper: Pepper, row: Omit<CredentialRow, "mac">): string {
  return macOver(pepper, "row", [
    ["id", row.id],
    ["kind", row.kind],
    ["name", row.name],
    ["user", row.user],
    ["roles", row.roles],
    ["permissions", row.permissions],
    ["allowed_ips", row.allowed_ips],
    ["allow_stdio", row.allow_stdio],
    ["parent", row.parent],
    ["created_ms", row.created_ms],
    ["expires_ms", row.expires_ms],
    ["revoked_ms", row.revoked_ms],
    ["replaced_by", row.replaced_by],
    ["revision", row.revision],
    ["pepper", row.pepper],
    ["verifier", row.verifier],
  ]);
}

/** The members by name and in one order, so that no value can pass for another. */
function macOver(
  pepper: Pepper,
  what: "row" | "session" | "definition",
  members: readonly (readonly [string, unknown])[],
): string {
  return createHmac("sha256", pepper)
    .update(`kubiya:${what}:v1\0${JSON.stringify(members)}`)
    .digest("hex");
}
