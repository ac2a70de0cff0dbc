/** What a page of an allowed origin may read of an answer (the Fetch standard, "CORS protocol"). */
export function readableBy(origin: string | null): Readonly<Record<string, string>> {
  if (origin === null) return {};
  return {
    "Access-Control-Allow-Origin": origin,
    "Access-Control-Expose-Headers": "Mcp-Session-Id, WWW-Authenticate, Retry-After",
    Vary: "Origin",
  };
}

/** The answer to the question of an allowed origin whether it may ask. */
export function preflight(): Response {
  return new Response(null, {
    status: 204,
    headers: {
      "Access-Control-Allow-Methods": "POST, GET, DELETE",
      "Access-Control-Allow-Headers":
        "Authorization, Content-Type, Accept, X-API-Key, Mcp-Session-Id, Mcp-Protocol-Version, Mcp-Method, Mcp-Name, Last-Event-ID",
      "Access-Control-Max-Age": "600",
    },
  });
}
