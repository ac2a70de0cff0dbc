import type { Tested } from "../alerts/types.ts";
import type { OpenTrail, VerifyTrail } from "../audit/types.ts";
import type { ClientFile, Config, ConfigPlace, Flags, LoadConfig } from "../config/types.ts";
import type {
  CompilerFailure,
  CurrentSnapshot,
  Decision,
  PolicyCompiler,
  PolicyFaults,
} from "../decision/types.ts";
import type { Definitions, Done, Order, ReadFreeze, Verify } from "../credential/types.ts";
import type { ManageRefusal } from "../enforcement/types.ts";
import type { BuildInput, CheckInput, InputDocument } from "../input/types.ts";
import type { CloudKey, KubiyaFailure } from "../kubiya/types.ts";
import type { Clock } from "../lib/clock.ts";
import type { Fault } from "../lib/fault.ts";
import type { Outcome } from "../lib/outcome.ts";
import type { Redactor } from "../lib/redact.ts";
import type { Secret } from "../lib/secret.ts";
import type { Caller, CallerOf, Gap, Unproven } from "../principal/types.ts";
import type { EngineSeen, ResolveRunner, SeenRunners } from "../runners/types.ts";
import type { StoreFailure, StoreSeen } from "../store/types.ts";
import type { StartTalk } from "../subprocess/types.ts";

