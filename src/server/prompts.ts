import { isSpecType, type Server } from "@modelcontextprotocol/server";
import { ANY_PARAMS, orQuestions, protocolResult } from "./protocol.ts";
import type { Reader } from "./reading.ts";

/** Serves prompts. */
export function servePrompts(server: Server, { show, read }: Reader): void {
  server.setRequestHandler("prompts/list", async (_request, context) =>
    protocolResult(await show("prompts/list", "prompts", context), isSpecType.ListPromptsResult),
  );
  server.setRequestHandler("prompts/get", ANY_PARAMS, async (params, context) =>
    protocolResult(
      await read("prompts/get", params, context),
      orQuestions(isSpecType.GetPromptResult),
    ),
  );
}
