// On the trust boundary: the calls that are under way over one connection. In the older era an upstream asks while
// a call runs and does not say which one: where there could be two, nobody is asked, for a question must never
// reach another caller. A call that asks waits here, and goes on when its caller comes back with the answer.

import { ProtocolError, ProtocolErrorCode } from "@modelcontextprotocol/client";
import type { Clock } from "../../lib/clock.ts";
import type { Json, JsonObject } from "../../lib/json.ts";
import { done, failed, type Outcome } from "../../lib/outcome.ts";
import { NOBODY } from "./question.ts";
import type { Question, Running } from "../result.ts";

/** What comes of a call: its answer, or a question, and the id that its answer comes back with. */
export type Turn =
  | { readonly kind: "answer"; readonly answer: JsonObject }
  | { readonly kind: "question"; readonly question: Question; readonly call: string };

/** The calls of one connection. */
export interface UnderWay {
  /** Makes a call, which lasts as long as its questions and answers; throws what it throws. */
  readonly begin: (
    round: Running,
    make: (running: Running) => Promise<JsonObject>,
  ) => Promise<Turn>;
  /** Goes on with a call; null where it does not wait for an answer, or not any more. */
  readonly goOn: (round: Running, call: string, answer: Json | undefined) => Promise<Turn> | null;
  /** Takes a question of the upstream; gives the answer, and throws what it is told instead. */
  readonly asked: (method: string, params: unknown) => Promise<JsonObject>;
}

/** What it is made of. */
export interface UnderWayParts {
  readonly allows: (method: string) => boolean;
  readonly question: (
    asked: { readonly method: string; readonly params: unknown },
    capabilities: JsonObject,
  ) => Outcome<Question, string>;
  readonly answer: (method: string, answer: Json | undefined) => JsonObject | null;
  readonly maxQuestions: number;
  /** For how long a call that was given up may still ask. */
  readonly givenUpMs: number;
  readonly stopwatch: Clock;
  /** Gives no id twice: one of an earlier connection means no call of this one. */
  readonly newId: () => string;
}

interface Call {
  readonly id: string;
  readonly over: AbortController;
  readonly answer: Promise<JsonObject>;
  asked: number;
  /** Who hears of it: of the round that it is in, or was in last. */
  round: Running;
  /** Who waits for its next turn; null while it waits for an answer. */
  take: ((turn: Turn) => void) | null;
  /** The question that it waits on. */
  open: {
    readonly method: string;
    readonly settle: (answer: JsonObject | null) => void;
  } | null;
}

/** No calls yet. */
export function createUnderWay(parts: UnderWayParts): UnderWay {
  const { maxQuestions, givenUpMs, stopwatch, newId } = parts;
  const calls = new Map<string, Call>();
  let clearFromMs = Number.NEGATIVE_INFINITY;

  return {
    begin: (round, make) => {
      const over = new AbortController();
      const running: Running = {
        ...{ signal: over.signal, capabilities: round.capabilities },
        report: (news) => call.round.report(news),
      };
      const answer = Promise.resolve(running).then(make);
      const call: Call = { id: newId(), over, answer, asked: 0, round, take: null, open: null };
      calls.set(call.id, call);
      // Also where nobody waits for it.
      call.answer.then(
        () => end(call),
        (thrown: unknown) => {
          // The upstream may go on with what it gave no answer to, and ask.
          if (!(thrown instanceof ProtocolError)) clearFromMs = stopwatch() + givenUpMs;
          end(call);
        },
      );
      return turnOf(call, round);
    },
    goOn: (round, id, given) => {
      const call = calls.get(id);
      const open = call?.open ?? null;
      if (call === undefined || open === null) return null;
      call.open = null;
      const turn = turnOf(call, round);
      open.settle(parts.answer(open.method, given));
      return turn;
    },
    asked: async (method, params) => {
      const asker = whoAsks({ method, params });
      if (!asker.ok) throw refusal(method, asker.failure);
      const { call, take, question } = asker.value;
      call.asked += 1;
      call.take = null;
      const { promise, resolve } = Promise.withResolvers<JsonObject | null>();
      call.open = { method, settle: resolve };
      take({ kind: "question", question, call: call.id });
      const given = await promise;
      if (given === null) throw refusal(method, "the client gave no answer to it");
      return given;
    },
  };

  function whoAsks(asked: {
    readonly method: string;
    readonly params: unknown;
  }): Outcome<
    { readonly call: Call; readonly take: (turn: Turn) => void; readonly question: Question },
    string
  > {
    if (!parts.allows(asked.method)) return failed(NOBODY);
    const [call, ...others] = calls.values();
    if (call === undefined) return failed("no call is under way");
    if (others.length > 0 || stopwatch() < clearFromMs) {
      return failed("whose call it belongs to is not clear, for there are others");
    }
    const { take, round } = call;
    if (take === null) return failed("one question at a time");
    if (call.asked >= maxQuestions) return failed(`a call may ask ${maxQuestions} times`);
    const question = parts.question(asked, round.capabilities);
    return question.ok ? done({ call, take, question: question.value }) : question;
  }

  function end(call: Call): void {
    calls.delete(call.id);
    call.open?.settle(null);
    call.open = null;
  }
}

/** The next turn of a call; it is given up when whoever waits for it is gone. */
async function turnOf(call: Call, round: Running): Promise<Turn> {
  const { signal } = round;
  const next = Promise.withResolvers<Turn>();
  const giveUp = (): void => call.over.abort();
  call.round = round;
  call.take = next.resolve;
  signal.addEventListener("abort", giveUp, { once: true });
  if (signal.aborted) giveUp();
  try {
    const answered = call.answer.then((answer): Turn => ({ kind: "answer", answer }));
    return await Promise.race([answered, next.promise]);
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

function refusal(method: string, why: string): ProtocolError {
  return new ProtocolError(ProtocolErrorCode.MethodNotFound, `${method} is not passed on: ${why}`);
}
