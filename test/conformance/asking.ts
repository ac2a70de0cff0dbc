// Tools that cannot end before the client's side has answered.

import type { Json, JsonObject } from "../../src/lib/json.ts";
import { isJsonObject } from "../../src/lib/json.ts";
import type { Question, Questions, Resumed, Running, ToolResult } from "../../src/tools/types.ts";
import { said } from "../support/world.ts";

type Properties = Readonly<Record<string, JsonObject>>;

/** What a tool is called with, and what came back with it. */
interface Called {
  readonly args: JsonObject;
  readonly running: Running;
  readonly resumed: Resumed | null;
}

/** How a tool runs. */
export type Behaviour = (called: Called) => Promise<ToolResult | Questions>;

/** A form for the user. */
export function form(
  message: string,
  properties: Properties,
  required: readonly string[],
): Question {
  const requestedSchema = { type: "object", properties, required };
  return { method: "elicitation/create", params: { message, requestedSchema } };
}

/** A question to the client's model. */
export function sample(words: string, maxTokens: number = 100): Question {
  const messages = [{ role: "user", content: { type: "text", text: words } }];
  return { method: "sampling/createMessage", params: { messages, maxTokens } };
}

const ROOTS: Question = { method: "roots/list", params: {} };
const NAME = form("What is your name?", { name: { type: "string" } }, ["name"]);
const CONFIRM = form("Please confirm", { ok: { type: "boolean" } }, ["ok"]);
const COLOUR = form("What is your favourite colour?", { color: { type: "string" } }, ["color"]);

function asking(questions: Questions["questions"], state: Json = null): Questions {
  return { kind: "questions", questions, state };
}

/** Asks until each of its questions is answered, and then says what it was told. */
export function once(
  questions: (called: Called) => Questions["questions"],
  end: (answers: JsonObject, state: Json) => string = (answers) => JSON.stringify(answers),
): Behaviour {
  return async (called) => {
    const { resumed } = called;
    const wanted = questions(called);
    const answers = resumed?.answers ?? {};
    const whole = Object.keys(wanted).every((name) => isJsonObject(answers[name]));
    return whole ? said(end(answers, resumed?.state ?? null)) : asking(wanted, "waits");
  };
}

/** Asks twice: what is known of the first answer when the second comes is in its state alone. */
async function twice({ resumed }: Called): Promise<ToolResult | Questions> {
  if (resumed === null) return asking({ step1: NAME }, { step: 1 });
  if (resumed.answers["step1"] !== undefined) {
    return asking({ step2: COLOUR }, { step: 2, name: resumed.answers["step1"] });
  }
  return said(JSON.stringify([resumed.state, resumed.answers]));
}

/** Asks only what the client says it can be asked. */
function offered({ running }: Called): Questions["questions"] {
  const { sampling, elicitation } = running.capabilities;
  return {
    ...(sampling !== undefined && { model: sample("Say hello") }),
    ...(elicitation !== undefined && { user: NAME }),
  };
}

const ALL = { user_name: NAME, greeting: sample("Generate a greeting", 50), client_roots: ROOTS };

/** By the name of the tool. */
export const ASKING: Readonly<Record<string, Behaviour>> = {
  test_sampling: once(
    ({ args }) => ({ model: sample(String(args["prompt"])) }),
    (answers) => `LLM response: ${JSON.stringify(answers)}`,
  ),
  test_elicitation: once(({ args }) => ({
    user: form(String(args["message"]), { response: { type: "string" } }, ["response"]),
  })),
  test_missing_capability: once(() => ({ model: sample("Say hello") })),
  test_streaming_elicitation: once(() => ({ user: NAME })),
  test_input_required_result_elicitation: once(() => ({ user_name: NAME })),
  test_input_required_result_sampling: once(() => ({
    capital_question: sample("What is the capital of France?"),
  })),
  test_input_required_result_list_roots: once(() => ({ client_roots: ROOTS })),
  test_input_required_result_request_state: once(
    () => ({ confirm: CONFIRM }),
    (_answers, state) => (state === "waits" ? "state-ok" : "state-lost"),
  ),
  test_input_required_result_multiple_inputs: once(() => ALL),
  test_input_required_result_multi_round: twice,
  test_input_required_result_tampered_state: once(() => ({ confirm: CONFIRM })),
  test_input_required_result_capabilities: once(offered),
};
