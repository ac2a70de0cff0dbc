// Policies for tests, compiled by the real `opa`, and bundles that somebody made by hand.

import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { buffer } from "node:stream/consumers";
import { gunzipSync, gzipSync } from "node:zlib";
import { type Header, pack } from "tar-stream";
import { type Bundle, readBundle } from "../../src/decision/bundle.ts";
import { createPolicyCompiler } from "../../src/decision/compile.ts";
import { compileModule } from "../../src/decision/module.ts";
import { createOpa, type Opa } from "../../src/decision/opa.ts";
import { bundleOf } from "../../src/decision/opa-build.ts";
import type { Loaded } from "../../src/decision/snapshot.ts";
import type { PolicyCompiler } from "../../src/decision/types.ts";
import type { Log } from "../../src/lib/log.ts";
import type { Outcome } from "../../src/lib/outcome.ts";
import { createRunProgram } from "../../src/subprocess/run.ts";

export const TOOLS: string = resolve(".tools");
const CAPABILITIES = resolve("policies/capabilities.organisation.json");

/** The `opa` of the checkout. */
export function opa(): Opa {
  return createOpa({ run: createRunProgram({ graceMs: 500 }), path: TOOLS });
}

/** The compiler of the checkout. */
export function compiler(): PolicyCompiler {
  return createPolicyCompiler({ opa: opa(), capabilities: CAPABILITIES });
}

/** A folder with these files that is gone after `use`. */
export async function inFolder<T>(
  files: Readonly<Record<string, string>>,
  use: (dir: string) => Promise<T>,
): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), "kubiya-decision-"));
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

/** The bytes of a bundle of one file, with these entrypoints; nothing is left out of what `opa` can do. */
export function buildRego(rego: string, ...entrypoints: readonly string[]): Promise<Uint8Array> {
  return inFolder({ "policy.rego": rego }, async (dir) => {
    const named = entrypoints.flatMap((entrypoint) => ["--entrypoint", entrypoint]);
    return must(await bundleOf(opa(), dir, ["--wasm-include-print", "--prune-unused", ...named]));
  });
}

/** A bundle with its module, as the server has it. */
export async function loaded(packed: Uint8Array): Promise<Loaded> {
  const bundle: Bundle = must(await readBundle(packed));
  return { path: "test", bundle, module: must(await compileModule(bundle.wasm)) };
}

/** The value of an outcome that must be one. */
export function must<T>(outcome: Outcome<T, unknown>): T {
  if (!outcome.ok) assert.fail(JSON.stringify(outcome.failure));
  return outcome.value;
}

/** An entry of an archive: a name with its content, or any header. */
export type Entry = readonly [
  name: string | (Partial<Header> & { readonly name: string }),
  content: string | Uint8Array,
];

/** A gzipped tar with these entries, in this order. */
export async function archive(entries: readonly Entry[]): Promise<Uint8Array> {
  const tar = pack();
  for (const [name, content] of entries) {
    tar.entry(typeof name === "string" ? { name } : name, Buffer.from(content));
  }
  tar.finalize();
  return gzipSync(await buffer(tar));
}

/** What a bundle is when it is unzipped. */
export function unzipped(packed: Uint8Array): Uint8Array {
  return gunzipSync(packed);
}

/** A log that remembers. */
export function listening(): { readonly log: Log; readonly lines: readonly string[] } {
  const lines: string[] = [];
  const line = (message: string, facts: object = {}): void => {
    lines.push(`${message} ${JSON.stringify(facts)}`);
  };
  return { lines, log: { debug: line, info: line, warn: line, error: line } };
}
