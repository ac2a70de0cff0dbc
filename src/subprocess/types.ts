import type { Outcome } from "../lib/outcome.ts";

/** A program to start. Nothing of the server's own environment reaches it: `env` is all it gets. */
export interface Program {
  /** A name looked up on `env.PATH`, or an absolute path. Never a shell line. */
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** A program to run to its end. */
export interface Command extends Program {
  /** Written to its standard input, which is then closed. */
  readonly stdin: string;
  readonly timeoutMs: number;
  /** Bytes of stdout that are kept, and of stderr, of which the end is kept. */
  readonly maxOutputBytes: number;
}

/** Characters of a line that are given; what it has beyond is left out. */
export const MAX_LINE = 4_096;

/** Cuts what comes in pieces into lines, each without its newline. */
export interface Lines {
  readonly add: (chunk: Uint8Array) => void;
  /** Gives what stands after the last newline. */
  readonly end: () => void;
}

/** Gives each line as soon as it is whole. */
export type CreateLines = (onLine: (line: string) => void) => Lines;

/** What may happen around a running program. */
export interface Watch {
  /** Aborted when nobody wants the answer any more; the process group is then ended. */
  readonly signal: AbortSignal;
  /** Called with each line of stdout and stderr as it comes, without its newline; at most `MAX_LINE` of it. */
  readonly onLine: (line: string) => void;
  /** Called with its process group as soon as there is one; the run is not over before this settles. */
  readonly onStarted?: (group: number) => Promise<void>;
}

/** A program that ran to its end. */
export interface Finished {
  /** 0 to 255; 128 + n when signal n ended it. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Bytes that it wrote to stdout, kept or not. */
  readonly stdoutBytes: number;
  readonly truncated: boolean;
}

export type SubprocessFailure =
  | { readonly reason: "not_found"; readonly program: string }
  | { readonly reason: "not_startable"; readonly program: string; readonly detail: string }
  | { readonly reason: "timed_out"; readonly afterMs: number; readonly stderr: string }
  | { readonly reason: "cancelled"; readonly stderr: string }
  /** It wrote far more than anybody would read (a loop that prints), and was ended. */
  | { readonly reason: "output_without_end"; readonly bytes: number }
  /** Something of it still runs, in this process group: it was killed and did not go. */
  | { readonly reason: "not_ended"; readonly group: number };

/**
 * Runs one program in a process group of its own; when this settles, the whole group is gone, or the
 * failure says that it is not.
 */
export type RunProgram = (
  command: Command,
  watch: Watch,
) => Promise<Outcome<Finished, SubprocessFailure>>;

/** Whether anything of a process group still runs, this user's or another's. */
export type GroupRuns = (group: number) => Promise<boolean>;

/** How a program that is talked with is heard, and by which bounds. */
export interface Hearing {
  /** Called with each line of stdout, without its newline, whole. */
  readonly onLine: (line: string) => void;
  /** Called with each line of stderr; at most `MAX_LINE` of it. */
  readonly onErrorLine: (line: string) => void;
  /** Bytes of a line of stdout; a program that writes a longer one is ended. */
  readonly maxLineBytes: number;
  /** Bytes that may wait for it to read them; past that nothing more is taken. */
  readonly maxWaitingBytes: number;
}

/** How a talk with a program ended. */
export interface TalkEnd {
  readonly reason: "exited" | "closed" | "line_too_long";
  /** 0 to 255; 128 + n when signal n ended it; null where it was killed and did not go. */
  readonly exitCode: number | null;
}

/** A program that runs until it is ended, and is talked with by lines. */
export interface Talk {
  /** Writes a line, which has no newline in it. False where it is not taken: too much waits, or it has ended. */
  readonly say: (line: string) => boolean;
  /** Settles when nothing of its process group runs any more, however that came about. */
  readonly ended: Promise<TalkEnd>;
  /** Closes its input, asks it to end, kills it. Settles as `ended` does. */
  readonly close: () => Promise<TalkEnd>;
}

/** Starts a program that is talked with. */
export type StartTalk = (
  program: Program,
  hearing: Hearing,
) => Promise<Outcome<Talk, SubprocessFailure>>;

/** The absolute path of a program: a name looked up on a PATH, a path relative to `cwd`; null where there is none. */
export type FindProgram = (
  program: string,
  places: { readonly path: string; readonly cwd: string },
) => Promise<string | null>;
