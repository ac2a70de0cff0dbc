import type { Outcome } from "../lib/outcome.ts";

/** Why something outside gave no answer that can be used. Without what was sent, and without a secret. */
export interface OutboundFailure {
  readonly reason: "unreachable" | "refused" | "not_json" | "too_large";
  /** The host and what happened. */
  readonly detail: string;
}

/** The bounds of a small request. */
export interface OutboundLimits {
  readonly timeoutMs: number;
  readonly maxBytes: number;
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

/** Who wrote an address: whoever configures this server, or another server in an answer of its own. */
export type WrittenBy = "operator" | "server";

/**
 * Fetches a JSON document: no redirects, no credentials, a bounded size and time. No server leads it to what serves
 * metadata of a cloud.
 */
export type GetJson = (
  url: string,
  writtenBy: WrittenBy,
) => Promise<Outcome<unknown, OutboundFailure>>;

/** `fetch` for a library that needs one: see `createFetch` for what it does not do. */
export type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/** A `fetch` with connections of its own, and the end of them. */
export interface Fetching {
  readonly fetch: Fetch;
  readonly close: () => Promise<void>;
}

/** One request, as it is sent: its headers are all that say who asks. */
export interface Sent {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** How long the other side may say nothing, before its answer and within. */
  readonly silentMs: number;
  /** Of the answer's body. */
  readonly maxBytes: number;
  /** Breaks it off. */
  readonly signal: AbortSignal;
}

/** Why a request has no whole answer; `detail` names the host and what happened. */
export type SendFailure =
  /** There was no connection: the other side knows nothing of it. */
  | { readonly reason: "not_sent"; readonly detail: string }
  /** The connection ended before an answer began: the other side may have taken it. */
  | { readonly reason: "unanswered"; readonly detail: string }
  | { readonly reason: "broke_off"; readonly detail: string }
  | { readonly reason: "silent"; readonly detail: string; readonly afterMs: number }
  | { readonly reason: "too_large"; readonly allowedBytes: number }
  | { readonly reason: "aborted" };

/** Whether whoever reads an answer wants the rest of it. */
export type Wanted = "more" | "enough";

/** An answer that has begun. It is to be read, or the connection stays taken. */
export interface Answered {
  readonly status: number;
  readonly retryAfter: string | null;
  /** Gives the body's text as it comes, and never a part of a character. Where it is enough the connection ends. */
  readonly read: (onText: (text: string) => Wanted) => Promise<Outcome<void, SendFailure>>;
}

/** Sends a request once: no redirects, and nothing in it that it was not given. */
export type Send = (sent: Sent) => Promise<Outcome<Answered, SendFailure>>;
