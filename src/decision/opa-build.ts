import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { done, type Outcome } from "../lib/outcome.ts";
import { faultsOf, faulty, mustPass, type Opa } from "./opa.ts";
import type { CompilerFailure } from "./types.ts";

/** What a directory of an organisation's policies is compiled with. */
export interface CompilerParts {
  readonly opa: Opa;
  /** The file with the built-ins that may be used. */
  readonly capabilities: string;
}

/** The bytes of the bundle that `opa build` makes of a directory. */
export async function bundleOf(
  opa: Opa,
  dir: string,
  args: readonly string[],
): Promise<Outcome<Uint8Array, CompilerFailure>> {
  const folder = await mkdtemp(join(tmpdir(), "kubiya-build-"));
  try {
    const file = join(folder, "bundle.tar.gz");
    const built = await opa(dir, [
      "build",
      "--target",
      "wasm",
      "--bundle",
      ".",
      "--output",
      file,
      ...args,
    ]);
    if (!built.ok) return built;
    if (built.value.exitCode === 0) return done(await readFile(file));
    if (built.value.stderr.startsWith("error: entrypoint ")) {
      return faulty(faultsOf(dir, built.value));
    }
    // `opa build` tells its faults as text only; `opa check` tells the same ones with file and line.
    const capabilities = args.indexOf("--capabilities");
    const check = [
      "check",
      "--bundle",
      ".",
      "--format",
      "json",
      ...args.slice(capabilities, capabilities + 2),
    ];
    const checked = await mustPass(opa, dir, check);
    return checked.ok ? faulty(faultsOf(dir, built.value)) : checked;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
