// The authentication matrix: who presents what, how, over which transport and in which era, and what comes back.
// It is what the product page ("What a caller gets") and the standard demand, not what a server was seen to do.

/** What a request is answered with; the challenge is that of `WWW-Authenticate`, without where the metadata is. */
export interface Answer {
  readonly status: number;
  readonly challenge: Readonly<Record<string, string>> | null;
  /** Null: the request is served. */
  readonly error: {
    readonly code: number;
    readonly begins: string;
    readonly data: string | null;
  } | null;
}

const INVALID = { error: "invalid_token" };
const LACKS = { error: "insufficient_scope" };

export const ANSWERS = {
  served: { status: 200, challenge: null, error: null },
  missing: refused([401, {}], [-32_051, "Authentication failed: ", "credential.missing"]),
  unknown: refused([401, INVALID], [-32_051, "Authentication failed: ", "credential.unknown"]),
  expired: refused([401, INVALID], [-32_051, "Token expired: ", "credential.expired"]),
  revoked: refused([401, INVALID], [-32_051, "Token revoked: ", "credential.revoked"]),
  unverifiable: refused([503, null], [-32_054, "Not available: ", "credential.unverifiable"]),
  two: refused([400, null], [-32_600, "Invalid request: ", "request.credentials"]),
  in_url: refused([400, null], [-32_600, "Invalid request: ", "request.query"]),
  no_session: refused([400, null], [-32_052, "Session expired: ", "session.missing"]),
  session_named: refused([404, null], [-32_052, "Session expired: ", "session.expired"]),
  session_over: refused([401, INVALID], [-32_052, "Session expired: ", "session.expired"]),
  elsewhere: refused([403, null], lacking("addresses.not_allowed")),
  cannot_list: refused([403, { ...LACKS, scope: "tools:list" }], lacking("permissions.missing")),
  cannot_call: refused([403, { ...LACKS, scope: "tools:execute" }], lacking("permissions.missing")),
  exceeds: refused([403, null], lacking("keys.exceeds_creator")),
  no_method: refused([405, null], [-32_600, "Method not allowed", null]),
  no_role: refused([403, LACKS], lacking("roles.unknown")),
} satisfies Record<string, Answer>;

/** The answers to the handshake of the era, to a list and to a call; or the one answer to all three. */
export type Answers = AnswerName | readonly [AnswerName, AnswerName, AnswerName];
export type AnswerName = keyof typeof ANSWERS;

/** How a credential is sent. */
export type Manner =
  | "as a Bearer token"
  | "in X-API-Key"
  | "with another scheme"
  | "in two headers"
  | "in X-API-Key beside Authorization"
  | "in the query as access_token"
  | "in the query as token"
  | "in the query as api_key"
  | "from another network"
  | "in a session of another credential"
  | "in a session that nobody knows"
  | "without its session";

/** Which credential is presented. */
export type Held =
  | "nothing"
  | `${"key" | "token" | "session" | "jwt"} that ${State}`
  | "text of no kind";
type State =
  | "holds"
  | "has expired"
  | "was revoked"
  | "has a wrong secret"
  | "is malformed"
  | "nobody made"
  | "may only list"
  | "may nothing"
  | "is for another network"
  | "is of a revoked parent"
  | "is for another audience"
  | "was idle"
  | "has a role that is none";

/** A row. Where a transport has no cell, it has nothing new to say there. */
export interface Row {
  readonly held: Held;
  readonly sent: Manner;
  readonly http: { readonly legacy: Answers; readonly modern: Answers };
}

/** A cell on stdio, where a credential comes from the environment and the handshake is open to all. */
export interface StdioRow {
  readonly held: Held;
  readonly era: "legacy" | "modern";
  readonly answer: AnswerName;
}

/** A row of what is asked for beside messages. */
export interface EndpointRow {
  readonly held: Held;
  readonly sent: Manner;
  readonly answers: Readonly<Record<"GET /mcp" | "DELETE /mcp" | "POST /auth/session", AnswerName>>;
}

