import type { Json, JsonObject } from "../lib/json.ts";
import type { Outcome } from "../lib/outcome.ts";
import type { KubiyaFailure } from "../kubiya/types.ts";
import type { RunnerFailure } from "../runners/types.ts";
import type { UpstreamFailure } from "./upstream/failure.ts";

/** A block of content as the protocol has it: `text`, `image`, `audio`, `resource` or `resource_link`. */
export interface Block extends JsonObject {
  readonly type: string;
}

/** What a tool that ran gives back. */
export interface ToolResult {
  readonly kind: "result";
  readonly content: readonly Block[];
  /** The same as one JSON object, for programs. */
  readonly structured: JsonObject | null;
  /** True where the tool itself says that what it gives back is an error. */
  readonly isError: boolean;
  /** Null where nothing has one. */
  readonly exitCode: number | null;
  /** Bytes that it wrote, before anything was cut. */
  readonly outputBytes: number;
  readonly truncated: boolean;
}

/** What was read, as the protocol's result has it. It leaves whole or not at all. */
export interface Given {
  readonly kind: "given";
  readonly body: JsonObject;
}

/** One thing that only the client's side can say: its user, its model, or its folders. */
export interface Question {
  readonly method: "elicitation/create" | "sampling/createMessage" | "roots/list";
  readonly params: JsonObject;
}

/**
 * What has to be known first. What runs stands still: the call comes again with the answers, is decided anew, and
 * goes on then.
 */
export interface Questions {
  readonly kind: "questions";
  readonly questions: Readonly<Record<string, Question>>;
  /** Comes back with the answers as it left; on its way nobody can read or change it. */
  readonly state: Json;
  /** Absent where nothing goes on before they do. */
  readonly runsOn?: RunsOn;
}

/** What goes on at a source while it waits for answers. */
export interface RunsOn {
  /** How it ended with nobody waiting for it; null as soon as somebody came back for it. */
  readonly unheard: Promise<Outcome<ToolResult | Given, ToolFailure> | null>;
  /** Ends it: nobody will come back. */
  readonly giveUp: () => void;
}

/** What comes with a call that had questions. */
export interface Resumed {
  /** By the name of the question. Some may be missing, and none was checked. */
  readonly answers: JsonObject;
  /** Null where none came back. */
  readonly state: Json;
}

/** An argument that cannot be split into words (an open quote, a trailing backslash), or a missing secret. */
export interface NotPreparable {
  readonly reason: "not_preparable";
  readonly field: string;
  readonly detail: string;
}

export type ToolFailure =
  | RunnerFailure
  | KubiyaFailure
  | UpstreamFailure
  /** It ran and said that it failed. */
  | {
      readonly reason: "exited";
      readonly exitCode: number;
      readonly stdout: string;
      readonly stderr: string;
      readonly outputBytes: number;
      /** What its container might use, where it was killed and nobody here did it; absent elsewhere. */
      readonly memory?: string;
    }
  | NotPreparable
  /** What cannot be cut is more than policy lets out. */
  | { readonly reason: "too_large"; readonly bytes: number; readonly allowed: number }
  /** Its source threw, which nobody expected. What was thrown is for the log alone. */
  | { readonly reason: "broke_off" };

/** How much a line of a source's log matters, as the protocol has it (RFC 5424). */
export type LogLevel =
  | "debug"
  | "info"
  | "notice"
  | "warning"
  | "error"
  | "critical"
  | "alert"
  | "emergency";

/** What is heard of something that runs. */
export type News =
  | { readonly kind: "line"; readonly text: string }
  | {
      readonly kind: "progress";
      /** Grows from one report to the next. */
      readonly progress: number;
      readonly total: number | null;
      readonly message: string;
    }
  | {
      readonly kind: "log";
      readonly level: LogLevel;
      readonly logger: string;
      readonly said: Json;
    };

/** Whoever waits for something that runs. */
export interface Waiting {
  readonly signal: AbortSignal;
  readonly report: (news: News) => void;
  /** What the client says it can be asked, as the protocol has it. */
  readonly capabilities: JsonObject;
}

/** What may happen around something that runs. */
export interface Running extends Waiting {
  /** The same for all that one caller runs, and never another's; it says nothing of who that is. */
  readonly caller: string;
}
