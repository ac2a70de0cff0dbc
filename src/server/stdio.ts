// On the trust boundary: one client over this process's stdin and stdout. Nothing but JSON-RPC is ever
// written to stdout, and the caller is always the credential of the configuration.

import type { Readable, Writable } from "node:stream";
import type { Server } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import type { CurrentSnapshot } from "../decision/types.ts";
import type { Enforcement } from "../enforcement/types.ts";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import type { Authenticate } from "../principal/types.ts";
import { type Connection, createMcpServer } from "./mcp.ts";
import { createPending } from "./pending.ts";
import { createStdioTransport } from "./transport.ts";

/** What serving over stdio is made of. */
export interface StdioParts {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly version: string;
  readonly enforcement: Enforcement;
  readonly authenticate: Authenticate;
  readonly current: CurrentSnapshot;
  readonly newId: () => string;
  readonly clock: Clock;
  readonly log: Log;
}

/** A client that is being served. */
export interface StdioServer {
  /** Tells the client that its list of tools may have changed. */
  readonly toolsChanged: () => void;
  /** Takes no more requests and ends what runs. */
  readonly close: () => Promise<void>;
  /** Settles when the client is gone and every call of its has ended and is recorded. */
  readonly closed: Promise<void>;
}

/** Serves one client, of either protocol era, until it closes its end or `close` is called. */
export function startStdio(parts: StdioParts): StdioServer {
  const transport = createStdioTransport(parts.stdin, parts.stdout);
  const pending = createPending(parts.enforcement);
  const servers = new Set<Server>();

  const service = serveStdio(
    ({ era }) => {
      const server = createMcpServer({
        enforcement: pending.enforcement,
        era,
        version: parts.version,
        arrive: arrival(parts, era),
        clientReads: transport.clientReads,
      });
      servers.add(server);
      server.onclose = () => servers.delete(server);
      return server;
    },
    {
      transport: transport.protocol,
      onerror: (error) => parts.log.debug("protocol", { detail: error.message }),
    },
  );

  return {
    toolsChanged: () => {
      for (const server of servers) {
        // A client that has not finished its handshake asks for the list itself.
        server.sendToolListChanged().catch(() => {});
      }
    },
    close: () => service.close(),
    closed: transport.closed.then(() => pending.settled()),
  };
}

function arrival(parts: StdioParts, era: Connection["era"]): Connection["arrive"] {
  return async ({ name, version }) => {
    const snapshot = parts.current();
    const circumstances = {
      requestId: parts.newId(),
      transport: "stdio",
      era,
      nowMs: parts.clock(),
      client: { ip: null, peer_ip: null, name, version },
      caller: await parts.authenticate({
        credential: snapshot.world.config.caller_credential,
        session: null,
      }),
    } as const;
    return { snapshot, circumstances };
  };
}
