import { type Asked, ask } from "./http-load.ts";

const VERSION = "2026-07-28";
const TYPES = {
  "content-type": "application/json",
  accept: "application/json, text/event-stream",
};
const META = {
  "io.modelcontextprotocol/protocolVersion": VERSION,
  "io.modelcontextprotocol/clientInfo": { name: "bench", version: "1" },
  "io.modelcontextprotocol/clientCapabilities": {},
};

/** Where a server listens. */
interface Place {
  readonly url: string;
}

/** How a request is sent, and which text its answer must have. */
interface Manner {
  readonly headers: Readonly<Record<string, string>>;
  readonly expected: string;
}

/** A call of a modern client. */
export function call(
  { url }: Place,
  { name, headers, expected }: Manner & { readonly name: string },
): Asked {
  const modern = { "mcp-protocol-version": VERSION, "mcp-method": "tools/call", "mcp-name": name };
  const body = message("tools/call", { name, arguments: {}, _meta: META });
  return { url, headers: { ...TYPES, ...headers, ...modern }, body, expected };
}

/** A list of a modern client. */
export function list({ url }: Place, { headers, expected }: Manner): Asked {
  const modern = { "mcp-protocol-version": VERSION, "mcp-method": "tools/list" };
  const body = message("tools/list", { _meta: META });
  return { url, headers: { ...TYPES, ...headers, ...modern }, body, expected };
}

/** A call of a legacy client. */
export function legacyCall(
  { url }: Place,
  { name, headers, expected }: Manner & { readonly name: string },
): Asked {
  const body = message("tools/call", { name, arguments: {} });
  return { url, headers: { ...TYPES, ...headers }, body, expected };
}

/** The headers of a legacy client after it has initialized. */
export async function sessionOf(
  { url }: Place,
  bearer: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, string>>> {
  const body = message("initialize", {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "bench", version: "1" },
  });
  const asked = { url, headers: { ...TYPES, ...bearer }, body, expected: "serverInfo" };
  const { sessionId } = await ask(asked);
  if (sessionId === null) throw new Error("no session was opened");
  return { ...bearer, "mcp-session-id": sessionId };
}

function message(method: string, params: object): string {
  return JSON.stringify({ jsonrpc: "2.0", id: 7, method, params });
}
