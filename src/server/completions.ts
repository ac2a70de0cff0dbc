import { isSpecType, type Server } from "@modelcontextprotocol/server";
import { ANY_PARAMS, protocolResult } from "./protocol.ts";
import type { Reader } from "./reading.ts";

/** Serves completions of what prompts and templates of resources take. */
export function serveCompletions(server: Server, { read }: Reader): void {
  server.setRequestHandler("completion/complete", ANY_PARAMS, async (params, context) =>
    protocolResult(await read("completion/complete", params, context), isSpecType.CompleteResult),
  );
}
