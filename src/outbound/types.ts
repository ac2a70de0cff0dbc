import type { Outcome } from "../lib/outcome.ts";

/** Why something outside gave no answer that can be used. Without what was sent, and without a secret. */
export interface OutboundFailure {
  readonly reason: "unreachable" | "refused" | "not_json" | "too_large";
  /** The host and what happened. */
  readonly detail: string;
}

/** Fetches a JSON document: no redirects, no credentials, a bounded size and time. */
export type GetJson = (url: string) => Promise<Outcome<unknown, OutboundFailure>>;
