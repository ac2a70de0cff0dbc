// On the trust boundary: turns every refusal into its protocol answer. It never adds a reason of its
// own, and never tells more than the row of the first matching code allows.

import type { Decision, Reason } from "../decision/types.ts";
import type { Refusal } from "../enforcement/types.ts";
import type { JsonObject } from "../lib/json.ts";
import type { Reading } from "../tools/types.ts";
import { ANSWERS, type AnswerRow } from "./answers.ts";
import { failureText } from "./failure-text.ts";

/** What a client is sent instead of a result: a JSON-RPC error, or a tool result that says no. */
export type Answer =
  | ErrorAnswer
  | { readonly kind: "tool_result"; readonly text: string; readonly meta: JsonObject };

/** A JSON-RPC error; without data where it must tell nothing. */
export interface ErrorAnswer {
  readonly kind: "error";
  readonly code: number;
  readonly message: string;
  readonly data: JsonObject | null;
}

const AUDIT_UNAVAILABLE: Reason = {
  code: "audit.unavailable",
  message: "The audit trail cannot be written, and nothing runs without a record.",
};

function tooFast(seconds: number): Reason {
  return {
    code: "throttle.rate",
    message: `This caller asks faster than it may; wait ${seconds} s.`,
    wait_seconds: seconds,
  };
}

export const INVALID_CALL: ErrorAnswer = {
  ...{ kind: "error", code: -32_602, message: "Arguments are a JSON object", data: null },
};

/** The answer to a reading whose field breaks a rule. */
export function invalidReading(fault: string): ErrorAnswer {
  return { kind: "error", code: -32_602, message: `Invalid params: ${fault}`, data: null };
}

const CONTESTED =
  "More than one server says that this is its own, so it is read from none; tell this server's operator";

const INVALID_STATE: ErrorAnswer = {
  ...{ kind: "error", code: -32_602, message: "Invalid or expired requestState" },
  data: { reason: "invalid_request_state" },
};

/** The answer to a refused call of the tool of this name. */
export function answerCall(name: string, refusal: Refusal): Answer {
  switch (refusal.reason) {
    case "denied":
      return answerDenial(refusal.started ?? name, refusal.decision);
    case "unknown_tool":
      return unknownTool(refusal.name);
    case "invalid_arguments":
      return toolResult([
        "The arguments do not fit the tool's schema; nothing was run.",
        ...refusal.faults.map(({ field, message }) => `${field}: ${message}`),
      ]);
    case "tool_failed":
      return toolResult(failureText(refusal.tool, refusal.failure));
    case "invalid_state":
      return INVALID_STATE;
    case "not_there":
    case "contested":
    case "too_fast":
    case "audit_unavailable":
      return answerRequest(refusal);
  }
}

/** The answer to a reading that came to nothing: what is not for this caller is not there for it. */
export function answerReading(reading: Reading, refusal: Refusal): ErrorAnswer {
  switch (refusal.reason) {
    case "denied":
      return told(refusal.decision.reasons).row.as === "unknown_tool"
        ? notThere(reading)
        : answerRequest(refusal);
    case "not_there":
      return notThere(reading);
    case "contested":
      return { ...notThere(reading), message: CONTESTED };
    case "invalid_state":
      return INVALID_STATE;
    case "tool_failed": {
      const code = refusal.failure.reason === "not_preparable" ? -32_602 : -32_603;
      const message = failureText(refusal.tool, refusal.failure).join("\n");
      return { kind: "error", code, message, data: null };
    }
    case "unknown_tool":
    case "invalid_arguments":
    case "too_fast":
    case "audit_unavailable":
      return answerRequest(refusal);
  }
}

/** The answer to any other refused request. */
export function answerRequest(refusal: Refusal): ErrorAnswer {
  if (refusal.reason === "too_fast") return answerReason(tooFast(refusal.waitSeconds));
  if (refusal.reason !== "denied") return answerReason(AUDIT_UNAVAILABLE);
  const { row, reasons } = told(refusal.decision.reasons);
  return errorAnswer(row, reasons, refusal.decision.id);
}

/** The answer to a request that is refused for this, before anybody was asked to decide. */
export function answerReason(reason: Reason): ErrorAnswer {
  const { row, reasons } = told([reason]);
  return errorAnswer(row, reasons, "");
}

function answerDenial(name: string, decision: Decision): Answer {
  const { row, reasons } = told(decision.reasons);
  switch (row.as) {
    case "unknown_tool":
      return unknownTool(name);
    case "error":
      return errorAnswer(row, reasons, decision.id);
    case "tool_result":
      return toolResult([`${row.headline}: ${sentences(reasons)}`, `Decision ${decision.id}`], {
        "kubiya.ai/decision": { id: decision.id, reasons },
      });
  }
}

/** The row that answers a denial, and the reasons that it may tell. */
function told(given: readonly Reason[]): {
  readonly row: AnswerRow;
  readonly reasons: readonly Reason[];
} {
  for (const row of ANSWERS) {
    const reasons = given.filter(({ code }) => row.codes.test(code));
    if (reasons.length > 0) return { row, reasons };
  }
  return { row: ANSWERS[0], reasons: [] };
}

function errorAnswer(row: AnswerRow, reasons: readonly Reason[], decisionId: string): ErrorAnswer {
  return {
    kind: "error",
    code: row.code,
    message: `${row.headline}: ${sentences(reasons)}`,
    data: {
      code: reasons[0]?.code ?? "",
      reasons,
      decision_id: decisionId,
      check: row.check,
    },
  };
}

/** The protocol's own words for a resource (SEP-2164). */
function notThere({ action, name }: Reading): ErrorAnswer {
  const error = { kind: "error", code: -32_602 } as const;
  if (!action.startsWith("resources/"))
    return { ...error, message: `Unknown: ${name}`, data: null };
  return { ...error, message: "Resource not found", data: { uri: name } };
}

/** The same bytes for a tool that does not exist and for one that does not exist for this caller. */
function unknownTool(name: string): ErrorAnswer {
  return { kind: "error", code: -32_602, message: `Unknown tool: ${name}`, data: null };
}

function toolResult(lines: readonly string[], meta: JsonObject = {}): Answer {
  return { kind: "tool_result", text: lines.join("\n"), meta };
}

function sentences(reasons: readonly Reason[]): string {
  return [...new Set(reasons.map(({ message }) => message))].join(" ");
}
