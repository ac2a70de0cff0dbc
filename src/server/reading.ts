import type { ServerContext } from "@modelcontextprotocol/server";
import type { Answered, Listing } from "../enforcement/types.ts";
import type { Reading } from "../tools/types.ts";
import type { Surroundings } from "./around.ts";
import type { Connection } from "./connection.ts";
import { listing } from "./protocol.ts";
import { answerQuestions } from "./questions.ts";
import { type Reply, replyToReading } from "./reply.ts";
import { readingIn } from "./wanted.ts";
import { answerRequest, invalidReading } from "./wire.ts";

/** How what sources have besides tools is listed and read: the same for all of it. */
export interface Reader {
  readonly show: (method: Listing, name: string, context: ServerContext) => Promise<Reply>;
  readonly read: (
    action: Reading["action"],
    params: Readonly<Record<string, unknown>>,
    context: ServerContext,
  ) => Promise<Reply>;
}

/** A reader for the requests of one connection. */
export function createReader({ ask }: Pick<Connection, "ask">, { around }: Surroundings): Reader {
  return {
    show: async (method, name, context) => {
      const shown = await ask.show(around(context).client, method);
      return shown.ok ? listing(name, shown.value) : answerRequest(shown.failure);
    },
    read: async (action, params, context) => {
      const { client, running, askable } = around(context);
      const { inputResponses, requestState } = context.mcpReq;
      const read = readingIn(action, { ...params, inputResponses, requestState: requestState() });
      if (!read.ok) return invalidReading(read.failure);
      const asked = read.value;
      const round = async (answered: Answered | null) => {
        const permitted = await ask.read(client, { ...asked, answered });
        return permitted.ok ? permitted.value.run(running) : permitted;
      };
      const first = await round(asked.answered);
      const { name } = asked.reading;
      const last = askable && (await answerQuestions(first, { name, round, client: askable }));
      return replyToReading(asked.reading, last ?? first);
    },
  };
}
