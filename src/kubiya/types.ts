import type { Json, JsonObject } from "../lib/json.ts";
import type { Outcome } from "../lib/outcome.ts";
import type { Secret } from "../lib/secret.ts";

/** Why the Kubiya cloud gave nothing. `endpoint` is the method and the path, without host and query: `GET /api/v3/runners`. */
export type KubiyaFailure =
  /** No answer: the name, the connection, TLS, or a time limit before the answer began. */
  | { readonly reason: "kubiya_unreachable"; readonly endpoint: string; readonly detail: string }
  /** The key is not accepted there (401), or may not do this (403). */
  | { readonly reason: "kubiya_unauthorized"; readonly endpoint: string; readonly status: number }
  /** 429; null where it does not say how long to wait. */
  | {
      readonly reason: "kubiya_busy";
      readonly endpoint: string;
      readonly retryAfterSeconds: number | null;
    }
  /** Any other status than success; `message` is the cloud's own, cut, and not trusted. */
  | {
      readonly reason: "kubiya_refused";
      readonly endpoint: string;
      readonly status: number;
      readonly message: string;
    }
  /** Nothing was sent: a name or an id in the path is empty, `.` or `..`, and would be the path of something else. */
  | { readonly reason: "kubiya_not_asked"; readonly endpoint: string }
  /** It answered something else than its documentation says. `field` is a path into the answer, empty for all of it. */
  | {
      readonly reason: "kubiya_unexpected";
      readonly endpoint: string;
      readonly field: string;
      readonly detail: string;
    }
  /** More than is taken from it. */
  | { readonly reason: "kubiya_too_much"; readonly endpoint: string; readonly allowedBytes: number }
  /** A stream that ended without its end mark: what it was about may have happened or not. */
  | { readonly reason: "kubiya_broke_off"; readonly endpoint: string; readonly detail: string }
  /** What ran there says that it failed; `said` is its own words. */
  | {
      readonly reason: "kubiya_ran_and_failed";
      readonly exitCode: number | null;
      readonly said: string;
    }
  | { readonly reason: "timed_out"; readonly afterMs: number; readonly stderr: string }
  | { readonly reason: "cancelled"; readonly stderr: string };

/** How a request may be given up. */
export interface Asking {
  readonly signal: AbortSignal;
}

/** Answers as the cloud gives them, checked and without what is secret in them. */
export type Answer<T> = Promise<Outcome<T, KubiyaFailure>>;

/** Whose a cloud key is, and what the cloud lets it do. */
export interface CloudKey {
  /** Stable, and no secret: how the cloud calls the key or, where it does not, its owner; never its organisation. */
  readonly id: string;
  /** The id of the organisation that it belongs to; null where the cloud does not say. */
  readonly organization: string | null;
  /** The e-mail address or id of its owner. */
  readonly user: string;
  /** As the cloud names them: `agents:read`, `tasks:execute`, `admin`. */
  readonly scopes: readonly string[];
  /** Milliseconds since 1970; null where it does not say. */
  readonly expires_ms: number | null;
}

/**
 * Verifies a key that somebody presents: null where the cloud says that it is none (401, or a key that has
 * ended). Never remembers, never retries for longer than a caller can wait.
 */
export type VerifyCloudKey = (key: Secret, asking: Asking) => Answer<CloudKey | null>;

/** A runner as the cloud lists it, without its `gateway_password`. */
export interface CloudRunner extends JsonObject {
  readonly name: string;
}

/** A runner's health: `healthy` is status healthy, ok or ready. */
export interface CloudRunnerHealth {
  readonly healthy: boolean;
  readonly status: string;
  readonly checks: readonly JsonObject[];
}

/** Anything that has an id: agents (without `environment_variables`), sources, integrations (without `vendor_specific`), knowledge. */
export type CloudItem = JsonObject;

/** A tool's definition as the cloud has it. */
export interface CloudTool extends JsonObject {
  readonly name: string;
}

/** The tools of a source, and what could not be read of it. */
export interface CloudTools {
  readonly tools: readonly CloudTool[];
  readonly errors: readonly Json[];
}

/** What is heard of something that runs in the cloud. */
export interface CloudNews {
  /** A line, or a part of one. */
  readonly text: string;
}

/** What something that ran in the cloud left. */
export interface CloudRun {
  /** All that it wrote, cut at the limit of bytes that was given. */
  readonly output: string;
  readonly outputBytes: number;
  readonly truncated: boolean;
  /** Null where it says none. */
  readonly exitCode: number | null;
}

/** A run that is watched. */
export interface Watching extends Asking {
  readonly onNews: (news: CloudNews) => void;
  readonly maxBytes: number;
  /** It may be silent for at least as long. */
  readonly timeoutMs: number;
}

/** A tool to be run in the cloud: its whole definition goes along. */
export interface CloudCall {
  readonly tool: CloudTool;
  readonly arguments: JsonObject;
  /** As it was resolved and decided. */
  readonly runner: string;
}

/** A workflow to be run. Every step of it was decided. */
export interface CloudWorkflow {
  readonly name: string;
  readonly description: string;
  readonly steps: readonly JsonObject[];
  readonly params: JsonObject;
  readonly env: JsonObject;
  readonly runner: string;
}

/** A message to an agent. */
export interface CloudMessage {
  readonly agent: string;
  readonly message: string;
  readonly session: string | null;
}

/** The cloud, with one key. What changes something there is sent once and never again. */
export interface Kubiya {
  readonly runners: (asking: Asking) => Answer<readonly CloudRunner[]>;
  readonly runnerHealth: (name: string, asking: Asking) => Answer<CloudRunnerHealth>;
  readonly createRunner: (name: string, asking: Asking) => Answer<JsonObject>;
  readonly deleteRunner: (name: string, asking: Asking) => Answer<void>;
  readonly agents: (asking: Asking) => Answer<readonly CloudItem[]>;
  readonly createAgent: (agent: JsonObject, asking: Asking) => Answer<CloudItem>;
  readonly updateAgent: (id: string, agent: JsonObject, asking: Asking) => Answer<CloudItem>;
  readonly deleteAgent: (id: string, asking: Asking) => Answer<void>;
  readonly chat: (message: CloudMessage, watching: Watching) => Answer<CloudRun>;
  readonly sources: (asking: Asking) => Answer<readonly CloudItem[]>;
  readonly sourceTools: (id: string, asking: Asking) => Answer<CloudTools>;
  readonly createSource: (source: JsonObject, asking: Asking) => Answer<CloudItem>;
  /** What a source would offer, without keeping it. */
  readonly discoverSource: (
    source: { readonly url: string; readonly runner: string },
    asking: Asking,
  ) => Answer<CloudTools>;
  readonly integrations: (asking: Asking) => Answer<readonly CloudItem[]>;
  readonly createIntegration: (integration: JsonObject, asking: Asking) => Answer<CloudItem>;
  /** Names alone: their values are never fetched. */
  readonly secrets: (asking: Asking) => Answer<readonly string[]>;
  readonly knowledge: (
    wanted: { readonly query: string | null; readonly limit: number | null },
    asking: Asking,
  ) => Answer<readonly CloudItem[]>;
  readonly knowledgeItem: (id: string, asking: Asking) => Answer<CloudItem>;
  readonly runTool: (call: CloudCall, watching: Watching) => Answer<CloudRun>;
  readonly runWorkflow: (workflow: CloudWorkflow, watching: Watching) => Answer<CloudRun>;
}
