// On the trust boundary: the parameters of a record. A tool's schema, the names, the secrets that the server
// holds and the policies each hide what they know; none of them shows what another hides.

import type { AuditedAction, AuditFailure } from "../audit/types.ts";
import type { Decide } from "../decision/types.ts";
import type { JsonObject } from "../lib/json.ts";
import { markedSecret } from "../lib/marked.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import type { Redactor } from "../lib/redact.ts";

/** An action whose parameters may be recorded. */
type RedactParameters = (
  decide: Decide,
  action: AuditedAction,
) => Promise<Outcome<AuditedAction, AuditFailure>>;

/** Redacts the parameters of actions; policies are asked about what is left. */
export function createRedactParameters({ object }: Redactor): RedactParameters {
  return async (decide, action) => {
    const { parameters, step } = action;
    if (parameters === null) return done(action);
    const marked = step === null ? [] : markedSecret(step.tool.inputSchema, parameters);
    const redacted = attempt(() => object(parameters, marked));
    if (!redacted.ok) return redacted;
    const masked = await decide.mask({
      action: action.action,
      tool_name: action.toolName,
      parameters: redacted.value,
    });
    if (masked === null) return failed(UNKNOWN);
    if (masked.length === 0) return done({ ...action, parameters: redacted.value });
    // From the beginning: what is hidden as a whole is marked as what it was.
    const pointers = masked.map((path) => path.slice("/parameters".length));
    const whole = attempt(() => object(parameters, [...marked, ...pointers]));
    return whole.ok ? done({ ...action, parameters: whole.value }) : whole;
  };
}

const UNKNOWN: AuditFailure = {
  reason: "audit_unavailable",
  detail: "the policies could not say what the audit record must not show",
};

/** A redaction that throws is no redaction. */
function attempt(redact: () => JsonObject): Outcome<JsonObject, AuditFailure> {
  try {
    return done(redact());
  } catch (thrown) {
    const detail = `the parameters cannot be redacted: ${String(thrown)}`;
    return failed({ reason: "audit_unavailable", detail });
  }
}
