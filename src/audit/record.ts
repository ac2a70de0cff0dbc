import { digestOf } from "../lib/digest.ts";
import type { JsonObject } from "../lib/json.ts";
import type { Recorded } from "./recorded.ts";
import type { AuditedAction, AuditedEnd, AuditedEvent, AuditResult } from "./types.ts";

/** Where a record stands in its chain. */
export interface Position {
  readonly v: 1;
  readonly chain: string;
  /** 1 in the first record of a chain. */
  readonly seq: number;
  /** The hex SHA-256 of the previous line without its newline; null in the first. */
  readonly prev: string | null;
}

/** What a record says, without its position. `schema.json` is its published form. */
export interface Statement {
  /** UUIDv7 of the action: its intent, its outcome and an end that nobody heard carry the same. */
  readonly id: string;
  readonly phase: "intent" | "outcome" | "event";
  /** ISO 8601, UTC, of the moment of recording. */
  readonly timestamp: string;
  /** `anonymous` for a caller without a credential; null for what the server did of itself. */
  readonly user_id: string | null;
  readonly action: string;
  readonly tool_name: string | null;
  /** The server that has what is read, or the tool; of a tool of the cloud the id of its source; null where it is nobody's. */
  readonly origin: string | null;
  /** The caller's arguments, masked; the facts of an event. */
  readonly parameters: JsonObject | null;
  readonly result: AuditResult;
  readonly request_id: string | null;
  readonly credential_id: string | null;
  /** A key that was rotated, or a child of one, was used: the id of the key that is to be used instead. */
  readonly credential_replaced_by: string | null;
  readonly session: string | null;
  /** The kind of a verified credential, `none` where there was none, else why it counted for nothing. */
  readonly auth_method: string | null;
  readonly roles: readonly string[];
  readonly transport: string | null;
  readonly client_ip: string | null;
  readonly peer_ip: string | null;
  readonly client: { readonly name: string | null; readonly version: string | null } | null;
  readonly runner: {
    readonly requested: string;
    readonly name: string;
    readonly kind: string;
  } | null;
  readonly tool_digest: string | null;
  /** Of `parameters` before anything was cut. */
  readonly parameters_digest: string | null;
  readonly decision: {
    readonly id: string;
    readonly allow: boolean;
    readonly codes: readonly string[];
    readonly revision: string;
    readonly facts: string;
    readonly us: number;
  } | null;
  readonly error_code: string | null;
  readonly exit_code: number | null;
  readonly duration_ms: number | null;
  readonly output_bytes: number | null;
  readonly output_digest: string | null;
}

/** Which action, and when it is recorded. */
export interface Moment {
  readonly id: string;
  readonly timestamp: string;
}

/** What is about to be done. */
export function intentOf(moment: Moment, action: AuditedAction): Statement {
  return { ...head(moment, action, "pending"), ...tail(action), ...NOT_ENDED };
}

/** How it ended; also the one record of an action that is over as soon as it is decided. */
export function outcomeOf(moment: Moment, action: AuditedAction, end: AuditedEnd): Statement {
  return {
    ...head(moment, action, end.result),
    ...tail(action),
    error_code: end.errorCode,
    exit_code: end.exitCode,
    duration_ms: end.durationMs,
    output_bytes: end.outputBytes,
    output_digest: end.outputDigest,
  };
}

/** How it ended after its outcome: an event, for the action itself has ended and counts once. */
export function unheardEndOf(moment: Moment, action: AuditedAction, end: AuditedEnd): Statement {
  return { ...outcomeOf(moment, action, end), phase: "event", action: "unheard_end" };
}

/** Something that happened to the server itself. */
export function eventOf(moment: Moment, { event, result, facts }: AuditedEvent): Statement {
  return {
    id: moment.id,
    phase: "event",
    timestamp: moment.timestamp,
    user_id: null,
    action: event,
    tool_name: null,
    origin: null,
    parameters: facts,
    result,
    request_id: null,
    credential_id: null,
    credential_replaced_by: null,
    session: null,
    auth_method: null,
    roles: [],
    transport: null,
    client_ip: null,
    peer_ip: null,
    client: null,
    runner: null,
    tool_digest: null,
    parameters_digest: digestOf(facts),
    decision: null,
    ...NOT_ENDED,
  };
}

/** What the writer itself reads of a statement: which actions are open. */
export type Stated = Pick<Statement, "id" | "phase">;

/** The outcome of an intent that a crash left open: nobody knows what became of it. */
export function unknownOutcomeOf(timestamp: string, { id, whole }: OpenIntent): Stated {
  const unknown = { timestamp, result: "unknown" } satisfies Partial<Statement>;
  return { ...whole, ...unknown, id, phase: "outcome" };
}

type OpenIntent = Pick<Recorded, "id" | "whole">;

const NOT_ENDED = {
  error_code: null,
  exit_code: null,
  duration_ms: null,
  output_bytes: null,
  output_digest: null,
} as const;

/** The names of the product page for what the protocol calls otherwise. */
const ACTIONS: ReadonlyMap<string, string> = new Map([
  ["tools/call", "execute_tool"],
  ["tools/list", "list_tools"],
]);

type Head = Pick<
  Statement,
  | "id"
  | "phase"
  | "timestamp"
  | "user_id"
  | "action"
  | "tool_name"
  | "origin"
  | "parameters"
  | "result"
>;

function head({ id, timestamp }: Moment, action: AuditedAction, result: AuditResult): Head {
  return {
    id,
    phase: result === "pending" ? "intent" : "outcome",
    timestamp,
    user_id: userOf(action),
    action: ACTIONS.get(action.action) ?? action.action,
    tool_name: action.toolName,
    origin: action.origin,
    parameters: action.parameters,
    result,
  };
}

function tail(action: AuditedAction): Omit<Statement, keyof Head | keyof typeof NOT_ENDED> {
  const { circumstances, step, parameters } = action;
  const { caller, client } = circumstances;
  return {
    request_id: circumstances.requestId,
    credential_id: caller.credential.id,
    credential_replaced_by: caller.replaced_by,
    session: caller.session?.id ?? null,
    auth_method: methodOf(action),
    roles: caller.principal.roles,
    transport: circumstances.transport,
    client_ip: client.ip,
    peer_ip: client.peer_ip,
    client: { name: client.name, version: client.version },
    runner: runnerOf(action),
    tool_digest: step?.tool.digest ?? null,
    parameters_digest: parameters === null ? null : digestOf(parameters),
    decision: decisionOf(action),
  };
}

function userOf({ circumstances }: AuditedAction): string {
  const { id, kind } = circumstances.caller.principal;
  // A user who is called `operator` is not the operator, and one who is called `user:operator` not that user.
  const taken = kind === "user" && /^(?:user:)*(?:operator|anonymous)$/.test(id ?? "");
  return taken ? `user:${id}` : (id ?? kind);
}

function methodOf({ circumstances }: AuditedAction): string {
  const { status, kind } = circumstances.caller.credential;
  if (status === "absent") return "none";
  return status === "verified" && kind !== null ? kind : status;
}

function runnerOf({ step }: AuditedAction): Statement["runner"] {
  if (step === null) return null;
  const { requested, name, kind } = step.runner;
  return { requested, name, kind };
}

function decisionOf({ decision }: AuditedAction): Statement["decision"] {
  if (decision === null) return null;
  const { id, allow, reasons, revision, facts, micros } = decision;
  return { id, allow, codes: reasons.map(({ code }) => code), revision, facts, us: micros };
}
