import type { Limits } from "../../config/types.ts";
import type { Kubiya } from "../../kubiya/types.ts";
import type { JsonObject } from "../../lib/json.ts";
import type { Outcome } from "../../lib/outcome.ts";
import type { ResolveRunner, Runner, RunWorkflowInCloud } from "../../runners/types.ts";
import type { Said } from "../said.ts";
import type { Starts, Tool, Toolbox } from "../types.ts";
import type { RunThere } from "./run-there.ts";

/** Whether the definition of a tool of the cloud is the one that was approved; the failure says why nobody knows. */
export type IsApproved = (
  origin: string,
  definition: JsonObject,
  name: string,
) => Promise<Outcome<boolean, string>>;

/** What tools that start others are made of. */
export interface StartingParts {
  readonly kubiya: Kubiya;
  /** The permissions that a call of each tool needs; a tool without any is not offered. */
  readonly requires: Readonly<Record<string, { readonly requires: readonly string[] }>>;
  /** Every tool but these: what runs here runs from it, as if it had been called by itself. */
  readonly toolbox: Toolbox;
  /** Names of the other servers behind this one, those that nobody has seen yet among them. */
  readonly upstreams: readonly string[];
  readonly resolveRunner: ResolveRunner;
  readonly runThere: RunThere;
  readonly runWorkflow: RunWorkflowInCloud;
  readonly said: Said;
  readonly isApproved: IsApproved;
  readonly limits: Pick<Limits, "tool_timeout" | "max_response_size">;
}

/** Something in arguments that the schema cannot say. */
export interface StartFault {
  readonly field: string;
  readonly message: string;
}

/** What is known of a start without asking anybody. */
export interface Begun {
  readonly runner: Runner;
  readonly starts: Starts;
}

/** A call of a tool that starts others. Its arguments fit its schema. */
export interface Starting {
  readonly args: JsonObject;
  /** The tool itself, for what a caller defines: it is known by no name but this one's. */
  readonly tool: Tool;
}

/** A tool that starts others, as data. Its permissions are facts. */
export interface StartingTool {
  readonly name: string;
  readonly description: string;
  /** JSON Schemas of its arguments, by name. */
  readonly args: Readonly<Record<string, JsonObject>>;
  readonly required: readonly string[];
  readonly begin: (
    starting: Starting,
    parts: StartingParts,
  ) => Outcome<Begun, readonly StartFault[]>;
}