/** interface.md, "Commands". */
export const EXIT = {
  yes: 0,
  no: 1,
  commandLine: 2,
  configuration: 3,
  outside: 4,
  /** `audit verify` alone: intact but for a torn last line. */
  torn: 5,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What commands do to the world outside: all of it is handed to them. */
export interface Host {
  /** The answer, and nothing else. */
  readonly answer: (text: string) => void;
  /** A part of an answer that may be long: settles when it has left, with false where nobody reads it. */
  readonly pour: (text: string) => Promise<boolean>;
  /** Everything about the answer. */
  readonly remark: (text: string) => void;
  readonly version: string;
  /** The folder that relative paths start from. */
  readonly cwd: string;
  /** The folder of the installed package: its policies, schemas and templates. */
  readonly packageRoot: string;
  /** Every permission that there is. */
  readonly permissions: readonly string[];
  readonly loadConfig: (flags: Flags) => LoadConfig;
  /** Where the configuration that was typed about is, or would be. */
  readonly configPlace: (flags: Flags) => ConfigPlace;
  /** Where MCP clients of this person are told of servers. */
  readonly clientFiles: readonly ClientFile[];
  /** What this program was started with: Node, and the file. */
  readonly self: Self;
  readonly home: string;
  readonly startTalk: StartTalk;
  /** Somebody who can be asked; null where nobody sits at a terminal. */
  readonly openTerminal: () => Terminal | null;
  readonly serve: (loadConfig: LoadConfig) => Promise<ExitCode>;
  /** What a server would refuse of a configuration that was read: files of its tools. */
  readonly faultsOf: (config: Config) => Promise<readonly Fault[]>;
  /** What a server would refuse of it besides: each tool that this machine cannot confine as it asks. */
  readonly confinementFaults: (config: Config) => Promise<readonly Fault[]>;
  /**
   * Names of the whitelist that nothing offers, by the tools that a server would have; those that another server
   * or the cloud may have are `untold`.
   */
  readonly missingTools: (
    config: Config,
  ) => Promise<{ readonly nowhere: readonly string[]; readonly untold: readonly string[] }>;
  /** Tools of a configuration that would fail as soon as they are called, and what they lack. */
  readonly unableTools: (
    config: Config,
  ) => Promise<
    readonly { readonly tool: string; readonly message: string; readonly mend: string }[]
  >;
  /** Upstreams whose program is not on this machine. */
  readonly missingPrograms: (
    config: Config,
  ) => Promise<readonly { readonly upstream: string; readonly command: string }[]>;
  /** The version of the `opa` that policies are compiled with. */
  readonly opaVersion: () => Promise<Outcome<string, CompilerFailure>>;
  readonly lookAtEngines: (config: Config) => Promise<readonly EngineSeen[]>;
  /** What the Kubiya cloud says of the server's own key; null where there is none for it. */
  readonly lookAtCloud: (config: Config) => Promise<Outcome<CloudKey | null, KubiyaFailure> | null>;
  readonly lookAtStore: (config: Config) => Promise<Outcome<StoreSeen, StoreFailure>>;
  readonly compiler: Pick<PolicyCompiler, "build" | "test">;
  /** Whether a server could use the policies of a directory. */
  readonly checkPolicies: (dir: string) => Promise<Outcome<void, CompilerFailure>>;
  /** What decides under a configuration; `close` it when it has answered. */
  readonly openPolicies: (loadConfig: LoadConfig) => Promise<Outcome<OpenedPolicies, PolicyFaults>>;
  readonly openCredentials: (
    loadConfig: LoadConfig,
  ) => Promise<Outcome<OpenedCredentials, Refused>>;
  readonly verifyTrail: VerifyTrail;
  readonly openTrail: OpenTrail;
  /** Where the public halves of the keys are that this configuration signs with. */
  readonly publicKeys: (config: Config) => readonly string[];
  /** A text without the secrets that are known and what looks like one. */
  readonly redact: Redactor["text"];
  readonly buildInput: BuildInput;
  readonly checkInput: CheckInput;
  readonly resolveRunner: (config: Config) => ResolveRunner;
  /** Asks the cloud which runners it has, or how each of them is as well. */
  readonly lookAtRunners: (config: Config, about: "names" | "health") => Promise<SeenRunners>;
  readonly newId: () => string;
  readonly clock: Clock;
  /** Calls back when somebody ends what goes on until it is ended. */
  readonly onEnd: (end: () => void) => void;
}

/** How to start this program. */
export interface Self {
  readonly program: string;
  /** The version of Node. */
  readonly node: string;
  /** The words before those of a command. */
  readonly words: readonly string[];
}

/** A person at a terminal; `close` it when all is asked. */
export interface Terminal {
  /** What was typed; null where the person goes away instead. */
  readonly ask: (question: string) => Promise<string | null>;
  /** The same, of what nobody may read along. */
  readonly askHidden: (question: string) => Promise<string | null>;
  readonly close: () => void;
}

/** What commands manage credentials with; `close` it when it has answered. */
export interface OpenedCredentials {
  readonly config: Config;
  /** The permissions of a key for which neither permissions nor roles are named. */
  readonly newKeyPermissions: readonly string[];
  /** How long a credential lives where nothing is said: the defaults, in milliseconds. */
  readonly lifetimes: Readonly<
    Record<"key" | "token" | "session", { readonly default_ms: number }>
  >;
  /** Whose credential this is. */
  readonly verify: Verify;
  /** Who a server would take its holder for if it came over stdio now, and whether it may be here at all. */
  readonly admit: (presented: Secret) => Promise<Admission>;
  /** Why this credential cannot be verified, by its kind alone; null where it can. */
  readonly gapOf: (presented: Secret) => Gap | null;
  /** What decides. */
  readonly current: CurrentSnapshot;
  /** Who a server would take the holder of a credential for. */
  readonly callerOf: CallerOf;
  readonly unproven: Unproven;
  readonly readFreeze: ReadFreeze;
  /** As the operator: decided, recorded, done, recorded. */
  readonly manage: (order: Order) => Promise<Outcome<Done, ManageRefusal>>;
  /** What was approved of the tools of sources outside the configuration, and what these present. */
  readonly definitions: Definitions["known"];
  /** Has upstreams say what they present now; gives those that do not in good time. */
  readonly meetUpstreams: (settings: Config["mcpServers"]) => Promise<readonly Unread[]>;
  /** Sends a test alert the whole way. */
  readonly tryAlert: () => Promise<Tested>;
  /** Frees the trail for the next command before this one ends; nothing can be managed after it. */
  readonly leaveTrail: () => Promise<void>;
  /** A chain of the trail was found damaged: whoever must hear of it is told until it is closed. */
  readonly chainFailed: () => void;
  readonly close: () => Promise<void>;
}

/** An upstream that did not say what it presents, and why. */
export interface Unread {
  readonly name: string;
  readonly why: string;
}

/** What a server makes of a credential. */
export interface Admission {
  readonly caller: Caller;
  readonly decision: Decision;
  /** When that was, by the clock that credentials end by. */
  readonly atMs: number;
}

/** Why a command cannot begin. */
export interface Refused {
  readonly exit: ExitCode;
  readonly lines: readonly string[];
}

/** Policies that were opened to be asked a question. */
interface OpenedPolicies {
  readonly current: CurrentSnapshot;
  readonly close: () => Promise<void>;
}

/** A question to the policies, as `policy eval` asks it. */
export type Question =
  | { readonly kind: "document"; readonly document: unknown }
  | {
      readonly kind: "call";
      readonly tool: string;
      readonly arguments: Readonly<Record<string, string>>;
      /** `anonymous`, `role:R` or `user:U`. */
      readonly as: string;
      readonly ip: string | null;
      readonly runner: string | null;
      readonly now: string | null;
    };

/** A decision, and the input that it was made on. */
export interface Evaluated {
  readonly decision: Decision;
  readonly input: InputDocument;
}

/** What was typed: the arguments, and the options by their long name. */
export interface Typed {
  readonly args: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
}

/** An argument or an option. */
export interface Option {
  /** As commander reads it: `[dir]`, `--port <number>`. */
  readonly flags: string;
  readonly summary: string;
  /** The words that it may be, where there are no others. */
  readonly choices?: readonly string[];
  /** What the text of an option means; the failure says what it must be. Without it: the text itself. */
  readonly parse?: (text: string) => Outcome<unknown, string>;
  /** Whether it may be given several times, and is then a list. */
  readonly repeats?: true;
}

/** One row of the table that both help and parsing are made of. */
export interface Command {
  /** The words of the command: `mcp serve`. */
  readonly name: string;
  readonly summary: string;
  readonly argument?: Option;
  readonly options: readonly Option[];
  readonly run: (typed: Typed, host: Host) => Promise<ExitCode>;
}
