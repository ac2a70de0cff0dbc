// On the trust boundary: one client over this process's stdin and stdout. Nothing but JSON-RPC is ever
// written to stdout, and the caller is always the credential of the configuration.

import type { Readable, Writable } from "node:stream";
import type { Server } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import type { CurrentSnapshot } from "../decision/types.ts";
import type { Enforcement } from "../enforcement/types.ts";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import type { Requests } from "../lib/requests.ts";
import type { Authenticate } from "../principal/types.ts";
import { type Arrive, createAsk } from "./ask.ts";
import type { Connection } from "./connection.ts";
import { createMcpServer } from "./mcp.ts";
import { createPending } from "./pending.ts";
import { createProcessSession, type ProcessParts, type ProcessSession } from "./process-session.ts";
import { createStdioTransport } from "./transport.ts";

/** What serving over stdio is made of. */
export interface StdioParts {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly version: string;
  readonly enforcement: Enforcement;
  readonly authenticate: Authenticate;
  /** The credential of the configuration, read anew. */
  readonly credential: ProcessParts["credential"];
  readonly idleMs: ProcessParts["idleMs"];
  readonly current: CurrentSnapshot;
  readonly newId: () => string;
  readonly clock: Clock;
  readonly log: Log;
  readonly begin: Requests["begin"];
}

/** A client that is being served. */
export interface StdioServer {
  /** Tells the client that what is listed to it may have changed. */
  readonly changed: () => void;
  /** Takes no more requests and ends what runs. */
  readonly close: () => Promise<void>;
  /** Settles when the client is gone and every call of its has ended and is recorded. */
  readonly closed: Promise<void>;
}

/** Serves one client, of either protocol era, until it closes its end or `close` is called. */
export function startStdio(parts: StdioParts): StdioServer {
  const transport = createStdioTransport(parts.stdin, parts.stdout, parts.begin);
  const pending = createPending(parts.enforcement);
  const servers = new Set<Server>();
  const session = createProcessSession({ ...parts, enforcement: pending.enforcement });

  const service = serveStdio(
    ({ era }) => {
      const server = createMcpServer({
        ask: createAsk(pending.enforcement, arrival(parts, session, era), session.refused),
        era,
        version: parts.version,
        offers: parts.current().world.toolbox.library.offers,
        kept: null,
        clientReads: transport.clientReads,
      });
      servers.add(server);
      server.onclose = () => servers.delete(server);
      return server;
    },
    {
      transport: transport.protocol,
      onerror: (error) => parts.log.debug("protocol", { detail: error }),
    },
  );

  return {
    changed: () => {
      for (const server of servers) {
        const { resources, prompts } = server.getCapabilities();
        const told = [
          server.sendToolListChanged(),
          ...(resources === undefined ? [] : [server.sendResourceListChanged()]),
          ...(prompts === undefined ? [] : [server.sendPromptListChanged()]),
        ];
        // A client that has not finished its handshake asks for the lists itself.
        for (const one of told) one.catch(() => {});
      }
    },
    close: () => service.close(),
    closed: transport.closed
      .then(() => pending.settled())
      .then(pending.enforcement.close)
      .then(session.end),
  };
}

function arrival(
  { current, newId, clock }: StdioParts,
  { enter }: ProcessSession,
  era: Connection["era"],
): Arrive {
  return ({ name, version }) =>
    enter(current(), {
      requestId: newId(),
      transport: "stdio",
      era,
      nowMs: clock(),
      client: { ip: null, peer_ip: null, name, version },
    });
}
