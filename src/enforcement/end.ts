import type { AuditedEnd } from "../audit/types.ts";
import { sha256 } from "../lib/digest.ts";
import type { Outcome } from "../lib/outcome.ts";
import type { ToolFailure, ToolResult } from "../tools/types.ts";

/** How a run ended, as the audit trail records it. */
export function endOf(ran: Outcome<ToolResult, ToolFailure>, durationMs: number): AuditedEnd {
  if (ran.ok) {
    return {
      result: "success",
      errorCode: null,
      exitCode: ran.value.exitCode,
      durationMs,
      outputBytes: ran.value.outputBytes,
      outputDigest: `sha256:${sha256(ran.value.text)}`,
    };
  }
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

function resultOf(failure: ToolFailure): AuditedEnd["result"] {
  switch (failure.reason) {
    case "exited":
    case "output_without_end":
      return "failure";
    case "timed_out":
      return "timeout";
    case "cancelled":
      return "cancelled";
    case "not_found":
    case "not_startable":
    case "not_preparable":
    case "runner_not_available":
    case "no_engine":
    case "no_image":
    case "engine_failed":
    case "not_ended":
    case "folder_failed":
    case "broke_off":
      return "error";
  }
}
