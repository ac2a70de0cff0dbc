// On the trust boundary: reads a bundle that anybody may have written. It works in memory, never
// extracts to the disk, and takes only the names that it expects.

import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import { sha256 } from "../lib/digest.ts";
import { isJsonObject, isObject, type JsonObject } from "../lib/json.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";

/** What a bundle holds. */
export interface Bundle {
  readonly wasm: Uint8Array;
  /** As the manifest names it, else the digest of module and facts. */
  readonly revision: string;
  readonly entrypoints: readonly string[];
  /** Facts of its own, from its `data.json`. */
  readonly data: JsonObject;
}

const MAX_PACKED_BYTES = 16 * 1024 * 1024;
const MAX_UNPACKED_BYTES = 64 * 1024 * 1024;
const MAX_RATIO = 200;
const MAX_ENTRIES = 1_000;

const MODULE = "/policy.wasm";
const MANIFEST = "/.manifest";
const DATA = "/data.json";
/** Sources that `opa build` packs beside the module, and its signatures. They are read past. */
const SOURCE = /^\/(?:[^/]+\/)*[^/]+\.rego$/;
const SIGNATURES = "/.signatures.json";

/** Reads the bytes of a `bundle.tar.gz`; the failure says what is wrong with it. */
export async function readBundle(packed: Uint8Array): Promise<Outcome<Bundle, string>> {
  if (packed.length > MAX_PACKED_BYTES) {
    return failed(`it has ${packed.length} bytes; ${MAX_PACKED_BYTES} are allowed`);
  }
  const files = await unpack(packed);
  if (!files.ok) return files;
  const wasm = files.value.get(MODULE);
  if (wasm === undefined) return failed("it has no policy.wasm; build it with `opa build -t wasm`");
  const manifest = parseManifest(files.value.get(MANIFEST));
  if (manifest === null) return failed("its .manifest is not the JSON that `opa build` writes");
  const facts = files.value.get(DATA) ?? Buffer.from("{}");
  const data = parseObject(facts);
  if (data === null) return failed("its data.json is no JSON object");
  return done({
    wasm,
    data,
    revision: manifest.revision === "" ? revisionOf(wasm, facts) : manifest.revision,
    entrypoints: manifest.entrypoints,
  });
}

async function unpack(
  packed: Uint8Array,
): Promise<Outcome<ReadonlyMap<string, Uint8Array>, string>> {
  const limit = Math.min(MAX_UNPACKED_BYTES, packed.length * MAX_RATIO);
  const files = new Map<string, Uint8Array>();
  const archive = extract();
  const unzip = createGunzip();
  let bytes = 0;
  unzip.on("data", (chunk: Uint8Array) => {
    bytes += chunk.length;
    if (bytes > limit) unzip.destroy(new Error(`unpacked it has more than ${limit} bytes`));
  });
  unzip.on("error", (error) => archive.destroy(error));
  unzip.pipe(archive);
  unzip.end(packed);
  try {
    for await (const entry of archive) {
      const name = entry.header.name.replace(/^(?:\.?\/)?/, "/");
      if (entry.header.type !== "file") throw new Error(`${name} is not a file`);
      if (files.has(name)) throw new Error(`${name} is there twice`);
      if (!isExpected(name)) {
        throw new Error(`${name} does not belong in a bundle`);
      }
      if (files.size >= MAX_ENTRIES) throw new Error(`it has more than ${MAX_ENTRIES} files`);
      files.set(name, await contentOf(entry));
    }
  } catch (thrown) {
    return failed(thrown instanceof Error ? thrown.message : String(thrown));
  } finally {
    unzip.destroy();
  }
  return done(files);
}

async function contentOf(entry: AsyncIterable<unknown>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of entry) if (chunk instanceof Uint8Array) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** `opa build` merges facts into one data.json; one elsewhere would be a fact that no policy sees. */
function isExpected(name: string): boolean {
  if ([MODULE, MANIFEST, DATA, SIGNATURES].includes(name)) return true;
  return SOURCE.test(name) && !/\/\.{1,2}\//.test(name);
}

function revisionOf(wasm: Uint8Array, facts: Uint8Array): string {
  return `sha256:${sha256(`${sha256(wasm)} ${sha256(facts)}`)}`;
}

function parseManifest(
  bytes: Uint8Array | undefined,
): { readonly revision: string; readonly entrypoints: readonly string[] } | null {
  const manifest = parseObject(bytes);
  if (manifest === null || !Array.isArray(manifest["wasm"])) return null;
  const resolvers: readonly unknown[] = manifest["wasm"];
  const entrypoints = resolvers.flatMap((resolver) =>
    isObject(resolver) && typeof resolver["entrypoint"] === "string"
      ? [resolver["entrypoint"]]
      : [],
  );
  const { revision } = manifest;
  return { revision: typeof revision === "string" ? revision : "", entrypoints };
}

function parseObject(bytes: Uint8Array | undefined): JsonObject | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return isJsonObject(value) ? value : null;
  } catch {
    return null;
  }
}
