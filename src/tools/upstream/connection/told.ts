import { ProtocolError, SdkError, SdkErrorCode, SdkHttpError } from "@modelcontextprotocol/client";
import { thrownText } from "../../../lib/thrown.ts";
import type { UpstreamFailure } from "../failure.ts";
import { NO_ANSWER } from "../line/address.ts";
import { NO_MESSAGE, UNFIT } from "../line/program.ts";

/** An upstream gave more than is taken from it. The message follows "the MCP server NAME". */
export class TooMuch extends Error {
  override readonly name = "TooMuch";
}

/** What is known when a question came to nothing. */
export interface Circumstances {
  readonly upstream: string;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** How the connection ended; null where it has not. */
  readonly ended: string | null;
}

/** Characters of an upstream's own words that are told. */
const MAX_WORDS = 1_000;

/** Why a question came to nothing, of what the library threw. */
export function failureOf(
  thrown: unknown,
  { upstream, signal, timeoutMs, ended }: Circumstances,
): UpstreamFailure {
  if (signal.aborted) return { reason: "cancelled", stderr: "" };
  if (thrown instanceof TooMuch) {
    return { reason: "upstream_too_much", upstream, detail: thrown.message };
  }
  if (thrown instanceof ProtocolError) {
    if (thrown.data === NO_ANSWER) {
      return { reason: "upstream_broke_off", upstream, detail: "ended its answer halfway" };
    }
    if (thrown.data === NO_MESSAGE) return unfit(upstream);
    return { reason: "upstream_refused", upstream, detail: words(thrown.message) };
  }
  if (thrown instanceof SdkHttpError) {
    const detail = `HTTP status ${thrown.data.status}`;
    return { reason: "upstream_refused", upstream, detail };
  }
  if (thrown instanceof SdkError) {
    if (thrown.code === SdkErrorCode.RequestTimeout) {
      return { reason: "timed_out", afterMs: timeoutMs, stderr: "" };
    }
    if (thrown.code === SdkErrorCode.InvalidResult) return unfit(upstream);
  }
  if (neverSent(thrown)) {
    const detail = words(thrownText(thrown));
    return { reason: "upstream_unreachable", upstream, detail, retryInMs: 0 };
  }
  const detail = ended ?? `gave no answer that can be used (${words(messageOf(thrown))})`;
  return { reason: "upstream_broke_off", upstream, detail };
}

/** It may have done what it was asked, and only failed to say so. */
function unfit(upstream: string): UpstreamFailure {
  return { reason: "upstream_broke_off", upstream, detail: UNFIT };
}

/** What stood in the way of a connection, in words of its deepest cause. */
export function whyNot(thrown: unknown): string {
  if (thrown instanceof TooMuch) return `it ${thrown.message}`;
  let told = thrown;
  while (told instanceof Error && !isOutbound(told) && told.cause !== undefined) {
    told = told.cause;
  }
  if (told instanceof SdkHttpError) return `it answers with the HTTP status ${told.data.status}`;
  return words(messageOf(told));
}

/** Whether this was thrown because the connection ended. */
export function isClosed(thrown: unknown): boolean {
  return thrown instanceof SdkError && thrown.code === SdkErrorCode.ConnectionClosed;
}

/** Whether an HTTP server says that it does not know the session any more: nothing ran. */
export function isSessionGone(thrown: unknown): boolean {
  return thrown instanceof SdkHttpError && thrown.data.status === 404;
}

/** Whether nothing more can come over a connection on which this was thrown. */
export function isLost(thrown: unknown): boolean {
  // What was answered and cannot be used has no cause beneath it: the connection still serves others.
  return isOutbound(thrown) && thrown.cause !== undefined;
}

function isOutbound(thrown: unknown): thrown is Error & { readonly name: "OutboundError" } {
  return thrown instanceof Error && thrown.name === "OutboundError";
}

function neverSent(thrown: unknown): boolean {
  return isOutbound(thrown) && "sent" in thrown && thrown.sent === false;
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : thrownText(thrown);
}

function words(text: string): string {
  return text.slice(0, MAX_WORDS).toWellFormed();
}
