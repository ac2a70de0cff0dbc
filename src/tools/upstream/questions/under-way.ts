// On the trust boundary: the calls that are under way over one connection. In the older era an upstream asks while
// a call runs and does not say which one, and it may ask when that call is long over: it is heard as long as all
// calls are one caller's, for a question must never reach another. A call that asks waits here, and goes on when
// its caller comes back with the answer to that very question.

import { ProtocolError, ProtocolErrorCode } from "@modelcontextprotocol/client";
import type { Json, JsonObject } from "../../../lib/json.ts";
import { done, failed, type Outcome } from "../../../lib/outcome.ts";
import type { Question, Running } from "../../result.ts";
import type { Callers } from "./callers.ts";
import { answerOf, type Asking, questionOf } from "./question.ts";

/** What comes of a call: its answer, or a question, and what its answer comes back with. */
export type Turn =
  | { readonly kind: "answer"; readonly answer: JsonObject }
  | {
      readonly kind: "question";
      readonly question: Question;
      readonly waits: Waits;
      readonly waiting: WaitingCall;
    };

/** A question that a call waits on. */
export interface Waits {
  readonly call: string;
  readonly question: string;
}

/** A call that waits for an answer. */
export interface WaitingCall {
  /** Its answer where it ended before somebody came back, throwing what it throws; null as soon as somebody did. */
  readonly unheard: Promise<JsonObject | null>;
  /** Aborted where it was given up. */
  readonly over: AbortController;
}

/** The calls of one connection. */
export interface UnderWay {
  /** Makes a call, which lasts as long as its questions and answers; throws what it throws. */
  readonly begin: (
    round: Running,
    make: (running: Running) => Promise<JsonObject>,
  ) => Promise<Turn>;
  /** Goes on with a call; null where it does not wait for the answer to this question, or not any more. */
  readonly goOn: (round: Running, waits: Waits, answer: Json | undefined) => Promise<Turn> | null;
  /** Takes a question of the upstream; gives the answer, and throws what it is told instead. */
  readonly asked: (method: string, params: unknown) => Promise<JsonObject>;
}

/** What it is made of. */
export interface UnderWayParts extends Asking {
  /** Whoever called before, also over connections that have ended. */
  readonly callers: Callers;
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
    readonly id: string;
    readonly method: string;
    readonly settle: (answer: JsonObject | null) => void;
    /** Whether somebody came back, or the answer that came first. */
    readonly tell: (unheard: Promise<JsonObject> | null) => void;
  } | null;
}

/** No calls yet. */
export function createUnderWay(parts: UnderWayParts): UnderWay {
  const { limits, callers, newId } = parts;
  const calls = new Map<string, Call>();

  return {
    begin: (round, make) => {
      const over = new AbortController();
      const running: Running = {
        ...{ ...round, signal: over.signal },
        report: (news) => call.round.report(news),
      };
      const answer = Promise.resolve(running).then(make);
      const call: Call = { id: newId(), over, answer, asked: 0, round, take: null, open: null };
      callers.add(round.caller);
      calls.set(call.id, call);
      // Also where nobody waits for it.
      call.answer.then(
        () => end(call),
        () => end(call),
      );
      return turnOf(call, round);
    },
    goOn: (round, waits, given) => {
      const call = calls.get(waits.call);
      const open = call?.open ?? null;
      if (call === undefined || open?.id !== waits.question) return null;
      call.open = null;
      open.tell(null);
      const turn = turnOf(call, round);
      open.settle(answerOf(open.method, given));
      return turn;
    },
    asked: async (method, params) => {
      const asker = whoAsks({ method, params });
      if (!asker.ok) throw refusal(method, asker.failure);
      const { call, take, question } = asker.value;
      call.asked += 1;
      call.take = null;
      const { promise, resolve } = Promise.withResolvers<JsonObject | null>();
      const { promise: unheard, resolve: tell } = Promise.withResolvers<JsonObject | null>();
      // Also where nobody follows it.
      unheard.catch(() => {});
      const id = newId();
      call.open = { id, method, settle: resolve, tell };
      const waits = { call: call.id, question: id };
      take({ kind: "question", question, waits, waiting: { unheard, over: call.over } });
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
    const [call, ...others] = calls.values();
    if (call === undefined) return failed("no call is under way");
    if (callers.areSeveral()) {
      return failed("several callers use this server, and it does not say whose call it asks in");
    }
    if (others.length > 0) return failed("it does not say which of several calls it asks in");
    const { take, round } = call;
    if (take === null) return failed("one question at a time");
    if (call.asked >= limits.maxQuestions) {
      return failed(`a call may ask ${limits.maxQuestions} times`);
    }
    const question = questionOf(asked, round.capabilities, parts);
    return question.ok ? done({ call, take, question: question.value }) : question;
  }

  function end(call: Call): void {
    calls.delete(call.id);
    call.open?.tell(call.answer);
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
