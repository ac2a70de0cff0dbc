// On the trust boundary: the exact shapes that policies may answer with. Anything else is no answer.

import { isJsonObject, isObject, type JsonObject } from "../lib/json.ts";
import type { Access, Alert, Obligation, Reason } from "./types.ts";

/** What a built-in entrypoint answered, in the shape of a decision. */
export interface BuiltinAnswer {
  readonly allow: boolean;
  readonly reasons: readonly Reason[];
  /** As answered; `knownObligation` tells what is known. */
  readonly obligations: readonly unknown[];
}

const ACCESS: ReadonlySet<unknown> = new Set<Access>([
  "yes",
  "maybe",
  "no_permission",
  "no_runner",
]);

/** Reads a built-in decision; null when it has another shape, or contradicts itself. */
export function readDecision(value: unknown): BuiltinAnswer | null {
  if (!isObject(value)) return null;
  const { allow } = value;
  const reasons = readReasons(value["reasons"]);
  const obligations: unknown = value["obligations"];
  if (typeof allow !== "boolean" || reasons === null || !Array.isArray(obligations)) return null;
  if (allow !== (reasons.length === 0)) return null;
  return { allow, reasons, obligations };
}

/** Reads which tools a list decision shows; null when it has another shape. */
export function readVisible(value: unknown): Readonly<Record<string, Access>> | null {
  if (!isObject(value)) return null;
  const { visible } = value;
  return isVisible(visible) ? visible : null;
}

function isVisible(value: unknown): value is Readonly<Record<string, Access>> {
  return isObject(value) && Object.values(value).every((access) => ACCESS.has(access));
}

/** Reads `{"<member>": [text]}` with that one member; null when it has another shape. */
export function readTexts(value: unknown, member: string): readonly string[] | null {
  if (!isObject(value) || Object.keys(value).join() !== member) return null;
  const texts: unknown = value[member];
  if (!Array.isArray(texts)) return null;
  const read = texts.filter((text) => typeof text === "string");
  return read.length === texts.length ? read : null;
}

/** Reads the paths that a record must not show: JSON Pointers (RFC 6901) to or into its parameters. */
export function readPaths(value: unknown): readonly string[] | null {
  const paths = readTexts(value, "paths");
  return paths?.every((path) => /^\/parameters(?:\/|$)/.test(path)) === true ? paths : null;
}

/** Reads what somebody must hear of; null when it has another shape. */
export function readAlerts(value: unknown): readonly Alert[] | null {
  if (!isObject(value) || Object.keys(value).join() !== "alerts") return null;
  const { alerts } = value;
  if (!Array.isArray(alerts)) return null;
  const items: readonly unknown[] = alerts;
  const read = items.flatMap((item) => readAlert(item) ?? []);
  return read.length === items.length ? read : null;
}

function readAlert(item: unknown): Alert | null {
  if (!isObject(item) || Object.keys(item).length !== 4) return null;
  const { code, severity, message, key } = item;
  if (typeof code !== "string" || typeof message !== "string" || typeof key !== "string") {
    return null;
  }
  if (severity !== "warning" && severity !== "critical") return null;
  return { code, severity, message, key };
}

/** What an organisation's `decision` answered. */
export interface OrganisationAnswer {
  readonly deny: readonly Reason[];
  readonly oblige: readonly unknown[];
}

/** Reads an organisation's decision; null when it has a third member, or another shape. */
export function readOrganisation(value: unknown): OrganisationAnswer | null {
  if (!isObject(value)) return null;
  if (Object.keys(value).some((name) => name !== "deny" && name !== "oblige")) return null;
  const deny = readReasons(value["deny"] ?? []);
  const oblige: unknown = value["oblige"] ?? [];
  if (deny === null || !Array.isArray(oblige)) return null;
  return { deny, oblige };
}

/** An obligation that enforcement can carry out; null for any other. */
export function knownObligation(value: unknown): Obligation | null {
  if (!isObject(value)) return null;
  const { kind, bytes, channel } = value;
  const members = Object.keys(value).toSorted().join();
  if (kind === "limit_output" && members === "bytes,kind" && isSize(bytes)) return { kind, bytes };
  if (kind === "notify" && members === "channel,kind" && typeof channel === "string") {
    return { kind, channel };
  }
  return null;
}

function isSize(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** A reason has a code; a missing message is the code. */
function readReasons(value: unknown): readonly Reason[] | null {
  if (!Array.isArray(value)) return null;
  const items: readonly unknown[] = value;
  const reasons = items.flatMap((item) => (isJsonObject(item) ? (readReason(item) ?? []) : []));
  return reasons.length === items.length ? reasons : null;
}

function readReason(item: JsonObject): Reason | null {
  const { code, message = code } = item;
  if (typeof code !== "string" || code === "" || typeof message !== "string") return null;
  return { ...item, code, message };
}
