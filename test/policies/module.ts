// Rego compiled to wasm and evaluated, for tests: nothing of the server's engine is in between.

import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { Readable } from "node:stream";
import { promisify } from "node:util";
import { createGunzip } from "node:zlib";
import { type LoadedPolicy, loadPolicy } from "@open-policy-agent/opa-wasm";
import { extract } from "tar-stream";

const PAGES = 40;
const OPA = resolve(".tools/opa");
const run = promisify(execFile);

/** A compiled module with its facts: the value of an entrypoint; undefined where the rule is. */
export type Evaluate = (entrypoint: string, input?: unknown) => unknown;

/** Runs `opa` in a folder; what it wrote and how it ended, whatever that was. */
export async function opa(
  cwd: string,
  args: readonly string[],
): Promise<{ readonly ok: boolean; readonly stdout: string; readonly text: string }> {
  try {
    const { stdout, stderr } = await run(OPA, [...args], {
      cwd,
      timeout: 60_000,
      maxBuffer: 64 * 1024 * 1024,
    });
    return { ok: true, stdout, text: stdout + stderr };
  } catch (error) {
    const { stdout = "", stderr = "" } = Object(error);
    return { ok: false, stdout: String(stdout), text: `${stdout}${stderr}${String(error)}` };
  }
}

/** A folder with these files that is gone after `use`. */
export async function inFolder<T>(
  files: Readonly<Record<string, string>>,
  use: (dir: string) => Promise<T>,
): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), "policies-"));
  try {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(dir, name)), { recursive: true });
      await writeFile(join(dir, name), content);
    }
    return await use(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Builds the bundle in `cwd` to wasm; the failure is what `opa` said. */
export async function build(
  cwd: string,
  entrypoints: readonly string[],
  options: readonly string[] = [],
): Promise<Map<string, Buffer>> {
  return inFolder({}, async (dir) => {
    const output = join(dir, "out.tar.gz");
    const named = entrypoints.flatMap((entrypoint) => ["-e", entrypoint]);
    const built = await opa(
      cwd,
      ["build", "-t", "wasm", "-b", ".", "-o", output].concat(named, options),
    );
    if (!built.ok) throw new Error(built.text);
    return entriesOf(await readFile(output));
  });
}

/** The files of a bundle, by their names without the leading slash. */
export async function entriesOf(bundle: Buffer): Promise<Map<string, Buffer>> {
  const entries = new Map<string, Buffer>();
  const archive = extract();
  Readable.from([bundle]).pipe(createGunzip()).pipe(archive);
  for await (const entry of archive) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
    entries.set(entry.header.name.replace(/^\/+/, ""), Buffer.concat(chunks));
  }
  return entries;
}

/** A module that can be asked. */
export interface Opened {
  readonly evaluate: Evaluate;
  readonly entrypoints: readonly string[];
  /** The built-ins that it would ask its host for. */
  readonly builtins: readonly string[];
}

/** A compiled module. */
declare const module: unique symbol;

interface Module {
  readonly [module]: true;
}

/** The part of the platform that is used here: Node's types leave WebAssembly out. */
declare const WebAssembly: { readonly compile: (wasm: Uint8Array) => Promise<Module> };

/** Compiles the module of a bundle's entries; each call of what it gives opens a new instance with these documents as `data`. */
export async function opener(
  entries: ReadonlyMap<string, Buffer>,
): Promise<(data?: object) => Promise<Opened>> {
  const wasm = entries.get("policy.wasm");
  if (wasm === undefined) throw new Error("the bundle has no policy.wasm");
  const compiled = await WebAssembly.compile(new Uint8Array(wasm));
  return async (data = {}) => {
    const policy = await loadPolicy(compiled, { initial: PAGES });
    policy.setData(data);
    return {
      evaluate: (entrypoint, input) => policy.evaluate(input, entrypoint)[0]?.result,
      entrypoints: Object.keys(policy.entrypoints).toSorted(),
      builtins: builtinsOf(policy),
    };
  };
}

/** Opens the module of a bundle's entries once. */
export async function open(
  entries: ReadonlyMap<string, Buffer>,
  data: object = {},
): Promise<Opened> {
  return (await opener(entries))(data);
}

/** The evaluator keeps the list to itself: it is read as the evaluator reads it. */
function builtinsOf({ wasmInstance, mem }: LoadedPolicy): readonly string[] {
  const { exports } = Object(wasmInstance);
  const text = Buffer.from(mem.buffer).subarray(exports.opa_json_dump(exports.builtins()));
  const names: unknown = JSON.parse(text.subarray(0, text.indexOf(0)).toString());
  return Object.keys(Object(names)).toSorted();
}

/** The entrypoints of the built-in policies. */
export const ENTRYPOINTS = ["admit", "alerts", "call", "list", "manage", "mask", "read"].map(
  (name) => `kubiya/${name}/decision`,
);

/** The built-in policies, compiled as `scripts/bundle.ts` does. */
export async function buildBuiltIn(): Promise<Map<string, Buffer>> {
  const options = [
    "--ignore",
    "*_test.rego",
    "--prune-unused",
    "--capabilities",
    "capabilities.json",
  ];
  return build("policies", ENTRYPOINTS, options);
}
