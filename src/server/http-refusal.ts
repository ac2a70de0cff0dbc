// On the trust boundary: the HTTP status and the challenge of a refusal. It adds no reason of its own: what
// a caller learns is what its JSON-RPC error tells, and of a session that is not its own not even that.

import { isJsonObject, type Json, type JsonObject } from "../lib/json.ts";
import type { ErrorAnswer } from "./wire.ts";

/** The request that is refused. */
export interface RefusedRequest {
  /** The JSON-RPC id; null where none was read. */
  readonly id: string | number | null;
  /** How it takes part in a session: by a header, by a credential that is one, or not at all. */
  readonly session: "named" | "credential" | "none";
  /** Where the metadata of this resource is (RFC 9728 section 5.1). */
  readonly metadataUrl: string;
}

/** Seconds after which whoever found the server busy or broken may come again. */
const RETRY_AFTER_SECONDS = 5;

/** What is told of every session that is not, or not any more, the caller's. Policies say it in the same words. */
const OVER = "session.expired";

/** The answer over HTTP. */
export function refusalResponse(given: ErrorAnswer, refused: RefusedRequest): Response {
  const answer = oneForAll(given, refused.session);
  const { code, message, data } = answer;
  const body = {
    jsonrpc: "2.0",
    id: refused.id,
    error: { code, message, ...(data !== null && { data }) },
  };
  return Response.json(body, headOf(answer, refused));
}

/** Over, unknown or somebody else's: whoever names a session does not learn which ones there are. */
function oneForAll(answer: ErrorAnswer, session: RefusedRequest["session"]): ErrorAnswer {
  if (answer.code !== -32_052 || session === "none") return answer;
  const reasons = reasonsIn(answer.data).slice(0, 1);
  const over = reasons.map((reason) => ({ ...reason, code: OVER }));
  return { ...answer, data: { ...answer.data, code: OVER, reasons: over } };
}

function headOf(
  { code, data }: ErrorAnswer,
  { session, metadataUrl }: RefusedRequest,
): { readonly status: number; readonly headers: Record<string, string> } {
  const reason = data?.["code"];
  const challenge = (error: string): Record<string, string> => ({
    "WWW-Authenticate": `Bearer ${error}resource_metadata="${metadataUrl}"`,
  });
  switch (code) {
    case -32_600:
      return { status: 400, headers: {} };
    case -32_051:
      // RFC 6750 section 3.1: whoever sent nothing is told no error.
      return {
        status: 401,
        headers: challenge(reason === "credential.missing" ? "" : 'error="invalid_token", '),
      };
    case -32_052:
      return sessionHead(session, challenge('error="invalid_token", '));
    case -32_054:
      return {
        status: typeof reason === "string" && reason.startsWith("throttle.") ? 429 : 503,
        headers: { "Retry-After": String(secondsIn(data) ?? RETRY_AFTER_SECONDS) },
      };
    default:
      return {
        status: 403,
        headers: lacksScope(reason) ? challenge(scopes(data)) : {},
      };
  }
}

/** How long a reason says to wait. */
function secondsIn(data: JsonObject | null): number | null {
  const seconds = reasonsIn(data)[0]?.["wait_seconds"];
  return typeof seconds === "number" ? seconds : null;
}

/** A legacy client that names a session learns that it is over by 404; one that names none, that it must. */
function sessionHead(
  session: RefusedRequest["session"],
  challenge: Record<string, string>,
): { readonly status: number; readonly headers: Record<string, string> } {
  switch (session) {
    case "named":
      return { status: 404, headers: {} };
    case "credential":
      return { status: 401, headers: challenge };
    case "none":
      return { status: 400, headers: {} };
  }
}

function reasonsIn(data: JsonObject | null): readonly JsonObject[] {
  const given: readonly unknown[] = Array.isArray(data?.["reasons"]) ? data["reasons"] : [];
  return given.filter(isJsonObject);
}

function lacksScope(reason: Json | undefined): boolean {
  return reason === "permissions.missing" || reason === "roles.unknown";
}

/** Everything that is needed, at once: RFC 6750 section 3. */
function scopes(data: JsonObject | null): string {
  const needed = reasonsIn(data).flatMap(({ needed: those }): readonly unknown[] =>
    Array.isArray(those) ? those : [],
  );
  const scope = [...new Set(needed.filter((one) => typeof one === "string"))].toSorted().join(" ");
  return `error="insufficient_scope", ${scope === "" ? "" : `scope="${scope}", `}`;
}
