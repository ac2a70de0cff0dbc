import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Fault } from "../lib/fault.ts";
import { done, type Outcome } from "../lib/outcome.ts";
import { faulty, mustPass, untried } from "./opa.ts";
import { bundleOf, type CompilerParts } from "./opa-build.ts";
import { DECISION, LIST, MASK } from "./organisation.ts";
import { createPolicyTests } from "./policy-tests.ts";
import type { CompilerFailure, PolicyCompiler } from "./types.ts";

/** The packages that are ours: an organisation's policies may not be in them. */
const RESERVED = /^\s*package\s+(kubiya|facts|system)\b/m;

/** Compiles, checks and tests an organisation's directory with the ordinary `opa`. */
export function createPolicyCompiler({ opa, capabilities }: CompilerParts): PolicyCompiler {
  const build = (dir: string, entrypoints: readonly string[]) =>
    bundleOf(opa, dir, [
      ...["--capabilities", capabilities, "--prune-unused", "--ignore", "*_test.rego"],
      "--wasm-include-print",
      ...entrypoints.flatMap((entrypoint) => ["--entrypoint", entrypoint]),
    ]);
  const test = createPolicyTests({ opa, capabilities });

  return {
    check: async (dir) => {
      const own = await ownPackages(dir);
      if (!own.ok) return own;
      const args = ["check", "--bundle", ".", "--strict", "--format", "json"];
      const checked = await mustPass(opa, dir, [...args, "--capabilities", capabilities]);
      return checked.ok ? buildDefined(dir, build) : checked;
    },
    build: async (dir) => {
      const own = await ownPackages(dir);
      return own.ok ? buildDefined(dir, build) : own;
    },
    test: async (dir) => {
      const own = await ownPackages(dir);
      return own.ok ? test(dir) : own;
    },
  };
}

type Build = (
  dir: string,
  entrypoints: readonly string[],
) => Promise<Outcome<Uint8Array, CompilerFailure>>;

/** Builds with every entrypoint that there may be; `opa` itself says which is not there, one at a time. */
async function buildDefined(
  dir: string,
  build: Build,
  optional: readonly string[] = [LIST, MASK],
): Promise<Outcome<Uint8Array, CompilerFailure>> {
  const built = await build(dir, [DECISION, ...optional]);
  if (built.ok) return built;
  const defined = optional.filter((entrypoint) => !isAbsent(entrypoint, built.failure));
  return defined.length === optional.length ? built : buildDefined(dir, build, defined);
}

function isAbsent(entrypoint: string, { faults }: CompilerFailure): boolean {
  return faults.some(({ message }) => message.includes(`entrypoint "${entrypoint}" does not`));
}

/** Whether a directory has policies, in packages that are their own. */
async function ownPackages(dir: string): Promise<Outcome<void, CompilerFailure>> {
  const faults: Fault[] = [];
  let names: readonly string[];
  try {
    names = await readdir(dir, { recursive: true });
  } catch {
    return untried(fault(dir, "the directory cannot be read", "name a directory of .rego files"));
  }
  const files = names.filter((name) => name.endsWith(".rego"));
  if (files.length === 0) {
    const mend = "`kubiya policy init` writes a working example";
    return faulty([fault(dir, "there is no .rego file in it", mend)]);
  }
  for (const name of files) {
    const source = await readText(join(dir, name));
    if (source === null) {
      faults.push(
        fault(join(dir, name), "it cannot be read", "check that it is a file, and its rights"),
      );
      continue;
    }
    const reserved = RESERVED.exec(source);
    if (reserved === null) continue;
    const line = source.slice(0, reserved.index + reserved[0].length).split("\n").length;
    const message = `the package ${reserved[1]} is the server's own`;
    faults.push(fault(`${join(dir, name)}:${line}`, message, "use `package custom`"));
  }
  return faults.length === 0 ? done(undefined) : faulty(faults);
}

async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch {
    return null;
  }
}

function fault(path: string, message: string, mend: string): Fault {
  return { path, field: "", message, mend };
}
