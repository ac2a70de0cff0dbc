// On the trust boundary: another MCP server, as the rest of the program sees it. It is asked only what was
// permitted, within limits, and never hears who asks.

import { isJsonObject, type JsonObject } from "../../lib/json.ts";
import { done, failed, type Outcome } from "../../lib/outcome.ts";
import { isMinted, type Permit } from "../../lib/permit.ts";
import type { Questions, Running } from "../result.ts";
import { givenOf, toolResultOf } from "./answer.ts";
import { askReading, askTool } from "./asking.ts";
import type { UpstreamFailure } from "./failure.ts";
import { createLink } from "./link.ts";
import type { UpstreamParts } from "./parts.ts";
import { createTakeTurn, type Make } from "./take-turn.ts";
import { failureOf, isLost, isSessionGone } from "./told.ts";
import type { Presented, Round, Upstream } from "./types.ts";

const NOTHING: Presented = {
  tools: [],
  resources: [],
  templates: [],
  prompts: [],
  offers: { resources: false, prompts: false, completions: false },
};

/** An upstream that nothing was asked of yet. */
export function createUpstream(parts: UpstreamParts): Upstream {
  const { name: upstream, timeoutMs, limits, hide, maxBytes } = parts;
  const taking = { hide, maxBytes, maxDepth: limits.maxDepth };
  const link = createLink(parts);
  const takeTurn = createTakeTurn({ ...parts, upstream });

  return {
    name: upstream,
    presented: link.presented,
    state: link.state,
    connect: async () => {
      const reached = await link.reach();
      return reached.ok ? done(link.presented() ?? NOTHING) : reached;
    },
    call: (permit, call, round) =>
      asked(permit, round, {
        make: (client, running, again) => {
          const schema = schemaOf(link.presented(), call.tool);
          return askTool(client, call, { running: heard(running), timeoutMs, again, schema });
        },
        take: (answer) => toolResultOf(answer, taking),
      }),
    read: (permit, reading, round) =>
      asked(permit, reading.action === "completion/complete" ? alone(round) : round, {
        make: (client, running, again) =>
          askReading(client, reading, { running: heard(running), timeoutMs, again }),
        take: (answer) => givenOf(answer, taking),
      }),
    close: link.close,
  };

  async function asked<Answer>(
    permit: Permit<unknown>,
    round: Round,
    { make, take }: { readonly make: Make; readonly take: (answer: JsonObject) => Answer },
  ): Promise<Outcome<Answer | Questions, UpstreamFailure>> {
    const { signal } = round.running;
    if (!isMinted(permit)) throw new TypeError("nothing was asked of an upstream: no permit");
    for (let again = true; ; again = false) {
      // A session that was forgotten took nothing in: it is begun anew, once.
      const reached = await orAborted(link.reach(), signal);
      if (reached === null) return failed({ reason: "cancelled", stderr: "" });
      if (!reached.ok) return reached;
      const held = reached.value;
      try {
        const turn = await takeTurn(held.connection, round, make);
        if (!turn.ok) return turn;
        link.ran();
        return done(turn.value.kind === "questions" ? turn.value : take(turn.value.answer));
      } catch (thrown) {
        if (isSessionGone(thrown)) await link.drop(held);
        if (isSessionGone(thrown) && again) continue;
        const lost = isLost(thrown) && link.isHeld(held);
        const ended = link.isHeld(held) ? null : await held.connection.ended;
        if (lost) await link.lose(held, thrown);
        return failed(told(failureOf(thrown, { upstream, signal, timeoutMs, ended })));
      }
    }
  }

  function told(failure: UpstreamFailure): UpstreamFailure {
    return "detail" in failure ? { ...failure, detail: hide.inWhole(failure.detail) } : failure;
  }

  function heard(running: Running): Running {
    return {
      ...running,
      report: (news) => {
        const isProgress = news.kind === "progress";
        running.report(isProgress ? { ...news, message: hide.inWhole(news.message) } : news);
      },
    };
  }
}

/** To complete an argument, nobody is asked. */
function alone({ running }: Round): Round {
  return { running: { ...running, capabilities: {} }, resumed: null };
}

function schemaOf(presented: Presented | null, tool: string): JsonObject {
  const schema = presented?.tools.find(({ name }) => name === tool)?.["inputSchema"];
  return isJsonObject(schema) ? schema : {};
}

/** What is waited for; null as soon as nobody waits any more. */
async function orAborted<T>(promise: Promise<T> | T, signal: AbortSignal): Promise<T | null> {
  if (signal.aborted) return null;
  const aborted = Promise.withResolvers<null>();
  const stop = (): void => aborted.resolve(null);
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
