import type { World } from "../facts/types.ts";
import type { InputDocument } from "../input/types.ts";
import type { Fault } from "../lib/fault.ts";
import type { Json, JsonObject } from "../lib/json.ts";
import type { Outcome } from "../lib/outcome.ts";
import type { Permit } from "../lib/permit.ts";

/** Why something is denied: a code that never changes meaning, a sentence, and scalar facts. */
export interface Reason {
  readonly code: string;
  readonly message: string;
  readonly [fact: string]: Json;
}

/** A term on which something is allowed. */
export type Obligation =
  | { readonly kind: "limit_output"; readonly bytes: number }
  | { readonly kind: "notify"; readonly channel: string };

/** The answer to "may this caller do this, here, now?", with what it takes to prove it later. */
export interface Decision {
  /** UUIDv7. */
  readonly id: string;
  readonly allow: boolean;
  readonly obligations: readonly Obligation[];
  readonly reasons: readonly Reason[];
  /** The revision of the policies that answered: the built-in one, then `+` and the organisation's. */
  readonly revision: string;
  /** The digest of the facts that they read. */
  readonly facts: string;
  readonly micros: number;
}

/** How far a tool of a list is open to the caller. */
export type Access = "yes" | "maybe" | "no_permission" | "no_runner";

/** A list decision: which tools exist for the caller, and how far each is open. */
export interface ListDecision extends Decision {
  readonly visible: Readonly<Record<string, Access>>;
}

/** A call that was decided: the permit exists exactly when the decision allows. */
export type Verdict<Subject> =
  | { readonly allowed: true; readonly decision: Decision; readonly permit: Permit<Subject> }
  | { readonly allowed: false; readonly decision: Decision };

/** Something that somebody must hear of. */
export interface Alert {
  /** What happened; it never changes meaning. */
  readonly code: string;
  readonly severity: "warning" | "critical";
  readonly message: string;
  /** What it is about: of one code and key one alert is told for a while. */
  readonly key: string;
}

/** The questions that policies answer. None of these throws: whatever goes wrong is a denial with a code. */
export interface Decide {
  /** May this caller be here? */
  readonly admit: (input: InputDocument) => Promise<Decision>;
  /** Which tools exist for this caller? */
  readonly list: (input: InputDocument) => Promise<ListDecision>;
  /** May this step run? `subject` is what the input was built from. */
  readonly call: <Subject>(input: InputDocument, subject: Subject) => Promise<Verdict<Subject>>;
  /** May this be read? For what has no tool: resources, prompts, completions. */
  readonly read: <Subject>(input: InputDocument, subject: Subject) => Promise<Verdict<Subject>>;
  /** May this principal create, rotate, revoke or read credentials and sessions? `subject` is what it would do. */
  readonly manage: <Subject>(input: InputDocument, subject: Subject) => Promise<Verdict<Subject>>;
  /** Which paths of an audit record must not be shown? Null when the policies could not say. */
  readonly mask: (record: JsonObject) => Promise<readonly string[] | null>;
  /** What of a sighting must somebody hear of? Null when the policies could not say. */
  readonly alerts: (sighting: JsonObject) => Promise<readonly Alert[] | null>;
}

/** Everything that one request is answered with. Immutable: a reload swaps the reference. */
export interface Snapshot {
  readonly world: World;
  readonly decide: Decide;
  readonly revision: string;
}

/** The snapshot of this moment. A request takes it once and uses it to its end. */
export type CurrentSnapshot = () => Snapshot;

/** Why policies cannot be used, each with file, line and mend where they are known. */
export type PolicyFaults = readonly Fault[];

/** How the tests of an organisation's directory went, on `opa` and on the compiled wasm. */
export interface PolicyTestReport {
  readonly tests: readonly {
    readonly name: string;
    readonly opa: boolean;
    readonly wasm: boolean;
  }[];
  /** Percent of the lines of the directory's policies that the tests reach. */
  readonly coverage: number;
  /** The lines that no test reaches, by file. */
  readonly uncovered: Readonly<Record<string, readonly number[]>>;
}

/** Why a directory gave nothing: its policies are wrong, or there was no way to find out (no `opa`, no directory). */
export interface CompilerFailure {
  readonly reason: "faulty" | "untried";
  readonly faults: PolicyFaults;
}

/** The `opa` program, for an organisation's directory of `.rego`. */
export interface PolicyCompiler {
  /** The bytes of a bundle of policies that are strict, too. */
  readonly check: (dir: string) => Promise<Outcome<Uint8Array, CompilerFailure>>;
  /** The bytes of a bundle. */
  readonly build: (dir: string) => Promise<Outcome<Uint8Array, CompilerFailure>>;
  readonly test: (dir: string) => Promise<Outcome<PolicyTestReport, CompilerFailure>>;
}
