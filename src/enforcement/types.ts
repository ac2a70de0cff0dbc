import type { Audit, AuditFailure } from "../audit/types.ts";
import type {
  DeedFailure,
  Done,
  KeepAlive,
  Order,
  Perform,
  PlanDeed,
  ReadFreeze,
} from "../credential/types.ts";
import type { Access, Decide, Decision, Snapshot } from "../decision/types.ts";
import type { Arrival, BuildInput, Circumstances, InputDocument } from "../input/types.ts";
import type { Clock } from "../lib/clock.ts";
import type { JsonObject } from "../lib/json.ts";
import type { Log } from "../lib/log.ts";
import type { Redactor } from "../lib/redact.ts";
import type { Outcome } from "../lib/outcome.ts";
import type {
  Given,
  Ownerless,
  Question,
  Reading,
  Tool,
  ToolFailure,
  ToolResult,
  Waiting,
} from "../tools/types.ts";
import type { Seal } from "./seal.ts";

/** A tool that a caller is shown. */
export interface ListedTool {
  readonly tool: Tool;
  readonly access: Access;
}

/** What comes with a request that goes on where its source had questions. */
export interface Answered {
  /** By the name of the question; nothing was checked. */
  readonly answers: JsonObject;
  /** As it was sent with the questions; null where none came back. */
  readonly state: string | null;
}

/** A tool call as a caller asks for it; `answered` is null in the first round. */
export interface Call {
  readonly name: string;
  readonly arguments: JsonObject;
  readonly answered: Answered | null;
}

/** A reading as a caller asks for it. */
export interface AskedReading {
  readonly reading: Reading;
  readonly answered: Answered | null;
}

/** What the client is asked before anything goes on. */
export interface Asking {
  readonly kind: "questions";
  readonly questions: Readonly<Record<string, Question>>;
  /** To come back with the answers. */
  readonly state: string;
  /** Ends what goes on meanwhile, where nobody will come back; absent where nothing does. */
  readonly giveUp?: () => void;
}

/** A method that lists something besides tools. */
export type Listing = "resources/list" | "resources/templates/list" | "prompts/list";

/** Somebody may not do this, or nobody could record it. */
export type Denial =
  | {
      readonly reason: "denied";
      readonly decision: Decision;
      /** The tool that a call would have started and that this is about; absent: the call itself. */
      readonly started?: string;
    }
  | AuditFailure;

/** Why credentials were not managed. */
export type ManageRefusal =
  | Denial
  | { readonly reason: "not_managed"; readonly failure: DeedFailure };

/** Why a request has no result. */
export type Refusal =
  | Denial
  | { readonly reason: "unknown_tool"; readonly name: string }
  | { readonly reason: Ownerless }
  /** This caller asks faster than it may; nobody was asked to decide. */
  | { readonly reason: "too_fast"; readonly waitSeconds: number }
  /** What came back with the answers is not what was sent with the questions. */
  | { readonly reason: "invalid_state" }
  | {
      readonly reason: "invalid_arguments";
      readonly faults: readonly { readonly field: string; readonly message: string }[];
    }
  | { readonly reason: "tool_failed"; readonly tool: string; readonly failure: ToolFailure };

/** A request as it arrived: what decides about it, from its caller's name to its end, and its circumstances. */
export interface Arrived {
  readonly snapshot: Snapshot;
  readonly circumstances: Arrival;
}

/** A request with all that it is judged by. */
export interface Judged extends Arrived {
  readonly circumstances: Circumstances;
  /** The same as the snapshot's, but that nobody hears of it: for what nobody asked for by itself. */
  readonly unheard: Decide;
}

/** What was permitted, every step of it. */
export interface Permitted<Result> {
  /** Runs it, each step once its intent is recorded. To be called once. */
  readonly run: (waiting: Waiting) => Promise<Outcome<Result | Asking, Refusal>>;
}

export type PermittedCall = Permitted<ToolResult>;
export type PermittedReading = Permitted<Given>;

/** The one way in: each request is decided, recorded, carried out and recorded, in this order. */
export interface Enforcement<Request = Arrived> {
  /** Whether the caller may be here at all, for what is neither a list nor a call. */
  readonly admit: (request: Request, method: string) => Promise<Outcome<void, Refusal>>;
  /** The tools that exist for the caller, by name. */
  readonly list: (request: Request) => Promise<Outcome<readonly ListedTool[], Refusal>>;
  /** Decides about a call of a tool: nothing runs yet. The signal ends what has to be found out for that. */
  readonly call: (
    request: Request,
    call: Call,
    signal: AbortSignal,
  ) => Promise<Outcome<PermittedCall, Refusal>>;
  /** What sources list besides tools. */
  readonly show: (
    request: Request,
    listing: Listing,
  ) => Promise<Outcome<readonly JsonObject[], Refusal>>;
  /** Decides about a reading: nothing is read yet. */
  readonly read: (
    request: Request,
    asked: AskedReading,
  ) => Promise<Outcome<PermittedReading, Refusal>>;
  /** Makes, rotates, revokes or reads credentials, or freezes access, if policy allows. */
  readonly manage: (request: Request, order: Order) => Promise<Outcome<Done, ManageRefusal>>;
  /** Gives up what goes on for callers that were asked and have not come back; settles when that is recorded. */
  readonly close: () => Promise<void>;
}

/** A decision, and what it is about. */
export interface Heard {
  readonly input: InputDocument;
  readonly decision: Decision;
}

/** What enforcement is made of. */
export interface Parts {
  readonly audit: Audit;
  readonly buildInput: BuildInput;
  readonly keepAlive: Pick<KeepAlive, "used" | "accepted" | "hold">;
  readonly readFreeze: ReadFreeze;
  readonly planDeed: PlanDeed;
  readonly perform: Perform;
  readonly seal: Seal;
  /** Hears of each decision as soon as it is given; null where policies could not say what to mask. Never throws. */
  readonly heard: (heard: Heard | null) => void;
  readonly redactor: Redactor;
  readonly clock: Clock;
  readonly log: Log;
}
