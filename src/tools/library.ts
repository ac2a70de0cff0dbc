import { isJsonObject, type JsonObject } from "../lib/json.ts";
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

/** A reading as it is decided: with the source that has it. No other one is asked. */
export interface PlacedReading extends Reading {
  /** The name of that source; null where it is nobody's. */
  readonly origin: string | null;
}

/** Whether it is about a prompt: all else is about a resource, or a template of some. */
export function isOfPrompt({ action, arguments: { ref } }: Reading): boolean {
  return action === "prompts/get" || (isJsonObject(ref) && ref["type"] === "ref/prompt");
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

/** What lists show besides tools. */
export interface Shelves {
  readonly offers: Offers;
  /** As the protocol lists them. */
  readonly resources: readonly JsonObject[];
  readonly templates: readonly JsonObject[];
  readonly prompts: readonly JsonObject[];
}

/** Reads what was permitted; `resumed` is null in the first round. */
export type ReadPlaced = (
  permit: Permit<PlacedReading>,
  running: Running,
  resumed: Resumed | null,
) => Promise<Outcome<Given | Questions, ToolFailure>>;

/** What a source has besides tools. What it says it has it may not have: others may say so too. */
export interface Library extends Shelves {
  /** The name of the source. */
  readonly origin: string;
  /** Whether it has said what it has: until then it may turn out to have anything. */
  readonly isKnown: boolean;
  /** Whether it lists this, by this very name. Reads nothing and judges nothing. */
  readonly lists: (reading: Reading) => boolean;
  /** Whether one of its templates may stand for this. */
  readonly expandsTo: (reading: Reading) => boolean;
  readonly read: ReadPlaced;
}

/** Nobody has it, or more than one source says that it is its own. */
export type Ownerless = "not_there" | "contested";

/** A URI, URI template or name that more than one source lists, and which ones do. */
export interface Contested {
  readonly name: string;
  readonly origins: readonly string[];
}

/** What all sources have besides tools, without what more than one of them lists. */
export interface Libraries extends Shelves {
  /** The names of the sources that have said what they have. */
  readonly known: readonly string[];
  readonly contested: readonly Contested[];
  /** The name of the source that has this. Reads nothing and judges nothing. */
  readonly originOf: (reading: Reading) => Outcome<string, Ownerless>;
  /** Asks the source of the permit, and nobody where it has it no more. */
  readonly read: ReadPlaced;
}
