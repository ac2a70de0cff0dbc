// On the trust boundary: the protocol's methods, for both eras. It never decides and never runs
// anything: each request goes through enforcement, each refusal through the wire table.

import { ProtocolError, Server, type ServerCapabilities } from "@modelcontextprotocol/server";
import type { Offers } from "../tools/types.ts";
import { createSurroundings } from "./around.ts";
import { serveCompletions } from "./completions.ts";
import type { Connection } from "./connection.ts";
import { serveLogging } from "./logging.ts";
import { servePrompts } from "./prompts.ts";
import { protocolError } from "./protocol.ts";
import { createReader } from "./reading.ts";
import { serveResources } from "./resources.ts";
import { serveTools } from "./tools.ts";
import { answerRequest } from "./wire.ts";

/** The protocol server of one connection. */
export function createMcpServer(connection: Connection): Server {
  const { ask, version, offers } = connection;
  const capabilities = capabilitiesOf(offers);
  const server = new Server({ name: "kubiya", version }, { capabilities });
  const surroundings = createSurroundings(server, connection);
  const reader = createReader(connection, surroundings);
  serveTools(server, connection, surroundings);
  if (offers.resources) serveResources(server, reader, offers);
  if (offers.prompts) servePrompts(server, reader);
  if (offers.completions) serveCompletions(server, reader);
  if (offers.logging) serveLogging(server, connection, surroundings);

  const { admit } = ask;
  if (admit !== undefined) {
    server.fallbackRequestHandler = async (request, context) => {
      const admitted = await admit(surroundings.around(context).client, request.method);
      if (!admitted.ok) throw protocolError(answerRequest(admitted.failure));
      throw new ProtocolError(-32_601, `Method not found: ${request.method}`);
    };
  }
  return server;
}

/** Subscriptions are taken and not announced: nothing carries the change of a resource to a client. */
function capabilitiesOf(offers: Offers): ServerCapabilities {
  const { resources, prompts, completions, logging } = offers;
  return {
    tools: { listChanged: true },
    ...(resources && { resources: { listChanged: true } }),
    ...(prompts && { prompts: { listChanged: true } }),
    ...(completions && { completions: {} }),
    ...(logging && { logging: {} }),
  };
}
