import type { CloudTool, CloudWorkflow, KubiyaFailure } from "../kubiya/types.ts";
import type { JsonObject } from "../lib/json.ts";
import type { Outcome } from "../lib/outcome.ts";
import type { Permit } from "../lib/permit.ts";
import type { Finished, RunProgram, SubprocessFailure, Watch } from "../subprocess/types.ts";

/** Where something will run, after `auto` and `default` are resolved. */
export interface Runner {
  readonly requested: string;
  readonly name: string;
  readonly kind: "local" | "kubiya";
  /** Null when nobody knows. */
  readonly healthy: boolean | null;
  /** Healthy ones that may take its place, in this order, where it is gone before anything ran; absent: none may. */
  readonly instead?: readonly string[];
}

/** Resolves a runner's name as a person wrote it. Judges nothing: an unknown name is a runner nobody knows the health of. */
export type ResolveRunner = (requested: string) => Runner;

/** A runner of the cloud, as it was last heard of. */
export interface KnownRunner {
  readonly name: string;
  /** Null when nobody said, or it is too long ago. */
  readonly healthy: boolean | null;
}

/** A runner as somebody who asks is told of it. */
export interface SeenRunner extends KnownRunner {
  readonly kind: Runner["kind"];
  /** In the cloud's own words; null where it was not asked, or said none. */
  readonly status: string | null;
}

/** Every runner that could be seen, this machine first, and what the cloud did not say. */
export interface SeenRunners {
  readonly runners: readonly SeenRunner[];
  /** Null where no cloud is used, and so none was asked. */
  readonly unheard: readonly Unheard[] | null;
}

/** What the cloud did not say: how one runner is, or, where `about` is null, which there are. */
export interface Unheard {
  readonly about: string | null;
  readonly failure: KubiyaFailure;
}

/** What every piece of work has. */
interface Work {
  readonly args: readonly string[];
  /** Besides PATH, HOME, TMPDIR and LANG, which the runner sets where these do not. */
  readonly env: Readonly<Record<string, string>>;
  /** More of its environment, which no process list may show. Named by the configuration alone. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly stdin: string;
  readonly timeoutMs: number;
  readonly maxOutputBytes: number;
  /** Written before it starts: into its working directory, or at their absolute paths in its container. */
  readonly files: readonly { readonly path: string; readonly content: string }[];
}

/** A folder of this machine that work sees. */
export interface Volume {
  readonly source: string;
  readonly path: string;
  readonly read_only: boolean;
}

/** What confines a process; all of it holds, or the process does not start. */
export interface Confinement {
  /** The most address space that each of its processes may have (`64m`); null: no limit. */
  readonly memory: string | null;
  /** Bubblewrap, with all that it shows beside the system; null: it may what the server's user may. */
  readonly sandbox: { readonly network: boolean; readonly volumes: readonly Volume[] } | null;
}

/** A process on this machine. */
export interface ProcessWork extends Work {
  readonly kind: "process";
  readonly program: string;
  readonly confinement: Confinement;
}

/** A container on this machine. */
export interface ContainerWork extends Work {
  readonly kind: "container";
  readonly image: string;
  /** The program in the image; null takes the image's own entrypoint. */
  readonly program: string | null;
  readonly network: boolean;
  readonly pull: "missing" | "always" | "never";
  readonly memory: string;
  readonly cpus: number;
  readonly pids: number;
  readonly volumes: readonly Volume[];
}

export type Workload = ProcessWork | ContainerWork;

export type RunnerFailure =
  | SubprocessFailure
  /** The folder of the run; `code` is the system's (ENOSPC). */
  | {
      readonly reason: "folder_failed";
      readonly doing: "make" | "fill" | "remove";
      readonly code: string;
    }
  | { readonly reason: "runner_not_available"; readonly runner: string }
  /** Nobody waits any more for what runs on a runner of the cloud, which may go on. */
  | { readonly reason: "left_running"; readonly runner: string; readonly afterMs: number }
  /** It asks to be confined, and this machine cannot do that: nothing was started. */
  | { readonly reason: "not_confined"; readonly by: Confiner; readonly detail: string }
  | NoEngine
  | { readonly reason: "no_image"; readonly image: string; readonly detail: string }
  | { readonly reason: "engine_failed"; readonly engine: string; readonly detail: string };

/** What this machine confines a process with. */
export type Confiner = "bwrap" | "prlimit";

/** Why no engine can be used. */
export type NoEngine =
  /** None of these is installed. */
  | { readonly reason: "no_engine"; readonly tried: readonly string[] }
  /** It is installed, and its server or storage does not answer. */
  | { readonly reason: "engine_silent"; readonly engine: string; readonly detail: string }
  /** It is installed, and the server's user has no right to use it. */
  | { readonly reason: "engine_forbidden"; readonly engine: string; readonly detail: string };

/**
 * Runs work that a decision permitted. When this settles nothing of it is left, no process, container or
 * file, or the failure says what is.
 */
export type RunWork = (
  permit: Permit<unknown>,
  assignment: { readonly runner: Runner; readonly work: Workload },
  watch: Watch,
) => Promise<Outcome<Finished, RunnerFailure>>;

/** A tool for a runner of the cloud. Nothing of this machine's environment is in it. */
export interface CloudWork {
  /** Its whole definition. */
  readonly tool: CloudTool;
  readonly arguments: JsonObject;
  readonly timeoutMs: number;
  readonly maxOutputBytes: number;
}

/** Work that ran to its end in the cloud, which need not say with which code. All that it wrote is its stdout. */
export interface FinishedThere extends Omit<Finished, "exitCode"> {
  readonly exitCode: number | null;
}

/** Runs work that a decision permitted on the runner of the cloud that was judged. It may outlive whoever waits. */
export type RunInCloud = (
  permit: Permit<unknown>,
  assignment: { readonly runner: Runner; readonly work: CloudWork },
  watch: Watch,
) => Promise<Outcome<FinishedThere, RunnerFailure | KubiyaFailure>>;

/** Runs a workflow there, each of whose steps was permitted. It is sent once, and may outlive whoever waits. */
export type RunWorkflowInCloud = (
  permits: readonly Permit<unknown>[],
  work: Pick<CloudWork, "timeoutMs" | "maxOutputBytes"> & { readonly workflow: CloudWorkflow },
  watch: Watch,
) => Promise<Outcome<FinishedThere, RunnerFailure | KubiyaFailure>>;

/** A container engine by its command line. */
export type EngineName = "docker" | "podman";

/** The engine that answers on this machine. */
export type FindEngine = () => Promise<Outcome<EngineName, NoEngine>>;

/** What became of an engine's command line that was asked whether its engine works. */
export interface EngineSeen {
  readonly engine: EngineName;
  /** Silent: it is there and does not answer; forbidden: the server's user has no right to use it. */
  readonly is: "answers" | "missing" | "silent" | "forbidden";
  /** What it said against it. */
  readonly said: string;
}

/** What runners are made of. */
export interface RunnerParts {
  readonly run: RunProgram;
  readonly findEngine: FindEngine;
  /** What an engine's command line needs of the server's environment to find its server and storage. */
  readonly engineEnv: Readonly<Record<string, string>>;
  /** The PATH that tools are given and programs are looked up on. */
  readonly path: string;
  /** A name that no other container on this machine has. */
  readonly newId: () => string;
  /** Names this process, so that another can tell the containers and folders that it leaves when it is killed. */
  readonly owner: string;
}
