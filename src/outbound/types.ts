import type { Outcome } from "../lib/outcome.ts";

/** Why something outside gave no answer that can be used. Without what was sent, and without a secret. */
export interface OutboundFailure {
  readonly reason: "unreachable" | "refused" | "not_json" | "too_large";
  /** The host and what happened. */
  readonly detail: string;
}

/** What is posted. */
export interface Posted {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Breaks it off. */
  readonly signal: AbortSignal;
}

/** Posts a text and gives the status of the answer: no redirects, no credentials, a bounded size and time. */
export type PostText = (url: string, posted: Posted) => Promise<Outcome<number, OutboundFailure>>;

/** Fetches a JSON document: no redirects, no credentials, a bounded size and time. */
export type GetJson = (url: string) => Promise<Outcome<unknown, OutboundFailure>>;

/** `fetch` for a library that needs one: see `createFetch` for what it does not do. */
export type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/** A `fetch` with connections of its own, and the end of them. */
export interface Fetching {
  readonly fetch: Fetch;
  readonly close: () => Promise<void>;
}
