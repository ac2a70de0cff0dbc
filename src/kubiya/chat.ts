// What an agent of the cloud answers: parts of a data stream. Its text is what it says; what it thinks and
// which tools it calls on the way is not handed on.

import { isJsonObject } from "../lib/json.ts";
import type { AskParts } from "./ask.ts";
import { errorText, failureOf, type Heard, isFailed } from "./heard.ts";
import { parseText } from "./json.ts";
import type { Message } from "./messages.ts";
import type { Kubiya } from "./types.ts";
import { watch } from "./watch.ts";

/** Says something to an agent, once, and gives its answer. */
export function createChat(parts: AskParts): Kubiya["chat"] {
  return ({ agent, message, session }, watching) => {
    const named = session === null ? {} : { session_id: session };
    const body = { message, agent_uuid: agent, ...named };
    const asked = { method: "POST", version: "v1", path: ["hb", "v4", "stream"], body } as const;
    return watch(parts, { asked, safe: "never", hear }, watching);
  };
}

function hear(message: Message): readonly Heard[] {
  if (message.kind === "event") return [];
  const value = parseText(message.text);
  switch (message.code) {
    case "0":
      if (typeof value === "string") return [{ kind: "output", text: value }];
      return [{ kind: "unexpected", field: "0", detail: "it is no text" }];
    case "3":
      return [{ kind: "failure", text: errorText(value ?? message.text) }];
    case "d": {
      const failed = isJsonObject(value) && isFailed(value["finishReason"]);
      return failed ? [failureOf(value), { kind: "end" }] : [{ kind: "end" }];
    }
    default:
      return [];
  }
}
