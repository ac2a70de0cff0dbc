import { isCallToolResult, type Server } from "@modelcontextprotocol/server";
import type { Answered } from "../enforcement/types.ts";
import type { Surroundings } from "./around.ts";
import type { Connection } from "./connection.ts";
import { orQuestions, protocolError, protocolResult } from "./protocol.ts";
import { answerQuestions } from "./questions.ts";
import { listedTools, replyToCall } from "./reply.ts";
import { callIn } from "./wanted.ts";
import { answerRequest, INVALID_CALL } from "./wire.ts";

/** Serves tools: what exists for a caller, and calls of it. */
export function serveTools(
  server: Server,
  { ask }: Pick<Connection, "ask">,
  { around }: Surroundings,
): void {
  server.setRequestHandler("tools/list", async (_request, context) => {
    const listed = await ask.list(around(context).client);
    if (!listed.ok) throw protocolError(answerRequest(listed.failure));
    return listedTools(listed.value);
  });

  server.setRequestHandler("tools/call", async ({ params }, context) => {
    const { client, running, askable } = around(context);
    const { inputResponses, requestState } = context.mcpReq;
    const asked = callIn({ ...params, inputResponses, requestState: requestState() });
    if (asked === null) throw protocolError(INVALID_CALL);
    const { name } = asked;
    const round = async (answered: Answered | null) => {
      const permitted = await ask.call(client, { ...asked, answered }, running.signal);
      return permitted.ok ? permitted.value.run(running) : permitted;
    };
    const first = await round(asked.answered);
    const called = askable && (await answerQuestions(first, { name, round, client: askable }));
    const reply = replyToCall(name, called ?? first);
    return protocolResult(reply, orQuestions(isCallToolResult));
  });
}