const BEARER = "as a Bearer token";
const ENDS_NOTHING = ["no_method", "session_named", "served"] as const;
const LISTS = ["served", "served", "cannot_call"] as const;
const NOTHING = ["served", "cannot_list", "cannot_call"] as const;

export const HTTP: readonly Row[] = [
  same("nothing", BEARER, "missing"),
  same("nothing", "from another network", "missing"),
  same("nothing", "in a session of another credential", "missing"),
  same("text of no kind", BEARER, "unknown"),
  same("text of no kind", "in X-API-Key", "unknown"),
  same("text of no kind", "in two headers", "two"),
  same("text of no kind", "in the query as api_key", "in_url"),

  same("key that holds", BEARER, "served"),
  same("key that holds", "in X-API-Key", "served"),
  same("key that holds", "with another scheme", "unknown"),
  same("key that holds", "in two headers", "two"),
  same("key that holds", "in X-API-Key beside Authorization", "two"),
  same("key that holds", "in the query as access_token", "in_url"),
  same("key that holds", "in the query as token", "in_url"),
  same("key that holds", "in the query as api_key", "in_url"),
  same("key that holds", "from another network", "elsewhere"),
  inSession("key that holds", "in a session of another credential", "session_named"),
  inSession("key that holds", "in a session that nobody knows", "session_named"),
  inSession("key that holds", "without its session", "no_session"),
  same("key that has expired", BEARER, "expired"),
  same("key that has expired", "in X-API-Key", "expired"),
  same("key that has expired", "in a session of another credential", "expired"),
  same("key that was revoked", BEARER, "revoked"),
  same("key that was revoked", "from another network", "revoked"),
  same("key that has a wrong secret", BEARER, "unknown"),
  same("key that has a wrong secret", "in a session of another credential", "unknown"),
  same("key that is malformed", BEARER, "unknown"),
  same("key that nobody made", BEARER, "unknown"),
  same("key that may only list", BEARER, LISTS),
  same("key that may nothing", BEARER, NOTHING),
  same("key that is for another network", BEARER, "elsewhere"),

  same("token that holds", BEARER, "served"),
  same("token that holds", "in two headers", "two"),
  same("token that holds", "in X-API-Key beside Authorization", "two"),
  same("token that holds", "in the query as token", "in_url"),
  same("token that holds", "from another network", "elsewhere"),
  inSession("token that holds", "in a session of another credential", "session_named"),
  same("token that has expired", BEARER, "expired"),
  same("token that was revoked", BEARER, "revoked"),
  same("token that is of a revoked parent", BEARER, "revoked"),
  same("token that has a wrong secret", BEARER, "unknown"),
  same("token that is malformed", BEARER, "unknown"),
  same("token that nobody made", BEARER, "unknown"),
  same("token that may only list", BEARER, LISTS),
  same("token that is for another network", BEARER, "elsewhere"),

  same("session that holds", BEARER, "served"),
  same("session that holds", "in two headers", "two"),
  same("session that holds", "in X-API-Key beside Authorization", "two"),
  same("session that holds", "in the query as access_token", "in_url"),
  same("session that holds", "from another network", "elsewhere"),
  same("session that was idle", BEARER, "session_over"),
  same("session that has expired", BEARER, "session_over"),
  same("session that was revoked", BEARER, "session_over"),
  same("session that is of a revoked parent", BEARER, "revoked"),
  same("session that has a wrong secret", BEARER, "unknown"),
  same("session that is malformed", BEARER, "unknown"),
  same("session that nobody made", BEARER, "unknown"),
  same("session that may only list", BEARER, LISTS),
  same("session that is for another network", BEARER, "elsewhere"),

  same("jwt that holds", BEARER, "served"),
  same("jwt that holds", "in X-API-Key", "served"),
  same("jwt that holds", "in two headers", "two"),
  same("jwt that holds", "in X-API-Key beside Authorization", "two"),
  same("jwt that holds", "in the query as access_token", "in_url"),
  same("jwt that holds", "from another network", "elsewhere"),
  inSession("jwt that holds", "in a session of another credential", "session_named"),
  same("jwt that has expired", BEARER, "expired"),
  same("jwt that is for another audience", BEARER, "unknown"),
  same("jwt that has a wrong secret", BEARER, "unknown"),
  same("jwt that is malformed", BEARER, "unknown"),
  same("jwt that may only list", BEARER, LISTS),
  same("jwt that may nothing", BEARER, NOTHING),
  same("jwt that has a role that is none", BEARER, "no_role"),
];

