import type { JsonObject } from "../lib/json.ts";
import type { Outcome } from "../lib/outcome.ts";
import type { Permit } from "../lib/permit.ts";
import type { Given, Questions, Resumed, Running, ToolFailure } from "./result.ts";

/** One thing that a caller would read, or be told of, besides tools. */
export interface Reading {
  readonly action:
    | "resources/read"
    | "resources/subscribe"
    | "resources/unsubscribe"
    | "prompts/get"
    | "completion/complete";
  /** The URI of a resource, the name of a prompt, the URI template or prompt that is completed. */
  readonly name: string;
  /** As the protocol has them: what policies judge, and what the trail records. */
  readonly arguments: JsonObject;
}

/** Which methods are served at all. */
export interface Offers {
  readonly resources: boolean;
  /** Whether somebody can subscribe to a resource. */
  readonly subscriptions: boolean;
  readonly prompts: boolean;
  readonly completions: boolean;
  /** Whether what runs sends lines of log. */
  readonly logging: boolean;
}

/** What a source has besides tools. */
export interface Library {
  readonly offers: Offers;
  /** As the protocol lists them. */
  readonly resources: readonly JsonObject[];
  readonly templates: readonly JsonObject[];
  readonly prompts: readonly JsonObject[];
  /** Whether it has this. Reads nothing and judges nothing. */
  readonly has: (reading: Reading) => boolean;
  /** Reads what was permitted; `resumed` is null in the first round. */
  readonly read: (
    permit: Permit<Reading>,
    running: Running,
    resumed: Resumed | null,
  ) => Promise<Outcome<Given | Questions, ToolFailure>>;
}
