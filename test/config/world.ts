// A configuration in a folder of its own, read as the server would.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { createLoadConfig } from "../../src/config/load.ts";
import type { Flags, Loaded } from "../../src/config/types.ts";
import type { Fault } from "../../src/lib/fault.ts";
import type { Outcome } from "../../src/lib/outcome.ts";

/** A folder that is the home and the working directory, and is removed when the test ends. */
export async function homeFor(context: TestContext): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), "kubiya-config-"));
  context.after(() => rm(home, { recursive: true, force: true }));
  return home;
}

/** What was said, and where. */
interface Said {
  /** The file `config.json` in the folder: text, or what is written as JSON. */
  readonly file?: unknown;
  readonly flags?: Flags;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Loads what was said in this folder. */
export async function load(
  home: string,
  { file, flags = {}, environment = {} }: Said,
): Promise<Outcome<Loaded, readonly Fault[]>> {
  const config = join(home, "config.json");
  if (file !== undefined) {
    await writeFile(config, typeof file === "string" ? file : JSON.stringify(file));
  }
  const named = file === undefined ? {} : { config };
  return createLoadConfig({ ...named, ...flags }, { environment, home, cwd: home })();
}

/** The configuration that must have loaded. */
export async function loaded(home: string, said: Said): Promise<Loaded> {
  const outcome = await load(home, said);
  if (!outcome.ok) throw new Error(`faults: ${JSON.stringify(outcome.failure)}`);
  return outcome.value;
}

/** The faults of what must not have loaded. */
export async function faults(home: string, said: Said): Promise<readonly Fault[]> {
  const outcome = await load(home, said);
  if (outcome.ok) throw new Error("it loaded");
  return outcome.failure;
}
