import { isJsonObject } from "../lib/json.ts";
import { failed } from "../lib/outcome.ts";
import { cutText } from "../lib/text.ts";
import { escapeUnprintable } from "../lib/unprintable.ts";
import type { SendFailure } from "../outbound/types.ts";
import { parseText } from "./json.ts";
import type { KubiyaFailure } from "./types.ts";

/** How much of what the cloud says of itself is passed on. */
const SAID_BYTES = 500;

/** An answer that is not what is documented. */
export function unexpected(
  endpoint: string,
  field: string,
  detail: string,
): { readonly ok: false; readonly failure: KubiyaFailure } {
  return failed({ reason: "kubiya_unexpected", endpoint, field, detail });
}

/** What the connection ended in, in the words of this contract. */
export function fromSend(endpoint: string, failure: SendFailure): KubiyaFailure {
  switch (failure.reason) {
    case "not_sent":
    case "unanswered":
    case "silent":
      return { reason: "kubiya_unreachable", endpoint, detail: failure.detail };
    case "broke_off":
      return { reason: "kubiya_broke_off", endpoint, detail: failure.detail };
    case "too_large":
      return { reason: "kubiya_too_much", endpoint, allowedBytes: failure.allowedBytes };
    case "aborted":
      return { reason: "cancelled", stderr: "" };
  }
}

/** An answer with another status than success. */
export interface Refusal {
  readonly endpoint: string;
  readonly status: number;
  readonly retryAfter: string | null;
  /** Of the body, as far as it was read. */
  readonly text: string;
  /** The key: whatever the cloud says, it is not repeated. */
  readonly key: string;
}

/** What a status other than success means. */
export function fromStatus({ endpoint, status, retryAfter, text, key }: Refusal): KubiyaFailure {
  if (status === 401 || status === 403) return { reason: "kubiya_unauthorized", endpoint, status };
  if (status === 429) {
    return { reason: "kubiya_busy", endpoint, retryAfterSeconds: secondsOf(retryAfter) };
  }
  return { reason: "kubiya_refused", endpoint, status, message: said(messageOf(text), key) };
}

/** Words of the cloud, as far as they are passed on. */
export function said(words: string, key: string): string {
  return escapeUnprintable(cutText(words.replaceAll(key, "[hidden]"), SAID_BYTES));
}

/** Seconds as they are written (RFC 9110 section 10.2.3); a date is taken for nothing said. */
export function secondsOf(retryAfter: string | null): number | null {
  return retryAfter !== null && /^[0-9]{1,6}$/.test(retryAfter) ? Number(retryAfter) : null;
}

/** `{"error": {"message"}}`, `{"error", "details"}`, or whatever else was said. */
function messageOf(text: string): string {
  const answer = parseText(text);
  if (!isJsonObject(answer)) return text;
  const { error, message, details } = answer;
  if (isJsonObject(error) && typeof error["message"] === "string") return error["message"];
  const words = [error, message, details].filter((word) => typeof word === "string");
  return words.length === 0 ? text : words.join(": ");
}
