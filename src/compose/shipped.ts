import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createCheckFacts } from "../facts/check.ts";
import type { CheckFacts } from "../facts/build.ts";
import type { Facts } from "../facts/types.ts";
import { createCheckInput } from "../input/check.ts";
import type { CheckInput } from "../input/types.ts";

/** What the package ships beside its code. */
export interface Shipped {
  readonly root: string;
  readonly version: string;
  /** The built-in policies, compiled. */
  readonly bundle: string;
  /** The built-ins that an organisation's policies may use. */
  readonly capabilities: string;
  readonly defaults: Facts["defaults"];
  readonly checkFacts: CheckFacts;
  readonly checkInput: CheckInput;
}

/** Reads what stands beside `src/` in a checkout, and beside `dist/` in the package. */
export async function readShipped(): Promise<Shipped> {
  const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
  const policies = join(root, "policies");
  const [manifest, defaults, input, facts] = await Promise.all([
    readJson(join(root, "package.json")),
    readJson(join(policies, "facts", "defaults.json")),
    readJson(join(policies, "schemas", "input.json")),
    readFolder(join(policies, "schemas", "facts")),
  ]);
  return {
    root,
    version: String(manifest.version),
    bundle: join(root, "bundles", "kubiya.tar.gz"),
    capabilities: join(policies, "capabilities.organisation.json"),
    defaults,
    checkFacts: createCheckFacts(facts),
    checkInput: createCheckInput(input),
  };
}

/** Files of our own package: their form was checked when it was built. */
async function readJson(path: string) {
  return JSON.parse(await readFile(path, "utf8"));
}

async function readFolder(folder: string) {
  const files = await readdir(folder);
  return Object.fromEntries(
    await Promise.all(
      files.map(async (file) => [basename(file, ".json"), await readJson(join(folder, file))]),
    ),
  );
}