export const ENDPOINTS: readonly EndpointRow[] = [
  endpoints("nothing", BEARER, ["missing", "missing", "missing"]),
  endpoints("key that holds", BEARER, ["no_method", "no_session", "served"]),
  endpoints("key that holds", "in X-API-Key", ["no_method", "no_session", "served"]),
  endpoints("key that holds", "in two headers", ["two", "two", "two"]),
  endpoints("key that holds", "in X-API-Key beside Authorization", ["two", "two", "two"]),
  endpoints("key that holds", "in the query as token", ["in_url", "in_url", "in_url"]),
  endpoints("key that holds", "from another network", ["elsewhere", "elsewhere", "elsewhere"]),
  endpoints("key that holds", "in a session of another credential", ENDS_NOTHING),
  endpoints("key that holds", "in a session that nobody knows", ENDS_NOTHING),
  endpoints("key that has expired", BEARER, ["expired", "expired", "expired"]),
  endpoints("key that was revoked", BEARER, ["revoked", "revoked", "revoked"]),
  endpoints("key that has a wrong secret", BEARER, ["unknown", "unknown", "unknown"]),
  endpoints("token that holds", BEARER, ["no_method", "no_session", "exceeds"]),
  endpoints("jwt that holds", BEARER, ["no_method", "no_session", "exceeds"]),
  endpoints("jwt that has expired", BEARER, ["expired", "expired", "expired"]),
  endpoints("jwt that is for another audience", BEARER, ["unknown", "unknown", "unknown"]),
];

export const STDIO: readonly StdioRow[] = [
  { held: "nothing", era: "legacy", answer: "missing" },
  { held: "nothing", era: "modern", answer: "missing" },
  { held: "key that holds", era: "legacy", answer: "served" },
  { held: "key that has expired", era: "modern", answer: "expired" },
  { held: "key that has a wrong secret", era: "legacy", answer: "unknown" },
  { held: "key that may only list", era: "modern", answer: "cannot_call" },
  { held: "key that is for another network", era: "legacy", answer: "elsewhere" },
  { held: "token that holds", era: "modern", answer: "served" },
  { held: "token that is of a revoked parent", era: "legacy", answer: "revoked" },
  { held: "session that holds", era: "legacy", answer: "served" },
  { held: "session that was idle", era: "modern", answer: "session_over" },
  { held: "jwt that holds", era: "modern", answer: "served" },
  { held: "jwt that is for another audience", era: "legacy", answer: "unknown" },
];

function same(held: Held, sent: Manner, answers: Answers): Row {
  return { held, sent, http: { legacy: answers, modern: answers } };
}

/** What a server answers that cannot ask the issuer. */
export const WITHOUT_ISSUER: readonly Row[] = [
  same("jwt that holds", BEARER, "unverifiable"),
  same("key that holds", BEARER, "served"),
];

function endpoints(
  held: Held,
  sent: Manner,
  [get, end, exchange]: readonly [AnswerName, AnswerName, AnswerName],
): EndpointRow {
  const answers = { "GET /mcp": get, "DELETE /mcp": end, "POST /auth/session": exchange };
  return { held, sent, answers };
}

/** A session that is named counts in the legacy era alone, and not yet in the handshake. */
function inSession(held: Held, sent: Manner, answer: AnswerName): Row {
  return { held, sent, http: { legacy: ["served", answer, answer], modern: "served" } };
}

function refused(
  [status, challenge]: readonly [number, Answer["challenge"]],
  [code, begins, data]: readonly [number, string, string | null],
): Answer {
  return { status, challenge, error: { code, begins, data } };
}

function lacking(data: string): readonly [number, string, string] {
  return [-32_053, "Insufficient permissions: ", data];
}
