import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createCheckFacts } from "../facts/check.ts";
import type { CheckFacts } from "../facts/build.ts";
import type { Facts } from "../facts/types.ts";
import { createCheckInput } from "../input/check.ts";
import type { CheckInput } from "../input/types.ts";
import { asObject, type JsonObject, parseJson } from "../lib/json.ts";

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
    readObject(join(root, "package.json")),
    readDefaults(join(policies, "facts", "defaults.json")),
    readObject(join(policies, "schemas", "input.json")),
    readFolder(join(policies, "schemas", "facts")),
  ]);
  const { version } = manifest;
  if (typeof version !== "string") throw new TypeError("package.json has no version");
  return {
    root,
    version,
    bundle: join(root, "bundles", "kubiya.tar.gz"),
    capabilities: join(policies, "capabilities.organisation.json"),
    defaults,
    checkFacts: createCheckFacts(facts),
    checkInput: createCheckInput(input),
  };
}

async function readObject(path: string): Promise<JsonObject> {
  return asObject(parseJson(await readFile(path, "utf8")));
}

async function readDefaults(path: string): Promise<Facts["defaults"]> {
  // oxlint-disable-next-line typescript/no-unsafe-return -- ours, and checked with the facts that it becomes a part of
  return JSON.parse(await readFile(path, "utf8"));
}

async function readFolder(folder: string): Promise<Readonly<Record<string, JsonObject>>> {
  const files = await readdir(folder);
  const read = files.map(
    async (file) => [basename(file, ".json"), await readObject(join(folder, file))] as const,
  );
  return Object.fromEntries(await Promise.all(read));
}
