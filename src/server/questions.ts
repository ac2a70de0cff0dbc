// On the trust boundary: questions to a legacy client. A modern one gets them as its answer and asks again; a
// legacy one is asked while its request waits, and then its request is decided and run anew.

import type { Answered, Asking, Refusal } from "../enforcement/types.ts";
import { isJsonObject, type JsonObject } from "../lib/json.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import type { Question } from "../tools/types.ts";

/** People answer. */
export const ANSWER_WITHIN_MS = 600_000;

/** A source that asks on and on is no use to anybody. */
const MAX_ROUNDS = 8;

/** What a client must have declared to be asked this. */
const CAPABILITIES: Readonly<Record<Question["method"], string>> = {
  "elicitation/create": "elicitation",
  "sampling/createMessage": "sampling",
  "roots/list": "roots",
};

/** A client that can be asked. */
export interface Askable {
  readonly capabilities: JsonObject;
  /** Aborted when it is gone, or wants no answer any more. */
  readonly signal: AbortSignal;
  /** Sends it a question and waits for what it answers; rejects where it answers with an error, or not at all. */
  readonly put: (question: Question) => Promise<unknown>;
}

/** Runs a round of a request: the first without answers. */
export type Round<Result> = (
  answered: Answered | null,
) => Promise<Outcome<Result | Asking, Refusal>>;

/** Asks a client whatever has to be known, round for round, until there is a result. */
export async function answerQuestions<Result extends { readonly kind: string }>(
  first: Outcome<Result | Asking, Refusal>,
  {
    name,
    round,
    client,
  }: {
    readonly name: string;
    readonly round: Round<Result>;
    readonly client: Askable;
  },
): Promise<Outcome<Result | Asking, Refusal>> {
  let result = first;
  for (let rounds = 1; result.ok && isAsking(result.value); rounds += 1) {
    const asking = result.value;
    if (rounds > MAX_ROUNDS)
      return unanswered(name, asking, `there are more than ${MAX_ROUNDS} rounds`);
    const missing = missingOf(asking, client);
    if (missing !== null) return unanswered(name, asking, `the client does not offer ${missing}`);
    const answers = await putAll(asking, client);
    if (!answers.ok) {
      // A round that nobody asks for is none.
      if (client.signal.aborted) return unanswered(name, asking, answers.failure);
      // What waits for the answer goes on without it, or ends.
      const last = await round({ answers: {}, state: asking.state });
      const asksOn = last.ok && isAsking(last.value);
      return asksOn ? unanswered(name, last.value, answers.failure) : last;
    }
    result = await round({ answers: answers.value, state: asking.state });
  }
  return result;
}

function isAsking(value: { readonly kind: string } | Asking): value is Asking {
  return value.kind === "questions";
}

/** A capability that the client lacks for these questions. */
function missingOf({ questions }: Asking, { capabilities }: Askable): string | null {
  const needed = Object.values(questions).map(({ method }) => CAPABILITIES[method]);
  return needed.find((one) => capabilities[one] === undefined) ?? null;
}

async function putAll(
  { questions }: Asking,
  { put }: Askable,
): Promise<Outcome<JsonObject, string>> {
  const answers: Record<string, JsonObject> = {};
  for (const [name, question] of Object.entries(questions)) {
    const answer = await answerTo(put, question);
    if (!isJsonObject(answer)) return failed(`the client did not answer ${question.method}`);
    answers[name] = answer;
  }
  return done(answers);
}

/** A client may refuse, be gone, or take too long: then there is no answer. */
async function answerTo(put: Askable["put"], question: Question): Promise<unknown> {
  try {
    return await put(question);
  } catch {
    return null;
  }
}

/** Nobody comes back with the answers: what waits for them is given up. */
function unanswered(
  tool: string,
  { giveUp }: Asking,
  detail: string,
): { readonly ok: false; readonly failure: Refusal } {
  giveUp?.();
  const failure = { reason: "not_preparable", field: "a question to the client", detail } as const;
  return failed({ reason: "tool_failed", tool, failure });
}
