import type { JsonObject } from "../../lib/json.ts";
import type { Outcome } from "../../lib/outcome.ts";
import type { Permit } from "../../lib/permit.ts";
import type { Reading } from "../library.ts";
import type { Given, NotPreparable, Questions, Resumed, Running, ToolResult } from "../result.ts";
import type { UpstreamFailure } from "./failure.ts";

export type { UpstreamFailure } from "./failure.ts";

/**
 * What an upstream says it has: of the right shape, within the limits on number, size and depth, each
 * name and URI once. Nothing of it is trusted: names, words and schemas are as the upstream wrote them.
 */
export interface Presented {
  /** As the protocol lists them (`name`, `description`, `inputSchema`, ...), by their own names. */
  readonly tools: readonly JsonObject[];
  readonly resources: readonly JsonObject[];
  readonly templates: readonly JsonObject[];
  readonly prompts: readonly JsonObject[];
  /** What it serves besides tools. */
  readonly offers: {
    readonly resources: boolean;
    readonly prompts: boolean;
    readonly completions: boolean;
  };
}

/** How an upstream fares now. */
export type UpstreamState =
  | { readonly state: "idle" }
  | { readonly state: "starting" }
  | { readonly state: "ready" }
  /** Nothing is tried before `retryAtMs` of the stopwatch. */
  | { readonly state: "failed"; readonly detail: string; readonly retryAtMs: number };

/** A call of an upstream's tool. */
export interface UpstreamCall {
  /** By the upstream's own name. */
  readonly tool: string;
  /** Of the definition that was decided on. */
  readonly digest: string;
  readonly arguments: JsonObject;
}

/** A reading as an upstream is asked it. */
export interface UpstreamReading {
  /** By its own URI or name. */
  readonly reading: Reading;
  /** Whether it may be asked that, by what it presents just before. */
  readonly check: (now: Presented) => Outcome<void, NotPreparable>;
}

/** One round of something that is asked of an upstream, which may have questions first. */
export interface Round {
  readonly running: Running;
  /** Null in the first round. */
  readonly resumed: Resumed | null;
}

/** Another MCP server, by itself: whatever it does or leaves undone, no other one waits for it. */
export interface Upstream {
  readonly name: string;
  /** What it presented last; null before the first time. Never waits. */
  readonly presented: () => Presented | null;
  readonly state: () => UpstreamState;
  /** Gives what it presents, and connects first where it is not connected. Never throws; ends in a bounded time. */
  readonly connect: () => Promise<Outcome<Presented, UpstreamFailure>>;
  /**
   * Calls a tool, and connects first where it is not connected. The permit is of what the caller decided on;
   * a tool that is presented as another one by now is not called.
   */
  readonly call: (
    permit: Permit<unknown>,
    call: UpstreamCall,
    round: Round,
  ) => Promise<Outcome<ToolResult | Questions, UpstreamFailure>>;
  /** Reads, and connects first where it is not connected; subscriptions are not served. */
  readonly read: (
    permit: Permit<unknown>,
    reading: UpstreamReading,
    round: Round,
  ) => Promise<Outcome<Given | Questions, UpstreamFailure | NotPreparable>>;
  /** Ends the connection, and the program with all that it started; nothing can be asked of it afterwards. */
  readonly close: () => Promise<void>;
}
