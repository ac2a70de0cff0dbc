import { resolve } from "node:path";
import type { CompilerFailure } from "../decision/types.ts";
import { type Fault, faultLine } from "../lib/fault.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { flagsOf, given } from "./typed.ts";
import { EXIT, type ExitCode, type Host, type Option, type Typed } from "./types.ts";

/** The argument of the `policy` commands. */
export const POLICY_DIR: Option = {
  flags: "[dir]",
  summary: "the directory; left out: the configured one, else ~/.kubiya/policies",
};

/** The directory that a `policy` command is about: the one that was typed, else the server's own. */
export async function policyDir(typed: Typed, host: Host): Promise<Outcome<string, ExitCode>> {
  const [dir] = typed.args;
  if (dir !== undefined) return done(resolve(host.cwd, dir));
  const loaded = await host.loadConfig({ ...flagsOf(typed), enable_opa_policies: true })();
  if (!loaded.ok) {
    tellFaults(loaded.failure, typed, host);
    return failed(EXIT.configuration);
  }
  const { policies } = loaded.value.config;
  if (policies.enabled) return done(policies.path);
  host.remark("no directory of policies is configured; name one\n");
  return failed(EXIT.commandLine);
}

/** Tells what is wrong: with `--json` as the answer, else a line each. */
export function tellFaults(faults: readonly Fault[], typed: Typed, host: Host): void {
  if (given(typed, "json")) {
    host.answer(`${JSON.stringify({ valid: false, faults }, null, 2)}\n`);
    return;
  }
  for (const fault of faults) host.remark(`${faultLine(fault)}\n`);
}

/** Tells why the compiler gave nothing, and gives the exit code: it said no, or it could not be asked. */
export function refuse({ reason, faults }: CompilerFailure, typed: Typed, host: Host): ExitCode {
  tellFaults(faults, typed, host);
  return reason === "faulty" ? EXIT.no : EXIT.configuration;
}
