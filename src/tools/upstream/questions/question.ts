// On the trust boundary: what an upstream asks of the client's side, on its way to the client of a call, and what
// that client answers. Passed on is only what is allowed, what the client offers, and what a person can see all
// of; whose question it is stands first in it.

import { isSpecType } from "@modelcontextprotocol/client";
import type { UpstreamSetting } from "../../../config/types.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../lib/json.ts";
import { done, failed, type Outcome } from "../../../lib/outcome.ts";
import { type Hide, hiddenObject } from "../../hide.ts";
import type { Question } from "../../result.ts";
import type { UpstreamLimits } from "../limits.ts";
import { hidesText } from "../presented.ts";
import { isWithinDepth } from "../taken.ts";

/** What an upstream may ask, and how much of it. */
export interface Asking {
  /** Its name, which its questions are marked with. */
  readonly upstream: string;
  readonly allow: UpstreamSetting["allow"];
  readonly hide: Hide;
  readonly limits: Pick<UpstreamLimits, "maxQuestions" | "maxQuestionBytes" | "maxDepth">;
}

/** A question as the client is asked it; the failure says why not, in words that follow "METHOD is not passed on: ". */
export function questionOf(
  asked: { readonly method?: unknown; readonly params?: unknown },
  capabilities: JsonObject,
  { upstream, allow, hide, limits }: Asking,
): Outcome<Question, string> {
  const kind = KINDS.find(({ method }) => method === asked.method);
  if (kind === undefined || !allow.includes(kind.capability)) return failed(NOBODY);
  const { method, capability, members, fits, fault } = kind;
  const offered = capabilities[capability];
  if (!isJsonObject(offered)) return failed(`the client of this call does not offer ${capability}`);
  const { params } = asked;
  if (!isJsonObject(params) || !isWithinDepth(params, limits.maxDepth)) return failed(NO_QUESTION);
  if (Buffer.byteLength(JSON.stringify(params)) > limits.maxQuestionBytes) {
    return failed(`it has more than ${limits.maxQuestionBytes} bytes`);
  }
  if (hidesText(params)) return failed("it has characters that a person cannot see");
  const shown = hiddenObject(params, hide);
  if (!fits(shown)) return failed(NO_QUESTION);
  const why = fault(shown, offered);
  if (why !== null) return failed(why);
  return done({ method, params: only({ ...shown, ...kind.marked(shown, upstream) }, members) });
}

/** The answer to a question, with nothing beside it; null where it is none. */
export function answerOf(asked: Json | undefined, answer: Json | undefined): JsonObject | null {
  const kind = KINDS.find(({ method }) => method === asked);
  if (kind === undefined || !isJsonObject(answer) || !kind.answers(answer)) return null;
  return only(answer, kind.answered);
}

const NOBODY = "this server asks nobody on your behalf";
const NO_QUESTION = "it is no question that the protocol has";

/** How one kind of question is looked at. */
interface Kind {
  readonly method: Question["method"];
  readonly capability: UpstreamSetting["allow"][number];
  /** All that is passed on of it, and of its answer. */
  readonly members: readonly string[];
  readonly answered: readonly string[];
  readonly fits: (params: JsonObject) => boolean;
  readonly answers: (answer: JsonObject) => boolean;
  /** What stands in the way of a question of the right form. */
  readonly fault: (params: JsonObject, offered: JsonObject) => string | null;
  /** The words that say whose question it is. */
  readonly marked: (params: JsonObject, upstream: string) => JsonObject;
}

const ELICITATION: Kind = {
  method: "elicitation/create",
  capability: "elicitation",
  members: ["mode", "message", "requestedSchema", "url", "elicitationId"],
  answered: ["action", "content"],
  // The newer era has no `elicitationId`.
  fits: (params) =>
    isSpecType.ElicitRequest({
      method: "elicitation/create",
      params: { elicitationId: "", ...params },
    }),
  answers: isSpecType.ElicitResult,
  fault: ({ mode, url }, { form, url: opens }) => {
    if (mode !== "url") {
      const shows = form !== undefined || opens === undefined;
      return shows ? null : "the client of this call shows no forms";
    }
    if (opens === undefined) return "the client of this call opens no addresses";
    return isHttps(url) ? null : "it leads to an address that is not https";
  },
  marked: ({ message }, upstream) => ({
    message: `The MCP server ${upstream} asks: ${wordsIn(message)}`,
  }),
};

const SAMPLING: Kind = {
  method: "sampling/createMessage",
  capability: "sampling",
  members: [
    ...["messages", "systemPrompt", "maxTokens", "temperature", "stopSequences"],
    "modelPreferences",
  ],
  answered: ["role", "content", "model", "stopReason"],
  fits: (params) => isSpecType.CreateMessageRequest({ method: "sampling/createMessage", params }),
  answers: isSpecType.CreateMessageResult,
  // What other servers said to this client, or what it can do, is not this upstream's.
  fault: ({ tools, toolChoice, includeContext = "none" }) => {
    if (tools !== undefined || toolChoice !== undefined) return "it wants tools called";
    return includeContext === "none" ? null : "it wants to read what other servers said";
  },
  marked: ({ systemPrompt }, upstream) => ({
    systemPrompt: `The MCP server ${upstream} asks this. ${wordsIn(systemPrompt)}`.trimEnd(),
  }),
};

const KINDS: readonly Kind[] = [ELICITATION, SAMPLING];

function wordsIn(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

function only(object: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => names.includes(name)));
}

function isHttps(url: Json | undefined): boolean {
  if (typeof url !== "string" || !URL.canParse(url)) return false;
  const { protocol, username, password } = new URL(url);
  return protocol === "https:" && username === "" && password === "";
}
