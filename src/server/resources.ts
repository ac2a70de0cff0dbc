import { isSpecType, type Server } from "@modelcontextprotocol/server";
import type { Offers } from "../tools/types.ts";
import { ANY_PARAMS, orQuestions, protocolResult } from "./protocol.ts";
import type { Reader } from "./reading.ts";

/** Serves resources, and subscriptions to them where a source takes any. */
export function serveResources(server: Server, { show, read }: Reader, offers: Offers): void {
  server.setRequestHandler("resources/list", async (_request, context) =>
    protocolResult(
      await show("resources/list", "resources", context),
      isSpecType.ListResourcesResult,
    ),
  );
  server.setRequestHandler("resources/templates/list", async (_request, context) =>
    protocolResult(
      await show("resources/templates/list", "resourceTemplates", context),
      isSpecType.ListResourceTemplatesResult,
    ),
  );
  server.setRequestHandler("resources/read", ANY_PARAMS, async (params, context) =>
    protocolResult(
      await read("resources/read", params, context),
      orQuestions(isSpecType.ReadResourceResult),
    ),
  );
  if (!offers.subscriptions) return;
  for (const method of ["resources/subscribe", "resources/unsubscribe"] as const) {
    server.setRequestHandler(method, ANY_PARAMS, async (params, context) =>
      protocolResult(await read(method, params, context), isSpecType.EmptyResult),
    );
  }
}
