import type { Fault } from "../lib/fault.ts";
import { isObject } from "../lib/json.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import type { Finished, RunProgram, SubprocessFailure } from "../subprocess/types.ts";
import type { CompilerFailure, PolicyFaults } from "./types.ts";

/** How `opa` is started. */
export interface OpaParts {
  readonly run: RunProgram;
  /** Where `opa` is looked for: folders, separated as in PATH. */
  readonly path: string;
}

/** Runs `opa` in a directory; the failure is that it could not be run, not that it found faults. */
export type Opa = (
  dir: string,
  args: readonly string[],
) => Promise<Outcome<Finished, CompilerFailure>>;

/** Of major version 1: the first whose compiled modules know all that ours use. */
const OLDEST_MINOR = 9;

const THREE_WAYS =
  "put opa 1.9 or later on the PATH, run `make setup` in a checkout, or build a bundle elsewhere with `kubiya policy build` and name that";

const TIMEOUT_MS = 30_000;
const MAX_OUTPUT_BYTES = 8 * 1024 * 1024;

/** The `opa` program on these folders. It must be one that writes modules which this server can ask. */
export function createOpa({ run, path }: OpaParts): Opa {
  let isRecent = false;

  return async (dir, args) => {
    if (!isRecent) {
      const told = await start(dir, ["version"]);
      if (!told.ok) return told;
      const [, major, minor] = /^Version: (\d+)\.(\d+)\./m.exec(told.value.stdout) ?? [];
      isRecent = Number(major) > 1 || (Number(major) === 1 && Number(minor) >= OLDEST_MINOR);
      if (!isRecent) return untried(tooOld(dir, told.value));
    }
    return start(dir, args);
  };

  async function start(
    dir: string,
    args: readonly string[],
  ): Promise<Outcome<Finished, CompilerFailure>> {
    const ran = await run(
      {
        program: "opa",
        args,
        env: { PATH: path, HOME: dir },
        cwd: dir,
        stdin: "",
        timeoutMs: TIMEOUT_MS,
        maxOutputBytes: MAX_OUTPUT_BYTES,
      },
      { signal: new AbortController().signal, onLine: () => {} },
    );
    return ran.ok ? ran : untried(notRun(dir, ran.failure));
  }
}

/** The version of the `opa` that would be used. */
export async function opaVersion(opa: Opa, dir: string): Promise<Outcome<string, CompilerFailure>> {
  const told = await opa(dir, ["version"]);
  if (!told.ok) return told;
  return done(/^Version: (\S+)/m.exec(told.value.stdout)?.[1] ?? "");
}

/** There was no way to find out. */
export function untried(fault: Fault): Outcome<never, CompilerFailure> {
  return failed({ reason: "untried", faults: [fault] });
}

/** The policies are wrong. */
export function faulty(faults: PolicyFaults): Outcome<never, CompilerFailure> {
  return failed({ reason: "faulty", faults });
}

/** What `opa check --format json` found, with file and line. */
export function faultsOf(dir: string, { stdout, stderr }: Finished): PolicyFaults {
  const located = errorsIn(stdout || stderr).map(({ file, row, message }): Fault => ({
    path: row === 0 ? `${dir}/${file}` : `${dir}/${file}:${row}`,
    field: "",
    message,
    mend: mendOf(message),
  }));
  if (located.length > 0) return located;
  const message = (stderr.trim() || stdout.trim()).split("\nFor more information")[0] ?? "";
  return [{ path: dir, field: "", message, mend: mendOf(message) }];
}

interface Located {
  readonly file: string;
  readonly row: number;
  readonly message: string;
}

function errorsIn(stdout: string): readonly Located[] {
  const report = parse(stdout);
  if (!isObject(report) || !Array.isArray(report["errors"])) return [];
  const errors: readonly unknown[] = report["errors"];
  return errors.flatMap((error) => {
    if (!isObject(error) || typeof error["message"] !== "string") return [];
    const place = isObject(error["location"]) ? error["location"] : {};
    const { file, row } = place;
    return [
      {
        file: typeof file === "string" ? file : "",
        row: typeof row === "number" ? row : 0,
        message: error["message"],
      },
    ];
  });
}

/** A JSON text's value; undefined when it is none. */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function mendOf(message: string): string {
  if (message.includes("undefined function")) {
    return "use only built-ins that WebAssembly has natively; `kubiya policy init` writes their list";
  }
  if (message.includes('"custom/decision"')) {
    return "define `decision` in `package custom`; `kubiya policy init` writes an example";
  }
  return "correct the policy, then save it again";
}

function tooOld(dir: string, { stdout }: Finished): Fault {
  const found = stdout.split("\n")[0] ?? "";
  const message = `the opa on the PATH is too old, or says no version (${found})`;
  return { path: dir, field: "", message, mend: THREE_WAYS };
}

function notRun(dir: string, failure: SubprocessFailure): Fault {
  if (failure.reason === "not_found") {
    return {
      path: dir,
      field: "",
      message: "compiling a directory of .rego needs the program opa, and it is not on the PATH",
      mend: THREE_WAYS,
    };
  }
  return {
    path: dir,
    field: "",
    message: `opa could not be run: ${failure.reason}`,
    mend: "run `opa version` by hand and mend what it says",
  };
}

/** A run of `opa` that must end with 0; otherwise what it found. */
export async function mustPass(
  opa: Opa,
  dir: string,
  args: readonly string[],
): Promise<Outcome<Finished, CompilerFailure>> {
  const ran = await opa(dir, args);
  if (!ran.ok) return ran;
  return ran.value.exitCode === 0 ? done(ran.value) : faulty(faultsOf(dir, ran.value));
}
