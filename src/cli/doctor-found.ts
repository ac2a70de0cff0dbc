import type { Config } from "../config/types.ts";
import type { Fault } from "../lib/fault.ts";
import type { Host, Typed } from "./types.ts";

/** What a check found. What is not ok says how it is mended. */
export interface Found {
  readonly status: "ok" | "warn" | "fail";
  readonly message: string;
  readonly mend: string | null;
}

/** A configuration that can be used, and the machine that a server would run on. */
export interface Examined {
  readonly host: Host;
  readonly typed: Typed;
  readonly config: Config;
  readonly warnings: readonly Fault[];
}

/** One thing that is looked at. It changes nothing. */
export interface Check {
  readonly name: string;
  /** Whether it asks somebody who may not answer: a failure is then another exit code. */
  readonly reaches: "machine" | "outside";
  readonly look: (examined: Examined) => Promise<readonly Found[]>;
}

export function ok(message: string): Found {
  return { status: "ok", message, mend: null };
}

/** A server runs, and not as somebody may expect. */
export function warn(message: string, mend: string): Found {
  return { status: "warn", message, mend };
}

/** A server does not run, or not safely. */
export function fail(message: string, mend: string): Found {
  return { status: "fail", message, mend };
}
