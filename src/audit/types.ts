import type { Decision } from "../decision/types.ts";
import type { Circumstances } from "../input/types.ts";
import type { JsonObject } from "../lib/json.ts";
import type { Outcome } from "../lib/outcome.ts";
import type { Step } from "../tools/types.ts";
import type { Recorded } from "./recorded.ts";

export type { Recorded } from "./recorded.ts";

/** How an action ended. */
export type AuditResult =
  | "pending"
  | "success"
  | "failure"
  | "denied"
  | "error"
  | "timeout"
  | "cancelled"
  | "unknown";

/** What a caller tried to do, and what was decided about it. */
export interface AuditedAction {
  readonly circumstances: Circumstances;
  /** The action as the input names it; the record's `execute_tool` and `list_tools` are made here. */
  readonly action: string;
  readonly toolName: string | null;
  /** Of a reading the name of the server that has it, of a tool its origin; null where it is nobody's, and of anything else. */
  readonly origin: string | null;
  readonly step: Step | null;
  readonly parameters: JsonObject | null;
  /** Null only where no policy could be asked. */
  readonly decision: Decision | null;
}

/** How it ended. Absent facts are null. */
export interface AuditedEnd {
  readonly result: Exclude<AuditResult, "pending">;
  readonly errorCode: string | null;
  readonly exitCode: number | null;
  readonly durationMs: number;
  readonly outputBytes: number | null;
  readonly outputDigest: string | null;
}

/** Something that happened to the server itself. */
export interface AuditedEvent {
  readonly event:
    | "authentication"
    | "policy_reload"
    | "config_reload"
    | "tools_reload"
    | "definitions"
    | "server_start"
    | "server_stop"
    | "alert"
    | "checkpoint"
    | "rotation"
    | "retention";
  readonly result: "success" | "failure";
  readonly facts: JsonObject;
}

export type AuditFailure = { readonly reason: "audit_unavailable"; readonly detail: string };

/** An intent that is on the disk: the licence to run, and the thread to its outcome. */
export interface Intent {
  readonly id: string;
  /** Writes the outcome. Settles when it is written, before the answer leaves. */
  readonly end: (end: AuditedEnd) => Promise<Outcome<void, AuditFailure>>;
  /** Writes how it ended after that outcome, which was a question: nobody came back, and nobody was told. */
  readonly endUnheard: (end: AuditedEnd) => Promise<Outcome<void, AuditFailure>>;
}

/** What enforcement asks of the trail. While it cannot be written every call fails: nothing runs without a record. */
export interface Audit {
  /** Writes and syncs what is about to be done. */
  readonly begin: (action: AuditedAction) => Promise<Outcome<Intent, AuditFailure>>;
  /** Writes one record for an action that is over as soon as it is decided: a denial, a list. */
  readonly note: (action: AuditedAction, end: AuditedEnd) => Promise<Outcome<void, AuditFailure>>;
  readonly event: (event: AuditedEvent) => Promise<Outcome<void, AuditFailure>>;
  /** Writes what is queued, releases the chain. */
  readonly close: () => Promise<void>;
}

/** The trail as its process holds it. */
export interface Trail extends Audit {
  /** Whether a record would be taken now. */
  readonly works: () => boolean;
  /** Settles when a sync has failed: nobody knows what is on the disk, and the process must end. */
  readonly broken: Promise<AuditFailure>;
}

/** What checkpoints are signed with. */
export interface CheckpointKey {
  /** `sha256:` and the digest of the public key's DER form. */
  readonly id: string;
  /** The Ed25519 signature of a text, in base64. */
  readonly sign: (text: string) => string;
}

/** Whether the key of this id signed a text; `unknown_key` where there is no such key. */
export type CheckSignature = (
  key: string,
  text: string,
  signature: string,
) => "valid" | "invalid" | "unknown_key";

/** Where a chain stood once, kept elsewhere: the hash of its record with this number. */
export interface Anchor {
  readonly chain: string;
  readonly seq: number;
  readonly hash: string;
}

/** A line of a file of the trail. */
export interface Place {
  /** The path. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** Of the line's first byte, from 0. */
  readonly offset: number;
}

/** What somebody did to a chain. */
export type FaultKind =
  | "edit"
  | "delete"
  | "insert"
  | "reorder"
  | "duplicate"
  | "truncation"
  | "bad_signature"
  | "fork";

/** The first place at which a chain is not what was written. */
export interface ChainFault extends Place {
  readonly kind: FaultKind;
  readonly detail: string;
}

/** What a chain proves. */
export interface ChainVerdict {
  /** The folder, or the file. */
  readonly path: string;
  /** What its records call it; null where there is none. */
  readonly chain: string | null;
  readonly files: number;
  /** Those that were read, up to the first fault. */
  readonly records: number;
  /** The number of the first of them: more than 1 where retention took files away. */
  readonly first_seq: number | null;
  readonly head: Anchor | null;
  readonly checkpoints: {
    readonly valid: number;
    /** No public key was at hand. */
    readonly unchecked: number;
    /** The number of the last valid one. */
    readonly last_seq: number | null;
  };
  /** Records after the last valid checkpoint. */
  readonly after_checkpoint: number;
  /** The number of the last record that an anchor holds; null where none does. */
  readonly anchored_seq: number | null;
  readonly fault: ChainFault | null;
  /** What stands after the last newline: a crash leaves it, and the next start keeps it beside the file. */
  readonly torn: Place | null;
}

/** What is asked about a part of the trail. */
export interface VerifyQuestion {
  /** A file, the folder of a chain, or the folder of all. */
  readonly path: string;
  /** A file with anchors; null: none was kept. */
  readonly checkpoint: string | null;
  /** A file of public keys that must be used; null: those of `likelyKeys` that are there. */
  readonly publicKey: string | null;
  readonly likelyKeys: readonly string[];
}

/** What cannot be read: nothing is known about it. */
export interface Unreadable {
  readonly reason: "unreadable";
  readonly detail: string;
}

export type VerifyTrail = (
  question: VerifyQuestion,
) => Promise<Outcome<readonly ChainVerdict[], Unreadable>>;

/** What stands in a line of the trail: a record, or what is none. */
export type Entry =
  | {
      readonly is: "record";
      readonly record: Recorded;
      /** The exact line, without its newline. */
      readonly text: string;
    }
  | {
      readonly is: "torn" | "damage";
      readonly file: string;
      /** From 1; null where the file, or the folder of all, cannot be read. */
      readonly line: number | null;
      readonly detail: string;
    };

/** The chains of a place, as they are read on and on. Nothing is proved of them: that is for verification. */
export interface TrailReader {
  /**
   * What was written since the last reading, of all chains in order of time; the first: all that is there.
   * A line that is not whole yet is `torn`, and read again by the next.
   */
  readonly read: () => AsyncIterable<Entry>;
  /** The actions under way: those whose intent has no outcome. */
  readonly open: () => Promise<ReadonlySet<string>>;
  /** Lets the first reading begin with files that hold the last `count` records that are wanted of each chain. */
  readonly skipTo: (count: number, wanted: (record: Recorded) => boolean) => Promise<void>;
}

/** Opens a file, the folder of a chain, or the folder of all, to read it. */
export type OpenTrail = (path: string) => Promise<Outcome<TrailReader, Unreadable>>;
