import { hash } from "node:crypto";

/** The SHA-256 of bytes or UTF-8 text, in hexadecimal. */
export function sha256(content: string | Uint8Array): string {
  return hash("sha256", content);
}

/** `sha256:` and the digest of a value's JSON text with sorted member names: equal values, equal digests. */
export function digestOf(value: unknown): string {
  return `sha256:${sha256(JSON.stringify(sorted(value)) ?? "null")}`;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, sorted(member)]));
}
