import type { Decision, Obligation } from "../decision/types.ts";
import type { Log } from "../lib/log.ts";
import { cutText } from "../lib/text.ts";
import type { ToolResult } from "../tools/types.ts";

/** Carries out the terms on which a call was allowed. */
export function applyObligations(decision: Decision, result: ToolResult, log: Log): ToolResult {
  return decision.obligations.reduce(
    (rest, obligation) =>
      apply(obligation, rest, (channel) => {
        log.warn("a policy asks to notify", { channel, decision: decision.id });
      }),
    result,
  );
}

function apply(
  obligation: Obligation,
  result: ToolResult,
  notify: (channel: string) => void,
): ToolResult {
  switch (obligation.kind) {
    case "limit_output": {
      const text = cutText(result.text, obligation.bytes);
      return { ...result, text, truncated: result.truncated || text !== result.text };
    }
    case "notify":
      notify(obligation.channel);
      return result;
  }
}
