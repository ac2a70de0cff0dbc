// What enforcement gave, as the protocol's result: pure, and the same for both eras and both transports.

import type { ListToolsResult } from "@modelcontextprotocol/server";
import type { Asking, ListedTool, Refusal } from "../enforcement/types.ts";
import type { JsonObject } from "../lib/json.ts";
import type { Outcome } from "../lib/outcome.ts";
import type { Given, Reading, ToolResult } from "../tools/types.ts";
import { answerCall, answerReading, type ErrorAnswer } from "./wire.ts";

/** What a request is answered with. */
export type Reply = { readonly kind: "result"; readonly result: JsonObject } | ErrorAnswer;

/** The answer to a call of the tool of this name. */
export function replyToCall(name: string, called: Outcome<ToolResult | Asking, Refusal>): Reply {
  if (called.ok) return { kind: "result", result: resultOf(called.value) };
  const answer = answerCall(name, called.failure);
  if (answer.kind === "error") return answer;
  const { text, meta } = answer;
  const isMore = Object.keys(meta).length > 0;
  const content = [{ type: "text", text }];
  return { kind: "result", result: { content, isError: true, ...(isMore && { _meta: meta }) } };
}

/** The answer to a reading. */
export function replyToReading(reading: Reading, read: Outcome<Given | Asking, Refusal>): Reply {
  if (read.ok) return { kind: "result", result: resultOf(read.value) };
  return answerReading(reading, read.failure);
}

/** The answer to a list of tools. */
export function listedTools(tools: readonly ListedTool[]): ListToolsResult {
  return {
    tools: tools.map(({ tool, access }) => ({
      ...tool.presentation,
      name: tool.name,
      description: tool.description,
      inputSchema: { ...tool.inputSchema, type: "object" },
      _meta: { "kubiya.ai/access": access },
    })),
  };
}

function resultOf(value: ToolResult | Given | Asking): JsonObject {
  switch (value.kind) {
    case "result": {
      const { content, structured, isError } = value;
      return {
        content,
        ...(structured !== null && { structuredContent: structured }),
        ...(isError && { isError }),
      };
    }
    case "given":
      return value.body;
    case "questions": {
      const inputRequests = Object.fromEntries(
        Object.entries(value.questions).map(([name, { method, params }]) => [
          name,
          { method, params },
        ]),
      );
      return { resultType: "input_required", inputRequests, requestState: value.state };
    }
  }
}
