// On the trust boundary: a round of something that is asked of an upstream. Where it asks back, its questions go to
// the client of the call, and the next round brings their answers. In the newer era it asks with its answer, and is
// asked again; in the older one its call waits meanwhile.

import type { Client } from "@modelcontextprotocol/client";
import { isJsonList, isJsonObject, type Json, type JsonObject } from "../../../lib/json.ts";
import { done, failed, type Outcome } from "../../../lib/outcome.ts";
import type { Question, Questions, Resumed, Running } from "../../result.ts";
import type { Connection } from "../connection/connection.ts";
import type { UpstreamFailure } from "../failure.ts";
import { answerOf, type Asking, questionOf } from "../questions/question.ts";
import type { Turn as UnderWayTurn, WaitingCall, Waits } from "../questions/under-way.ts";
import type { Round } from "../types.ts";

/** Asks an upstream; `again` goes with it where it is asked again. */
export type Send = (client: Client, running: Running, again: JsonObject) => Promise<JsonObject>;

/** Questions, and the call that waits for their answers; null in the newer era, where none does. */
interface Asked extends Omit<Questions, "runsOn"> {
  readonly waiting: WaitingCall | null;
}

/** What a round comes to. */
type Turn<Unfit = never> = Outcome<
  { readonly kind: "answer"; readonly answer: JsonObject } | Asked,
  UpstreamFailure | Unfit
>;

/**
 * Takes a turn; throws what the library throws. A call that waits for an answer was prepared when it began: only what
 * begins is prepared.
 */
export type TakeTurn = <Unfit>(
  connection: Connection,
  round: Round,
  prepare: () => Outcome<Send, Unfit>,
) => Promise<Turn<Unfit>>;

/** Whether a round brings the answer that a call waits for: over its connection, or not at all. */
export function goesOn({ resumed }: Round): boolean {
  return waitsIn(resumed) !== null;
}

/** Nothing waits for what a round brings. */
export function notWaiting(upstream: string): Outcome<never, UpstreamFailure> {
  const detail = "does not wait for this answer any more";
  return failed({ reason: "upstream_broke_off", upstream, detail });
}

/** What was kept with questions of the newer era. */
interface Kept {
  /** Of each its name at the upstream, which no client sees, and its method. */
  readonly asked: readonly Json[];
  /** With those of the rounds before. */
  readonly count: number;
  /** As the upstream wants it back. */
  readonly state: Json;
}

/** Takes turns with one upstream. */
export function createTakeTurn(parts: Asking): TakeTurn {
  const { upstream, limits } = parts;

  return async ({ client, underWay }, { running, resumed }, prepare) => {
    const waits = waitsIn(resumed);
    if (waits !== null) {
      const turn = await underWay.goOn(running, waits, resumed?.answers[nameOf(0)]);
      return turn === null ? notWaiting(upstream) : comesTo(turn, running, null);
    }
    const send = prepare();
    if (!send.ok) return send;
    const kept = keptIn(resumed);
    const again = againOf(kept, resumed);
    const turn = await underWay.begin(running, (around) => send.value(client, around, again));
    return comesTo(turn, running, kept);
  };

  function comesTo(under: UnderWayTurn, { capabilities }: Running, kept: Kept | null): Turn {
    if (under.kind === "question") {
      const { question, waits, waiting } = under;
      const questions = { [nameOf(0)]: question };
      return done({ kind: "questions", questions, state: { waits: { ...waits } }, waiting });
    }
    const { answer } = under;
    if (answer["resultType"] !== "input_required") return done(under);
    return questionsIn(answer, capabilities, kept?.count ?? 0);
  }

  /** All that it asks at once, or nothing. */
  function questionsIn(answer: JsonObject, capabilities: JsonObject, before: number): Turn {
    const { inputRequests, requestState: state = null } = answer;
    const requests = Object.entries(isJsonObject(inputRequests) ? inputRequests : {});
    const first = requests[0]?.[1] ?? null;
    if (first === null) return notPassedOn(first, "it says of no question what it is");
    const count = before + requests.length;
    if (count > limits.maxQuestions)
      return notPassedOn(first, `a call may ask ${limits.maxQuestions} times`);
    const asked: Json[] = [];
    const questions: Record<string, Question> = {};
    for (const [name, request] of requests) {
      const question = questionOf(isJsonObject(request) ? request : {}, capabilities, parts);
      if (!question.ok) return notPassedOn(request, question.failure);
      questions[nameOf(asked.length)] = question.value;
      asked.push([name, question.value.method]);
    }
    if (bytesOf([questions, asked, state]) > limits.maxQuestionBytes) {
      return notPassedOn(first, `it has more than ${limits.maxQuestionBytes} bytes`);
    }
    return done({ kind: "questions", questions, state: { asked, count, state }, waiting: null });
  }

  function notPassedOn(asked: Json, why: string): Turn {
    const method = isJsonObject(asked) ? asked["method"] : undefined;
    const named = typeof method === "string" && METHOD.test(method) ? method : "more input";
    return failed({ reason: "upstream_asked", upstream, method: named, why });
  }
}

const METHOD = /^[A-Za-z/]{1,100}$/;

/** What a question is called on its way to the client. */
function nameOf(at: number): string {
  return `question${at + 1}`;
}

function waitsIn(resumed: Resumed | null): Waits | null {
  const { waits } = isJsonObject(resumed?.state) ? resumed.state : {};
  const { call, question } = isJsonObject(waits) ? waits : {};
  return typeof call === "string" && typeof question === "string" ? { call, question } : null;
}

function keptIn(resumed: Resumed | null): Kept | null {
  const { asked, count, state = null } = isJsonObject(resumed?.state) ? resumed.state : {};
  return isJsonList(asked) && typeof count === "number" ? { asked, count, state } : null;
}

/** The answers to what was asked and to nothing else, and what came with the questions. */
function againOf(kept: Kept | null, resumed: Resumed | null): JsonObject {
  if (kept === null) return {};
  const answers = kept.asked.flatMap((one, at) => {
    const [name, method] = isJsonList(one) ? one : [];
    const answer = answerOf(method, resumed?.answers[nameOf(at)]);
    return typeof name !== "string" || answer === null ? [] : [[name, answer] as const];
  });
  return {
    inputResponses: Object.fromEntries(answers),
    ...(kept.state !== null && { requestState: kept.state }),
  };
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
