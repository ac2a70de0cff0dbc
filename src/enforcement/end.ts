import type { AuditedEnd } from "../audit/types.ts";
import { sha256 } from "../lib/digest.ts";
import type { Outcome } from "../lib/outcome.ts";
import type { Given, Questions, ToolFailure, ToolResult } from "../tools/types.ts";

/** How a run ended, as the audit trail records it. */
export function endOf(
  ran: Outcome<ToolResult | Given | Questions, ToolFailure>,
  durationMs: number,
): AuditedEnd {
  if (ran.ok) return { ...endOfValue(ran.value), durationMs };
  const { failure } = ran;
  const exited = failure.reason === "exited" ? failure : null;
  return {
    result: resultOf(failure),
    errorCode: failure.reason,
    exitCode: exited?.exitCode ?? null,
    durationMs,
    outputBytes: exited?.outputBytes ?? null,
    outputDigest: exited === null ? null : `sha256:${sha256(exited.stdout)}`,
  };
}

/** A tool that says of itself that it failed has failed; one that asks first has not ended in an error. */
function endOfValue(value: ToolResult | Given | Questions): Omit<AuditedEnd, "durationMs"> {
  const output = outputOf(value);
  const outputDigest = `sha256:${sha256(output)}`;
  if (value.kind === "result") {
    const { isError, exitCode, outputBytes } = value;
    const [result, errorCode] = isError
      ? (["failure", "tool_error"] as const)
      : (["success", null] as const);
    return { result, errorCode, exitCode, outputBytes, outputDigest };
  }
  const errorCode = value.kind === "questions" ? "input_required" : null;
  const outputBytes = Buffer.byteLength(output);
  return { result: "success", errorCode, exitCode: null, outputBytes, outputDigest };
}

/** What the digest is of: a text as it is, whatever else as its JSON text. */
function outputOf(value: ToolResult | Given | Questions): string {
  switch (value.kind) {
    case "result": {
      const [first, ...more] = value.content;
      const text = first?.type === "text" ? first["text"] : null;
      const plain = more.length === 0 && value.structured === null && typeof text === "string";
      return plain ? text : JSON.stringify([value.content, value.structured]);
    }
    case "given":
      return JSON.stringify(value.body);
    case "questions":
      return JSON.stringify(value.questions);
  }
}

function resultOf(failure: ToolFailure): AuditedEnd["result"] {
  switch (failure.reason) {
    case "exited":
    case "output_without_end":
    case "upstream_refused":
    case "upstream_broke_off":
    case "kubiya_ran_and_failed":
    case "kubiya_broke_off":
      return "failure";
    case "timed_out":
    case "left_running":
      return "timeout";
    case "cancelled":
      return "cancelled";
    case "not_found":
    case "not_startable":
    case "not_preparable":
    case "too_large":
    case "runner_not_available":
    case "not_confined":
    case "no_engine":
    case "engine_silent":
    case "engine_forbidden":
    case "no_image":
    case "engine_failed":
    case "not_ended":
    case "folder_failed":
    case "broke_off":
    case "upstream_unreachable":
    case "upstream_changed":
    case "upstream_too_much":
    case "upstream_asked":
    case "kubiya_unreachable":
    case "kubiya_unauthorized":
    case "kubiya_busy":
    case "kubiya_not_asked":
    case "kubiya_refused":
    case "kubiya_unexpected":
    case "kubiya_too_much":
      return "error";
  }
}
