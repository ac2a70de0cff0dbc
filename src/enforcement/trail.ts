// On the trust boundary: what enforcement says to the audit trail. No secret in parameters reaches it, and
// where they cannot be redacted, or policy cannot say what to mask, nothing is recorded and nothing runs.

import type { AuditedAction, AuditedEnd, AuditFailure, Intent } from "../audit/types.ts";
import type { Decide, Decision } from "../decision/types.ts";
import type { Circumstances } from "../input/types.ts";
import { failed, type Outcome } from "../lib/outcome.ts";
import type { Denial, Parts } from "./types.ts";
import { createRedactParameters } from "./parameters.ts";

/** An action that has been decided. */
type Decided = AuditedAction & { readonly decision: Decision };

/** The trail as enforcement uses it. */
export interface Trail {
  /** An action without a tool. */
  readonly action: (
    circumstances: Circumstances,
    action: string,
  ) => Omit<AuditedAction, "decision">;
  /** Records what is about to run. */
  readonly begin: (decide: Decide, action: AuditedAction) => Promise<Outcome<Intent, AuditFailure>>;
  /** Records something that is over as soon as it is decided. */
  readonly note: (
    decide: Decide,
    action: AuditedAction,
    end: Pick<AuditedEnd, "result" | "errorCode">,
  ) => Promise<Outcome<void, AuditFailure>>;
  /** Records a denial and gives the refusal that answers it. */
  readonly refuse: (
    decide: Decide,
    action: Decided,
  ) => Promise<{ readonly ok: false; readonly failure: Denial }>;
  /** Records that something was brought back which was never sent, and gives the refusal. */
  readonly refuseState: (
    decide: Decide,
    action: Decided,
  ) => Promise<{
    readonly ok: false;
    readonly failure: AuditFailure | { readonly reason: "invalid_state" };
  }>;
}

type TrailParts = Pick<Parts, "audit" | "clock" | "redactor">;

/** The trail of these parts. */
export function createTrail({ audit, clock, redactor }: TrailParts): Trail {
  const redact = createRedactParameters(redactor);
  const note: Trail["note"] = async (decide, action, end) => {
    const redacted = await redact(decide, action);
    if (!redacted.ok) return redacted;
    return audit.note(redacted.value, {
      ...end,
      exitCode: null,
      durationMs: Math.max(0, clock() - action.circumstances.nowMs),
      outputBytes: null,
      outputDigest: null,
    });
  };
  return {
    action: (circumstances, action) => ({
      circumstances,
      action,
      toolName: null,
      origin: null,
      step: null,
      parameters: null,
    }),
    begin: async (decide, action) => {
      const redacted = await redact(decide, action);
      return redacted.ok ? audit.begin(redacted.value) : redacted;
    },
    note,
    refuse: async (decide, action) => {
      const errorCode = action.decision.reasons[0]?.code ?? null;
      const noted = await note(decide, action, { result: "denied", errorCode });
      return noted.ok ? failed({ reason: "denied", decision: action.decision }) : noted;
    },
    refuseState: async (decide, action) => {
      const noted = await note(decide, action, { result: "error", errorCode: "invalid_state" });
      return noted.ok ? failed({ reason: "invalid_state" }) : noted;
    },
  };
}
