// On the trust boundary: how the built-in answer and the organisation's become one. The organisation can
// add denials and obligations and hide tools; nothing here can turn a denial into an allow.

import { type BuiltinAnswer, knownObligation } from "./answer.ts";
import type { Access, Obligation, Reason } from "./types.ts";

/** What was judged, before it has an id. */
export interface Judgement {
  readonly allow: boolean;
  readonly reasons: readonly Reason[];
  readonly obligations: readonly Obligation[];
}

/** What an organisation's policies said: nothing but objections and obligations. */
export interface Objections {
  readonly reasons: readonly Reason[];
  readonly obligations: readonly unknown[];
}

/** One judgement of both: an objection of either wins, and so does an obligation that nobody knows. */
export function combine(builtin: BuiltinAnswer, organisation: Objections): Judgement {
  const asked = [...builtin.obligations, ...organisation.obligations];
  const obligations = asked.flatMap((obligation) => knownObligation(obligation) ?? []);
  const unknown = obligations.length < asked.length ? [UNKNOWN_OBLIGATION] : [];
  const reasons = [...builtin.reasons, ...organisation.reasons, ...unknown];
  return { allow: builtin.allow && reasons.length === 0, reasons, obligations };
}

/** What is shown of a list: without what the organisation hides, and nothing certain while it has a say. */
export function combineVisible(
  visible: Readonly<Record<string, Access>>,
  hidden: readonly string[] | null,
): Readonly<Record<string, Access>> {
  if (hidden === null) return visible;
  const shown = Object.entries(visible).filter(([name]) => !hidden.includes(name));
  return Object.fromEntries(
    shown.map(([name, access]) => [name, access === "yes" ? "maybe" : access]),
  );
}

const UNKNOWN_OBLIGATION: Reason = {
  code: "policy.unknown_obligation",
  message:
    "A policy asks for an obligation that this server does not know; correct the policy's `oblige`.",
};
