/** The answer where nothing is served. */
export function notFound(): Response {
  return errorResponse(404, "Nothing is served at this path; MCP is at /mcp");
}

/** The answer to a method that a path has not: the protocol's stream by GET among them. */
export function methodNotAllowed(allowed: readonly string[]): Response {
  return errorResponse(405, "Method not allowed", { Allow: allowed.join(", ") });
}

function errorResponse(
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const body = { jsonrpc: "2.0", id: null, error: { code: -32_600, message } };
  return Response.json(body, { status, headers: { ...headers } });
}
