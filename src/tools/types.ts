import type { JsonObject } from "../lib/json.ts";
import type { Outcome } from "../lib/outcome.ts";
import type { Permit } from "../lib/permit.ts";
import type { Runner } from "../runners/types.ts";
import type { Libraries, Library } from "./library.ts";
import type { Questions, Resumed, Running, ToolFailure, ToolResult } from "./result.ts";

export type {
  Contested,
  Libraries,
  Library,
  Offers,
  Ownerless,
  PlacedReading,
  Reading,
} from "./library.ts";
export type {
  Block,
  Given,
  LogLevel,
  News,
  NotPreparable,
  Question,
  Questions,
  Resumed,
  Running,
  RunsOn,
  Waiting,
  ToolFailure,
  ToolResult,
} from "./result.ts";

/** Where a tool's definition comes from. */
export type ToolSource = "whitelist" | "platform" | "upstream" | "cloud";

/** What callers and policies may know of a tool. */
export interface Tool {
  /** Unique; at most 64 of `[A-Za-z0-9_.-]`. */
  readonly name: string;
  readonly description: string;
  readonly source: ToolSource;
  /** Of an upstream its name, of the cloud the id of the source; null where the configuration or a call defines it. */
  readonly origin: string | null;
  readonly type: string;
  readonly image: string | null;
  /** `sha256:...` of the whole definition: what is decided is what runs. */
  readonly digest: string;
  readonly approved: boolean;
  /** The permissions that a call needs. */
  readonly requires: readonly string[];
  /** The runner that the definition names, resolved. */
  readonly runner: Runner;
  /** JSON Schema 2020-12 of its arguments, always an object. */
  readonly inputSchema: JsonObject;
  /** What else a list shows of it, as the protocol has it: `title`, `annotations`, `outputSchema`. */
  readonly presentation: JsonObject;
}

/** Every tool of every source, by name. */
export type Catalogue = ReadonlyMap<string, Tool>;

/** One thing that a call would start: which tool, with which arguments, where. */
export interface Step {
  readonly tool: Tool;
  readonly arguments: JsonObject;
  readonly runner: Runner;
}

/** What a call would run. Every step is decided before any of them runs. */
export interface Plan {
  readonly steps: readonly Step[];
  /** What the steps would start: asked for once they are permitted, and not before. */
  readonly starts?: Starts;
}

/**
 * Finds out what a permitted call would start. It reads what the server itself may read and changes nothing;
 * no argument of the caller's leaves with it. Ends in a bounded time, and when nobody wants to know any more.
 */
export type Starts = (signal: AbortSignal) => Promise<Outcome<Started, StartFailure>>;

/** What a call starts: each step is decided, and then all of it runs as one. */
export interface Started {
  readonly steps: readonly Step[];
  /** Runs exactly these steps; the permits are theirs, in the same order. */
  readonly run: (
    permits: readonly Permit<Step>[],
    running: Running,
    resumed: Resumed | null,
  ) => Promise<Outcome<ToolResult | Questions, ToolFailure>>;
}

/** Why it is not known what a call would start. */
export type StartFailure =
  | PlanFailure
  | {
      readonly reason: "not_found_out";
      readonly failure: ToolFailure;
      /** What was asked for, as far as it is known: whether that is for the caller at all is asked first. */
      readonly step?: Step;
    };

export type PlanFailure =
  | { readonly reason: "unknown_tool"; readonly name: string }
  | {
      readonly reason: "invalid_arguments";
      /** The call without its arguments: whether the tool exists for the caller is asked all the same. */
      readonly step: Step;
      readonly faults: readonly { readonly field: string; readonly message: string }[];
    };

/** Turns a call into what it would run. Runs nothing and judges nothing. */
export type PlanCall = (name: string, args: JsonObject) => Outcome<Plan, PlanFailure>;

/**
 * Runs one permitted step; `resumed` is null in the first round. Secrets that the tool was given are hidden
 * in all it returns and reports.
 */
export type RunStep = (
  permit: Permit<Step>,
  running: Running,
  resumed: Resumed | null,
) => Promise<Outcome<ToolResult | Questions, ToolFailure>>;

/** Where tools come from: what there is, what a call would run, and the running of it. */
export interface Source {
  readonly catalogue: Catalogue;
  readonly plan: PlanCall;
  readonly run: RunStep;
  /** Null where there are tools alone. */
  readonly library: Library | null;
}

/** All sources of one configuration, joined. */
export interface Toolbox extends Omit<Source, "library"> {
  readonly library: Libraries;
}
