import type { Server } from "@modelcontextprotocol/server";
import type { Surroundings } from "./around.ts";
import type { Connection } from "./connection.ts";
import { protocolError } from "./protocol.ts";
import { answerRequest } from "./wire.ts";

/** Serves the level of log that a legacy client wants to hear; a modern one says it in each request. */
export function serveLogging(
  server: Server,
  { ask }: Pick<Connection, "ask">,
  { around, setLevel }: Surroundings,
): void {
  server.setRequestHandler("logging/setLevel", async ({ params }, context) => {
    const admitted = await ask.admit?.(around(context).client, "logging/setLevel");
    if (admitted?.ok === false) throw protocolError(answerRequest(admitted.failure));
    setLevel(params.level);
    return {};
  });
}
