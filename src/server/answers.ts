/** What a denial's code means to a caller. */
export interface AnswerRow {
  readonly codes: RegExp;
  readonly as: "error" | "unknown_tool" | "tool_result";
  /** The JSON-RPC error code. */
  readonly code: number;
  readonly headline: string;
  /** What to look at, in the words of the product page. */
  readonly check: readonly string[];
}

const CREDENTIAL = [
  "API key is valid and not expired",
  "Environment variable is set correctly",
  "Key has required permissions",
  "Network connectivity to Kubiya API",
];
const SESSION = [
  "Session timeout",
  "Re-authenticate with fresh token",
  "System clock synchronization",
  "Token expiration time",
];
const RIGHTS = [
  "API key has necessary permissions",
  "Tool is whitelisted (if using whitelist)",
  "OPA policies allow the action",
  "User role includes required permissions",
];
const ADDRESSEE = [
  "Host and Origin of the request",
  "`http.allowed_hosts` and `http.allowed_origins`",
];
const SERVER = ["The server's log", "`kubiya mcp validate`"];

/** interface.md, "What a caller gets". The first row that matches one of the reasons answers. */
export const ANSWERS: readonly [AnswerRow, ...AnswerRow[]] = [
  row(/^credential\.unverifiable$/, -32_054, "Not available", CREDENTIAL),
  row(/^credential\.expired$/, -32_051, "Token expired", CREDENTIAL),
  row(/^credential\.revoked$/, -32_051, "Token revoked", CREDENTIAL),
  row(/^credential\./, -32_051, "Authentication failed", CREDENTIAL),
  // Whoever may not be here gets no session: that there is none is not what stands in its way.
  row(/^addresses\./, -32_053, "Insufficient permissions", ["Address the request comes from"]),
  // An undefined role is no role: whether a tool exists cannot be told.
  row(/^roles\.unknown$/, -32_053, "Insufficient permissions", RIGHTS),
  // Whoever has as many sessions as it may has one that is not over.
  row(/^session\.too_many$/, -32_053, "Insufficient permissions", SESSION),
  row(/^session\./, -32_052, "Session expired", SESSION),
  row(/^request\.(?:credentials|query)$/, -32_600, "Invalid request", CREDENTIAL),
  row(/^request\./, -32_053, "Insufficient permissions", ADDRESSEE),
  row(/^(?:policy|input|audit|throttle|server)\./, -32_054, "Not available", SERVER),
  {
    ...row(/^(?:whitelist\.not_listed|roles\.tool_not_allowed|tools\.hidden)$/, -32_602, "", []),
    as: "unknown_tool",
  },
  row(/^access\.unverifiable$/, -32_054, "Not available", SERVER),
  row(/^permissions\.missing$/, -32_053, "Insufficient permissions", RIGHTS),
  { ...row(/./, -32_053, "Insufficient permissions", RIGHTS), as: "tool_result" },
];

function row(
  codes: RegExp,
  ...[code, headline, check]: readonly [number, string, readonly string[]]
): AnswerRow {
  return { codes, as: "error", code, headline, check };
}
