// On the trust boundary: what enforcement says to the audit trail. Parameters that policy masks never
// reach it, and where policy cannot say what to mask, nothing is recorded and nothing runs.

import type { Audit, AuditedAction, AuditedEnd, AuditFailure, Intent } from "../audit/types.ts";
import type { Decide, Decision } from "../decision/types.ts";
import type { Circumstances } from "../input/types.ts";
import type { Clock } from "../lib/clock.ts";
import { failed, type Outcome } from "../lib/outcome.ts";
import type { Denial } from "./types.ts";
import { hidePaths } from "./mask.ts";

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

/** The trail of these parts. */
export function createTrail({ audit, clock }: { audit: Audit; clock: Clock }): Trail {
  const note: Trail["note"] = async (decide, action, end) => {
    const masked = await mask(decide, action);
    if (!masked.ok) return masked;
    return audit.note(masked.value, {
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
      step: null,
      parameters: null,
    }),
    begin: async (decide, action) => {
      const masked = await mask(decide, action);
      return masked.ok ? audit.begin(masked.value) : masked;
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

async function mask(
  decide: Decide,
  action: AuditedAction,
): Promise<Outcome<AuditedAction, AuditFailure>> {
  if (action.parameters === null) return { ok: true, value: action };
  const paths = await decide.mask({
    action: action.action,
    tool_name: action.toolName,
    parameters: action.parameters,
  });
  if (paths === null) {
    return failed({
      reason: "audit_unavailable",
      detail: "the policies could not say what the audit record must not show",
    });
  }
  const hidden = hidePaths(
    action.parameters,
    paths.map((path) => path.slice("/parameters".length)),
  );
  return { ok: true, value: { ...action, parameters: hidden } };
}
