import type { Decision } from "../decision/types.ts";
import type { Circumstances } from "../input/types.ts";
import type { JsonObject } from "../lib/json.ts";
import type { Outcome } from "../lib/outcome.ts";
import type { Step } from "../tools/types.ts";

/** How an action ended. */
export type AuditResult =
  | "pending"
  | "success"
  | "failure"
  | "denied"
  | "error"
  | "timeout"
  | "cancelled"
  | "unknown";

/** What a caller tried to do, and what was decided about it. */
export interface AuditedAction {
  readonly circumstances: Circumstances;
  /** The action as the input names it; the record's `execute_tool` and `list_tools` are made here. */
  readonly action: string;
  readonly toolName: string | null;
  readonly step: Step | null;
  readonly parameters: JsonObject | null;
  /** Null only where no policy could be asked. */
  readonly decision: Decision | null;
}

/** How it ended. Absent facts are null. */
export interface AuditedEnd {
  readonly result: Exclude<AuditResult, "pending">;
  readonly errorCode: string | null;
  readonly exitCode: number | null;
  readonly durationMs: number;
  readonly outputBytes: number | null;
  readonly outputDigest: string | null;
}

/** Something that happened to the server itself. */
export interface AuditedEvent {
  readonly event:
    | "authentication"
    | "policy_reload"
    | "config_reload"
    | "server_start"
    | "server_stop"
    | "alert";
  readonly result: "success" | "failure";
  readonly facts: JsonObject;
}

export type AuditFailure = { readonly reason: "audit_unavailable"; readonly detail: string };

/** An intent that is on the disk: the licence to run, and the thread to its outcome. */
export interface Intent {
  readonly id: string;
  /** Writes the outcome. Settles when it is written, before the answer leaves. */
  readonly end: (end: AuditedEnd) => Promise<Outcome<void, AuditFailure>>;
}

/** The trail. After one failure every further call fails: nothing runs without a record. */
export interface Audit {
  /** Writes and syncs what is about to be done. */
  readonly begin: (action: AuditedAction) => Promise<Outcome<Intent, AuditFailure>>;
  /** Writes one record for an action that is over as soon as it is decided: a denial, a list. */
  readonly note: (action: AuditedAction, end: AuditedEnd) => Promise<Outcome<void, AuditFailure>>;
  readonly event: (event: AuditedEvent) => Promise<Outcome<void, AuditFailure>>;
  /** Writes what is queued, releases the chain. */
  readonly close: () => Promise<void>;
}
