import { readFile, stat } from "node:fs/promises";
import type { PoliciesSetting } from "../config/types.ts";
import { isObject } from "../lib/json.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { readBundle } from "./bundle.ts";
import { compileModule } from "./module.ts";
import type { Loaded } from "./snapshot.ts";
import type { PolicyCompiler, PolicyFaults } from "./types.ts";

/** Reads a bundle from a file. */
export async function loadBundle(path: string): Promise<Outcome<Loaded, PolicyFaults>> {
  let packed: Uint8Array;
  try {
    packed = await readFile(path);
  } catch {
    return unusable(path, "it cannot be read", "check the path and its rights");
  }
  return unpackBundle(path, packed);
}

/** Reads an organisation's policies: a directory is compiled, a file is a bundle; null where there are none. */
export async function loadOrganisation(
  setting: PoliciesSetting,
  compiler: PolicyCompiler,
): Promise<Outcome<Loaded | null, PolicyFaults>> {
  if (!setting.enabled) return done(null);
  const { path, named } = setting;
  const found = await kindOf(path);
  if (found === "nothing" && !named) return done(null);
  if (found === "nothing")
    return unusable(path, "there is nothing at this path", "correct the path");
  if (found !== "directory") return loadBundle(path);
  const built = await compiler.build(path);
  return built.ok ? unpackBundle(path, built.value) : failed(built.failure.faults);
}

/** What cannot be looked at is taken for a file, which then cannot be read: it is never nothing. */
async function kindOf(path: string): Promise<"file" | "directory" | "nothing"> {
  try {
    return (await stat(path)).isDirectory() ? "directory" : "file";
  } catch (thrown) {
    return isObject(thrown) && thrown["code"] === "ENOENT" ? "nothing" : "file";
  }
}

/** Reads the bytes of a bundle that was found at a path. */
export async function unpackBundle(
  path: string,
  packed: Uint8Array,
): Promise<Outcome<Loaded, PolicyFaults>> {
  const mend = "build it again with `kubiya policy build`";
  const bundle = await readBundle(packed);
  if (!bundle.ok) return unusable(path, bundle.failure, mend);
  const module = await compileModule(bundle.value.wasm);
  if (!module.ok) return unusable(path, module.failure, mend);
  return done({ path, bundle: bundle.value, module: module.value });
}

function unusable(path: string, message: string, mend: string): Outcome<never, PolicyFaults> {
  return failed([{ path, field: "", message, mend }]);
}
