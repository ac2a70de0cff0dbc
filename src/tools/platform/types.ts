import type { CloudRun, Kubiya, KubiyaFailure } from "../../kubiya/types.ts";
import type { Json, JsonObject } from "../../lib/json.ts";
import type { Outcome } from "../../lib/outcome.ts";
import type { Runner } from "../../runners/types.ts";
import type { NotPreparable, Running } from "../types.ts";

/** What the cloud said: things of which a page is shown, one, or what something wrote. */
export type CloudAnswer =
  | {
      readonly kind: "items";
      readonly items: readonly Json[];
      /** What is not among them, and how to get it said. */
      readonly incomplete?: string;
    }
  | { readonly kind: "one"; readonly value: Json }
  | { readonly kind: "run"; readonly run: CloudRun };

/** Why there is no answer: the cloud's failure, or a name that nothing there has. */
export type CloudAnswerFailure = KubiyaFailure | NotPreparable;

/** What a tool asks of the cloud with. */
export interface CloudQuestion {
  readonly kubiya: Kubiya;
  readonly args: JsonObject;
  /** Where it was decided that it is done. */
  readonly runner: Runner;
  /** Whoever asks reports nothing by itself: it may be a secret. */
  readonly running: Pick<Running, "signal">;
  /** Takes what is heard while it waits, in pieces. */
  readonly onText: (text: string) => void;
  /** Bytes of a text that may leave. */
  readonly maxBytes: number;
  readonly timeoutMs: number;
}

/** A tool of the platform as data. Its permissions are facts. */
export interface PlatformTool {
  readonly name: string;
  readonly description: string;
  /** JSON Schemas of its arguments, by name. */
  readonly args: Readonly<Record<string, JsonObject>>;
  readonly required: readonly string[];
  /** Whether it is asked for pages. */
  readonly pages: "pages" | "whole";
  readonly ask: (question: CloudQuestion) => Promise<Outcome<CloudAnswer, CloudAnswerFailure>>;
}
