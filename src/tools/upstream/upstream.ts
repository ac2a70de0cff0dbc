// On the trust boundary: another MCP server, as the rest of the program sees it. It is asked only what was
// permitted, within limits, and never hears who asks.

import { digestOf } from "../../lib/digest.ts";
import { isJsonObject, type JsonObject } from "../../lib/json.ts";
import { done, failed, type Outcome } from "../../lib/outcome.ts";
import { createOutside } from "../../lib/outside.ts";
import { isMinted, type Permit } from "../../lib/permit.ts";
import type { Given, Questions, Running, RunsOn, ToolResult } from "../result.ts";
import type { After } from "./connection/announced.ts";
import { createLink, type Held } from "./connection/link.ts";
import type { UpstreamParts } from "./connection/parts.ts";
import { failureOf, isSessionGone } from "./connection/told.ts";
import type { UpstreamFailure } from "./failure.ts";
import type { WaitingCall } from "./questions/under-way.ts";
import { givenOf, toolResultOf } from "./turn/answer.ts";
import { askReading, askTool } from "./turn/request.ts";
import { createTakeTurn, goesOn, notWaiting, type Send } from "./turn/take-turn.ts";
import type { Presented, Round, Upstream, UpstreamCall } from "./types.ts";

const NOTHING: Presented = {
  tools: [],
  resources: [],
  templates: [],
  prompts: [],
  offers: { resources: false, prompts: false, completions: false },
};

/** What is asked, as soon as it is known who is connected, and what is made of the answer. */
interface Asked<Answer, Unfit> {
  readonly prepare: () => Outcome<Send, Unfit>;
  readonly resultOf: (answer: JsonObject) => Answer;
}

/** An upstream that nothing was asked of yet. */
export function createUpstream(parts: UpstreamParts): Upstream {
  const { name: upstream, timeoutMs, limits, hide, maxBytes } = parts;
  const taking = () => ({ hide, maxBytes: maxBytes(), maxDepth: limits.maxDepth });
  // A connection serves everybody, also whoever it was not made for.
  const outside = createOutside();
  const after: After = (ms, run) => outside(() => parts.after(ms, run));
  const link = createLink({ ...parts, after });
  const reach = () => outside(link.reach);
  const takeTurn = createTakeTurn({ ...parts, upstream });
  const digests = new WeakMap<JsonObject, string>();

  return {
    name: upstream,
    presented: link.presented,
    state: link.state,
    connect: async () => {
      const reached = await reach();
      return reached.ok ? done(link.presented() ?? NOTHING) : reached;
    },
    call: (permit, call, round) =>
      asked(permit, round, {
        prepare: () => {
          // Whoever is connected by now may present another one than before.
          const tool = decidedTool(call);
          if (!tool.ok) return tool;
          const schema = schemaOf(tool.value);
          return done((client, running, again) =>
            askTool(client, call, { running: heard(running), timeoutMs, again, schema }),
          );
        },
        resultOf: (answer) => toolResultOf(answer, taking()),
      }),
    read: (permit, { reading, check }, round) =>
      asked(permit, reading.action === "completion/complete" ? alone(round) : round, {
        prepare: () => {
          const checked = check(link.presented() ?? NOTHING);
          if (!checked.ok) return checked;
          return done((client, running, again) =>
            askReading(client, reading, { running: heard(running), timeoutMs, again }),
          );
        },
        resultOf: (answer) => givenOf(answer, taking()),
      }),
    close: link.close,
  };

  async function asked<Answer extends ToolResult | Given, Unfit>(
    permit: Permit<unknown>,
    round: Round,
    { prepare, resultOf }: Asked<Answer, Unfit>,
  ): Promise<Outcome<Answer | Questions, UpstreamFailure | Unfit>> {
    const { signal } = round.running;
    if (!isMinted(permit)) throw new TypeError("nothing was asked of an upstream: no permit");
    for (let again = true; ; again = false) {
      // A session that was forgotten took nothing in: it is begun anew, once.
      const reached = goesOn(round) ? heldNow() : await orAborted(reach(), signal);
      if (reached === null) return failed({ reason: "cancelled", stderr: "" });
      if (!reached.ok) return reached;
      const held = reached.value;
      try {
        const turn = await takeTurn(held.connection, round, prepare);
        if (!turn.ok) return turn;
        link.ran();
        if (turn.value.kind === "answer") return done(resultOf(turn.value.answer));
        const { waiting, ...questions } = turn.value;
        if (waiting === null) return done(questions);
        return done({ ...questions, runsOn: runsOn(held, waiting, resultOf) });
      } catch (thrown) {
        const failure = await endedIn(held, thrown, signal);
        if (isSessionGone(thrown) && again) continue;
        return failed(failure);
      }
    }
  }

  /** A server may do one thing at a time: what it waits for comes before all that it could be asked first. */
  function heldNow(): Outcome<Held, UpstreamFailure> {
    const held = link.held();
    return held === null ? notWaiting(upstream) : done(held);
  }

  /** A call that waits for answers, which ends as any other does where none comes. */
  function runsOn(
    held: Held,
    { unheard, over }: WaitingCall,
    resultOf: (answer: JsonObject) => ToolResult | Given,
  ): RunsOn {
    return { unheard: ended(), giveUp: () => over.abort() };

    async function ended(): Promise<Outcome<ToolResult | Given, UpstreamFailure> | null> {
      try {
        const answer = await unheard;
        return answer === null ? null : done(resultOf(answer));
      } catch (thrown) {
        return failed(await endedIn(held, thrown, over.signal));
      }
    }
  }

  /** Why nothing came of what was asked; a connection over which nothing more can come is given up. */
  async function endedIn(
    held: Held,
    thrown: unknown,
    signal: AbortSignal,
  ): Promise<UpstreamFailure> {
    const ended = link.isHeld(held) ? null : await held.connection.ended;
    await link.giveUp(held, thrown);
    return told(failureOf(thrown, { upstream, signal, timeoutMs, ended }));
  }

  /** The tool as it is presented now, where that is what was decided on. */
  function decidedTool({ tool, digest }: UpstreamCall): Outcome<JsonObject, UpstreamFailure> {
    const now = link.presented()?.tools.find(({ name }) => name === tool);
    const reason = "upstream_changed";
    if (now === undefined)
      return failed({ reason, upstream, detail: "does not offer it any more" });
    // What it presented is never changed, so its digest is made once.
    const presented = digests.get(now) ?? digestOf(now);
    digests.set(now, presented);
    if (presented === digest) return done(now);
    return failed({ reason, upstream, detail: "has changed its definition" });
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

function schemaOf({ inputSchema: schema }: JsonObject): JsonObject {
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
