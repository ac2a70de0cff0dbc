import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { faultLine } from "../lib/fault.ts";
import type { PolicyFaults } from "../decision/types.ts";
import { EXIT, type ExitCode, type Host, type Typed } from "./types.ts";

/** The directory that a `policy` command is about: the one that was typed, else the server's own. */
export function policyDir({ args }: Typed, host: Host): string {
  const [typed] = args;
  return typed === undefined ? join(homedir(), ".kubiya", "policies") : resolve(host.cwd, typed);
}

/** Tells what is wrong with policies, a line each. */
export function refusePolicies(faults: PolicyFaults, host: Host): ExitCode {
  for (const fault of faults) host.remark(`${faultLine(fault)}\n`);
  return EXIT.no;
}
