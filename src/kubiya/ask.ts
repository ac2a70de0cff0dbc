// On the trust boundary: requests to the Kubiya cloud with one key. The key goes to the configured address
// and nowhere else: into one header, never into an address, a failure or a log line.

import type { Json, JsonObject } from "../lib/json.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import type { Secret } from "../lib/secret.ts";
import type { Answered, Send, SendFailure, Sent } from "../outbound/types.ts";
import type { Versions } from "./base.ts";
import { fromSend, fromStatus, secondsOf, unexpected } from "./failure.ts";
import { parseText } from "./json.ts";
import type { Answer, Asking, KubiyaFailure } from "./types.ts";

/** One request. */
export interface Asked {
  readonly method: Sent["method"];
  readonly version: keyof Versions;
  /** Below the version: each is one segment, whatever is in it. */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: JsonObject;
}

/** What requests are made with. */
export interface AskParts {
  readonly send: Send;
  readonly versions: Versions;
  readonly key: Secret;
  /** Waits between two attempts; it ends early, and never throws, where the signal says so. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** The answer to one request and the name of what was asked. */
export interface Told {
  readonly endpoint: string;
  readonly value: Json;
}

/** Asks for a JSON document. */
export type Ask = (asked: Asked, asking: Asking) => Answer<Told>;

/** Which failures of an attempt make another one safe. */
export type Safe = "reading" | "unsent" | "never";

const SILENT_MS = 15_000;
const ALL_MS = 30_000;
const MAX_BYTES = 8 * 1024 * 1024;
const REFUSAL_BYTES = 16 * 1024;
const ATTEMPTS = 3;
const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 5_000;

/** Asks for documents: reading is tried again where the cloud is away or busy for a moment, and nothing else is. */
export function createAsk(parts: AskParts): Ask {
  return async (asked, { signal: brokenOff }) => {
    const late = AbortSignal.timeout(ALL_MS);
    const signal = AbortSignal.any([brokenOff, late]);
    const limits = { silentMs: SILENT_MS, maxBytes: MAX_BYTES, signal } as const;
    const safe = asked.method === "GET" ? "reading" : "never";
    const begun = await begin(parts, asked, { ...limits, safe });
    const told = begun.ok ? await documentOf(begun.value) : begun;
    if (told.ok || told.failure.reason !== "cancelled" || brokenOff.aborted) return told;
    const detail = `it did not answer within ${ALL_MS} ms`;
    return failed({ reason: "kubiya_unreachable", endpoint: endpointOf(parts, asked), detail });
  };
}

/** An answer that is a success, of which nothing was read yet. */
export interface Begun {
  readonly endpoint: string;
  readonly read: Answered["read"];
}

/** How an answer is waited for. */
interface Beginning extends Pick<Sent, "silentMs" | "maxBytes" | "signal"> {
  readonly safe: Safe;
}

/** Sends a request until an answer begins, as often as that is safe. */
export async function begin(parts: AskParts, asked: Asked, beginning: Beginning): Answer<Begun> {
  if (asked.path.some((segment) => ["", ".", ".."].includes(segment))) {
    const endpoint = `${asked.method} /${asked.path[0] ?? ""}`;
    return failed({ reason: "kubiya_not_asked", endpoint });
  }
  for (let attempt = 1; ; attempt += 1) {
    const begun = await attemptOf(parts, asked, beginning);
    if (begun.ok) return begun;
    const { failure, how, mendsIn } = begun.failure;
    const waitMs = mendsIn ?? FIRST_WAIT_MS * 2 ** (attempt - 1);
    const again = AGAIN[beginning.safe].includes(how) && waitMs <= LONGEST_WAIT_MS;
    if (!again || attempt === ATTEMPTS) return failed(failure);
    await parts.wait(waitMs, beginning.signal);
    if (beginning.signal.aborted) return failed({ reason: "cancelled", stderr: "" });
  }
}

/** How one attempt failed, and what that says about another. */
interface Attempted {
  readonly failure: KubiyaFailure;
  readonly how: SendFailure["reason"] | "busy" | "server_error" | "refused";
  /** Milliseconds; null where nobody said. */
  readonly mendsIn: number | null;
}

/** Whoever answers, also with a 5xx, may have taken what was sent: somebody on the way may only have lost sight of it. */
const AGAIN: Readonly<Record<Safe, readonly Attempted["how"][]>> = {
  reading: ["not_sent", "unanswered", "busy", "server_error"],
  unsent: ["not_sent"],
  never: [],
};

async function attemptOf(
  parts: AskParts,
  asked: Asked,
  { silentMs, maxBytes, signal }: Beginning,
): Promise<Outcome<Begun, Attempted>> {
  const endpoint = endpointOf(parts, asked);
  const key = parts.key.reveal();
  const { method, body } = asked;
  const answered = await parts.send({
    ...{ method, url: urlOf(parts, asked), silentMs, maxBytes, signal },
    headers: {
      authorization: `UserKey ${key}`,
      accept: "application/json, text/event-stream",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      "x-vercel-ai-data-stream": "v1",
    },
    body: body === undefined ? null : JSON.stringify(body),
  });
  if (!answered.ok) {
    const { failure } = answered;
    return failed({ failure: fromSend(endpoint, failure), how: failure.reason, mendsIn: null });
  }
  const { status, retryAfter, read } = answered.value;
  if (status >= 200 && status < 300) return done({ endpoint, read });
  let text = "";
  // What is wrong with the rest of a refusal changes nothing about it.
  await read((piece) => {
    text += piece;
    return text.length < REFUSAL_BYTES ? "more" : "enough";
  });
  const seconds = secondsOf(retryAfter);
  return failed({
    failure: fromStatus({ endpoint, status, retryAfter, text, key }),
    how: status === 429 ? "busy" : status >= 500 ? "server_error" : "refused",
    mendsIn: seconds === null ? null : seconds * 1_000,
  });
}

async function documentOf({ endpoint, read }: Begun): Answer<Told> {
  let text = "";
  const ended = await read((piece) => {
    text += piece;
    return "more";
  });
  if (!ended.ok) return failed(fromSend(endpoint, ended.failure));
  // What was deleted has nothing to tell.
  if (text === "") return done({ endpoint, value: null });
  const value = parseText(text);
  return value === undefined
    ? unexpected(endpoint, "", "it is not JSON")
    : done({ endpoint, value });
}

function endpointOf({ versions }: AskParts, { method, version, path }: Asked): string {
  return `${method} ${new URL(addressOf(versions[version], path)).pathname}`;
}

function urlOf({ versions }: AskParts, { version, path, query = {} }: Asked): string {
  const search = new URLSearchParams(query).toString();
  return `${addressOf(versions[version], path)}${search === "" ? "" : `?${search}`}`;
}

function addressOf(version: string, path: readonly string[]): string {
  return [version, ...path.map(encodeURIComponent)].join("/");
}
