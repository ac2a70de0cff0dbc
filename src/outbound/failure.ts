import { failed, type Outcome } from "../lib/outcome.ts";
import { codeOf } from "../lib/thrown.ts";
import type { OutboundFailure } from "./types.ts";

/** What a library threw at a request to this host. */
export function fromThrown(host: string, thrown: unknown): Outcome<never, OutboundFailure> {
  if (thrown instanceof SyntaxError) return refused("not_json", `${host} did not answer with JSON`);
  if (codeOf(thrown) === "UND_ERR_RES_EXCEEDED_MAX_SIZE") {
    return refused("too_large", `${host} answered with more than is read`);
  }
  return refused("unreachable", unreachable(host, thrown));
}

/** That a host gave no answer, and why; what is of this folder's own says both by itself. */
export function unreachable(host: string, thrown: unknown): string {
  if (thrown instanceof OutboundError) return thrown.message;
  return `${host} cannot be reached: ${kindOf(thrown)}`;
}

/** What kind of error was thrown, without what a library says of it. */
export function kindOf(thrown: unknown): string {
  if (thrown instanceof OutboundError) return thrown.message;
  const name = thrown instanceof Error ? thrown.name : "Error";
  return codeOf(thrown) || name;
}

/** A request that came to nothing. */
export function refused(
  reason: OutboundFailure["reason"],
  detail: string,
): Outcome<never, OutboundFailure> {
  return failed({ reason, detail });
}

/**
 * Errors of which it is certain that no byte of the request was sent. That a host or a net cannot be reached is
 * told of a connection that was there as well (RFC 1122 section 4.2.3.9).
 */
const NOT_SENT = new Set([
  ...["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN"],
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** Whether this was thrown before a byte of the request was sent; false where that is not certain. */
export function isNotSent(thrown: unknown): boolean {
  if (thrown instanceof OutboundError) return !thrown.sent;
  return NOT_SENT.has(codeOf(thrown));
}

/** The same for a library that wants it thrown: the message says the host and what happened. */
export class OutboundError extends Error {
  override readonly name = "OutboundError";
  /** False where it is certain that no byte of the request was. */
  readonly sent: boolean;

  constructor(message: string, { sent, ...options }: ErrorOptions & { readonly sent: boolean }) {
    super(message, options);
    this.sent = sent;
  }
}
