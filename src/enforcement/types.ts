import type { Audit, AuditFailure } from "../audit/types.ts";
import type {
  DeedFailure,
  Done,
  KeepAlive,
  Order,
  Perform,
  PlanDeed,
} from "../credential/types.ts";
import type { Access, Decision, Snapshot } from "../decision/types.ts";
import type { BuildInput, Circumstances } from "../input/types.ts";
import type { Clock } from "../lib/clock.ts";
import type { JsonObject } from "../lib/json.ts";
import type { Log } from "../lib/log.ts";
import type { Outcome } from "../lib/outcome.ts";
import type { Running, Tool, ToolFailure, ToolResult } from "../tools/types.ts";

/** A tool that a caller is shown. */
export interface ListedTool {
  readonly tool: Tool;
  readonly access: Access;
}

/** A tool call as a caller asks for it. */
export interface Call {
  readonly name: string;
  readonly arguments: JsonObject;
}

/** Somebody may not do this, or nobody could record it. */
export type Denial = { readonly reason: "denied"; readonly decision: Decision } | AuditFailure;

/** Why credentials were not managed. */
export type ManageRefusal =
  | Denial
  | { readonly reason: "not_managed"; readonly failure: DeedFailure };

/** Why a request has no result. */
export type Refusal =
  | Denial
  | { readonly reason: "unknown_tool"; readonly name: string }
  | {
      readonly reason: "invalid_arguments";
      readonly faults: readonly { readonly field: string; readonly message: string }[];
    }
  | { readonly reason: "tool_failed"; readonly tool: string; readonly failure: ToolFailure };

/** A request as it arrived: what decides about it, from its caller's name to its end, and its circumstances. */
export interface Arrived {
  readonly snapshot: Snapshot;
  readonly circumstances: Circumstances;
}

/** A call every step of which was permitted. */
export interface PermittedCall {
  /** Runs it, each step once its intent is recorded. To be called once. */
  readonly run: (running: Running) => Promise<Outcome<ToolResult, Refusal>>;
}

/** The one way in: each request is decided, recorded, carried out and recorded, in this order. */
export interface Enforcement {
  /** Whether the caller may be here at all, for what is neither a list nor a call. */
  readonly admit: (arrived: Arrived, method: string) => Promise<Outcome<void, Refusal>>;
  /** The tools that exist for the caller, by name. */
  readonly list: (arrived: Arrived) => Promise<Outcome<readonly ListedTool[], Refusal>>;
  /** Decides about a call of a tool: nothing runs yet. */
  readonly call: (arrived: Arrived, call: Call) => Promise<Outcome<PermittedCall, Refusal>>;
  /** Makes, rotates, revokes or reads credentials, if policy allows. */
  readonly manage: (arrived: Arrived, order: Order) => Promise<Outcome<Done, ManageRefusal>>;
}

/** What enforcement is made of. */
export interface Parts {
  readonly audit: Audit;
  readonly buildInput: BuildInput;
  readonly keepAlive: Pick<KeepAlive, "used" | "accepted" | "hold">;
  readonly planDeed: PlanDeed;
  readonly perform: Perform;
  readonly clock: Clock;
  readonly log: Log;
}
