// On the trust boundary: MCP over HTTP. Limits on what a client may send, and how slowly, hold before
// anything of ours runs; at its end it takes nothing new and waits for what runs.

import { createServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Metrics } from "../lib/metrics.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { createSessionExchange, type ExchangeParts } from "./http-exchange-session.ts";
import { createFront, type FrontParts } from "./http-front.ts";
import { createMcpEndpoint, type McpParts } from "./http-mcp.ts";
import { METADATA_PATH, metadataResponse } from "./http-metadata.ts";
import { metricsResponse } from "./http-metrics.ts";
import { type Ready, readyResponse } from "./http-ready.ts";
import { createHttpSessions, type SessionParts } from "./http-sessions.ts";
import { createStreams, type StreamParts } from "./http-streams.ts";
import { createThrottle } from "./http-throttle.ts";
import { createPending } from "./pending.ts";

/** A certificate and its key, as PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** What serving over HTTP is made of. */
export interface HttpParts
  extends
    SessionParts,
    Pick<McpParts, "version" | "log">,
    Pick<ExchangeParts, "times" | "endOf">,
    Pick<StreamParts, "recheck">,
    Pick<FrontParts, "current" | "throttled" | "begin" | "logAccess"> {
  readonly host: string;
  readonly port: number;
  /** Null: in the clear. */
  readonly certificate: Certificate | null;
  readonly ready: Ready;
  readonly metrics: Pick<Metrics, "watch" | "exposition">;
  readonly limits?: Partial<HttpLimits>;
}

/** A server that listens. */
export interface HttpServer {
  /** Where, without a slash at its end. */
  readonly url: string;
  readonly changed: () => void;
  /** Uses another certificate for connections from now on. */
  readonly renew: (certificate: Certificate) => void;
  /** Takes no more requests, and ends what runs within its time. */
  readonly close: () => Promise<void>;
  /** Settles when it was closed, and every call has ended and is recorded. */
  readonly closed: Promise<void>;
}

/** What a client may take of the server, in bytes, in numbers and in milliseconds. */
interface HttpLimits {
  /** All headers of a request together. */
  readonly headerBytes: number;
  /** A client that takes longer to send its headers, or its whole request, is slow on purpose. */
  readonly headersMs: number;
  readonly requestMs: number;
  /** A connection without a request is closed after this. */
  readonly idleMs: number;
  readonly connections: number;
  /** Requests under way at once, streams among them. */
  readonly requests: number;
  readonly streams: number;
  /** A client that reads nothing of its answer for this long is gone. */
  readonly stallMs: number;
  /** The caller of a stream is looked at anew this often: a revocation ends it within this time. */
  readonly recheckMs: number;
  /** What runs when the server is told to end may go on for this long. */
  readonly graceMs: number;
  /** Then clients have this long to read their answers. */
  readonly answerMs: number;
}

const LIMITS: HttpLimits = {
  headerBytes: 16 * 1024,
  headersMs: 10_000,
  requestMs: 30_000,
  idleMs: 15_000,
  connections: 1_024,
  requests: 256,
  streams: 128,
  stallMs: 30_000,
  recheckMs: 5_000,
  graceMs: 10_000,
  answerMs: 1_000,
};

/** Listens; the failure says why it cannot. */
export async function startHttp(parts: HttpParts): Promise<Outcome<HttpServer, string>> {
  const { host, port, certificate, current, log, metrics } = parts;
  const limits = { ...LIMITS, ...parts.limits };
  const pending = createPending(parts.enforcement);
  const within = { ...parts, enforcement: pending.enforcement };
  const sessions = createHttpSessions(within);
  const streams = createStreams({ ...within, recheckMs: limits.recheckMs });
  const mcp = createMcpEndpoint({ ...within, sessions, streams, maxStreams: limits.streams });
  const metadata = async (base: string): Promise<Response> =>
    metadataResponse(base, current().world.config.jwt?.issuer ?? null);
  const throttle = createThrottle();
  metrics.watch("throttled_sources", throttle.waiting);
  let url = "";
  let stopping = false;
  const front = createFront({
    ...{ begin: parts.begin, logAccess: parts.logAccess },
    ...{ current, log, turnAway: sessions.turnAway, url: () => url },
    ...{ throttle, throttled: parts.throttled },
    ...{ maxRequests: limits.requests, stallMs: limits.stallMs },
    routes: {
      "/mcp": { POST: mcp.post, DELETE: sessions.end },
      "/auth/session": { POST: createSessionExchange({ ...within, sessions }) },
    },
    open: {
      "/health": async () => Response.json({ status: "ok" }),
      "/ready": async () => readyResponse(stopping ? ["stopping"] : await parts.ready()),
      "/metrics": (_base, request) =>
        metricsResponse(request, current().world.config.http, metrics),
      [METADATA_PATH]: metadata,
      "/.well-known/oauth-protected-resource": metadata,
    },
  });

  const options = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.idleMs,
    connectionsCheckingInterval: Math.min(1_000, limits.headersMs),
  };
  const secure =
    certificate === null ? null : createTlsServer({ ...options, ...certificate }, front.take);
  const server: Server = secure ?? createServer(options, front.take);
  server.maxConnections = limits.connections;
  const listening = await listen(server, { host, port });
  if (!listening.ok) return listening;
  server.on("error", (error) =>
    log.error("the server cannot take a connection", { detail: error }),
  );
  const name = host.includes(":") ? `[${host}]` : host;
  url = `${secure === null ? "http" : "https"}://${name}:${listening.value}`;

  const { promise: closed, resolve: markClosed } = Promise.withResolvers<void>();
  let closing: Promise<void> | null = null;
  return done({
    url,
    changed: mcp.changed,
    renew: (renewed) => secure?.setSecureContext(renewed),
    close: () => (closing ??= end()),
    closed,
  });

  async function end(): Promise<void> {
    stopping = true;
    front.stop();
    streams.endAll();
    const late = setTimeout(front.abandon, limits.graceMs);
    await pending.settled();
    clearTimeout(late);
    const shut = new Promise((resolve) => {
      server.close(resolve);
    });
    const last = setTimeout(() => server.closeAllConnections(), limits.answerMs);
    server.closeIdleConnections();
    await front.answered();
    await pending.settled();
    await mcp.close();
    await pending.enforcement.close();
    clearTimeout(last);
    server.closeAllConnections();
    await shut;
    markClosed();
  }
}

/** The port, once it listens. */
async function listen(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<Outcome<number, string>> {
  return new Promise((resolve) => {
    server.once("error", (error) => resolve(failed(error.message)));
    server.listen({ host, port }, () => {
      const address = server.address();
      resolve(done(typeof address === "object" && address !== null ? address.port : port));
    });
  });
}
