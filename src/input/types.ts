import type { JsonObject } from "../lib/json.ts";
import type { Outcome } from "../lib/outcome.ts";
import type { Caller } from "../principal/types.ts";
import type { Step } from "../tools/types.ts";
import type { InputDocument } from "./document.ts";

export type { InputDocument } from "./document.ts";

/** A request as it arrives: who asks, from where, over what, and when. */
export interface Arrival {
  /** UUIDv7 of the request. */
  readonly requestId: string;
  readonly transport: "stdio" | "http" | "cli";
  readonly era: "legacy" | "modern" | null;
  readonly nowMs: number;
  readonly client: {
    readonly ip: string | null;
    readonly peer_ip: string | null;
    readonly name: string | null;
    readonly version: string | null;
  };
  readonly caller: Caller;
}

/** The circumstances in which a request is judged. */
export interface Circumstances extends Arrival {
  /** The freeze that is on at that moment. */
  readonly frozen: InputDocument["frozen"];
}

/** What is asked for: an action, for a call its step, for a reading its arguments, for `keys/create` and its kin the credentials concerned. */
export interface Asked {
  readonly action: InputDocument["action"];
  readonly step?: Step;
  /** What is read, in the words of the protocol: for what has no tool. */
  readonly arguments?: JsonObject;
  /** Whose it is. */
  readonly reading?: NonNullable<InputDocument["reading"]>;
  /** The credential that is asked for. */
  readonly requested?: NonNullable<InputDocument["requested"]>;
  /** The credential that is rotated or revoked, or that a child is made from on the command line. */
  readonly subject?: NonNullable<InputDocument["subject"]>;
}

/** Builds the document that every policy reads: each field there, absent as null. Pure. */
export type BuildInput = (circumstances: Circumstances, asked: Asked) => InputDocument;

/** Whether a document is one that policies read; the failure says where it is not. */
export type CheckInput = (document: unknown) => Outcome<InputDocument, string>;
