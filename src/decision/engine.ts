// On the trust boundary: the only file that knows the wasm evaluator. It never answers from an instance
// that threw, never changes the facts of a live one, and never evaluates without an input object.

import { type LoadedPolicy, loadPolicy } from "@open-policy-agent/opa-wasm";
import { isJsonObject, isObject, type JsonObject } from "../lib/json.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { MAX_INPUT_SIZE, unfitness } from "./fit.ts";
import type { PolicyModule } from "./module.ts";

/** A compiled policy with its facts: answers one question at a time. */
export interface Engine {
  /** The value of an entrypoint for an input; undefined where the rule is undefined. */
  readonly ask: Ask;
  /** No new requests will come: what it holds goes as soon as the last one is answered. */
  readonly retire: () => void;
}

/** Asks one entrypoint. Never throws. */
export type Ask = (entrypoint: string, input: JsonObject) => Promise<Outcome<unknown, EngineFault>>;

/** Why an engine has no answer. */
export interface EngineFault {
  readonly reason: "trapped" | "timed_out" | "unfit_input";
  readonly detail: string;
}

/** What an engine is opened with. */
export interface EngineSource {
  readonly module: PolicyModule;
  /** What the module reads as `data`. */
  readonly data: JsonObject;
  /** Exactly the entrypoints that the module must have. */
  readonly entrypoints: readonly string[];
}

/** What this host offers beside the built-ins that WebAssembly has natively. */
const OFFERED: ReadonlySet<string> = new Set(["internal.print", "json.is_valid"]);

const PAGE = 64 * 1024;
/** Measured: what the evaluator's heap takes of a byte of JSON, with room. */
const HEAP_PER_BYTE = 14;
const SPARE_BYTES = 4 * 1024 * 1024;
/** What answering may take. A loop that allocates ends here. */
const WORK_BYTES = 32 * 1024 * 1024;

/** What one question may print. */
const MAX_LINES = 100;
const MAX_LINE_LENGTH = 1_000;

/** Opens a module; the failure says why it cannot be used. */
export async function openEngine(
  { module, data, entrypoints }: EngineSource,
  print: (line: string) => void,
): Promise<Outcome<Engine, string>> {
  const initial = pages(Buffer.byteLength(JSON.stringify(data)) * HEAP_PER_BYTE + SPARE_BYTES);
  const maximum = initial + pages(MAX_INPUT_SIZE * HEAP_PER_BYTE + WORK_BYTES);
  let linesLeft = MAX_LINES;

  let current: LoadedPolicy | null;
  try {
    current = await instantiate();
    const unfit = faultOf(current, entrypoints);
    if (unfit !== null) return failed(unfit);
  } catch (thrown) {
    return failed(`the module cannot be loaded: ${sentence(thrown)}`);
  }
  return done({
    ask: async (entrypoint, input) => {
      // The evaluator takes null, 0, "", false and an ArrayBuffer for "no input", or for JSON text.
      const unfit = isJsonObject(input) ? unfitness(input) : "it is not an object";
      if (unfit !== null) return failed({ reason: "unfit_input", detail: unfit });
      try {
        current ??= await instantiate();
        linesLeft = MAX_LINES;
        return done(onlyResult(current.evaluate(input, entrypoint)));
      } catch (thrown) {
        // What a throw left behind cannot be trusted: the next question gets a new instance.
        current = null;
        return failed({ reason: "trapped", detail: sentence(thrown) });
      }
    },
    retire: () => {},
  });

  async function instantiate(): Promise<LoadedPolicy> {
    const policy = await loadPolicy(module, { initial, maximum }, { "internal.print": printed });
    policy.setData(data);
    return policy;
  }

  /** `print` goes to the log: stdout belongs to the protocol. */
  function printed(parts: unknown): true {
    linesLeft -= 1;
    const line = Array.isArray(parts) ? parts.flat().join(" ") : String(parts);
    if (linesLeft >= 0) print(line.slice(0, MAX_LINE_LENGTH));
    return true;
  }
}

/** Why a loaded module is not one that we can ask; null when it is. */
function faultOf(policy: LoadedPolicy, entrypoints: readonly string[]): string | null {
  const found: unknown = policy.entrypoints;
  const names = isObject(found) ? Object.keys(found).toSorted() : [];
  const wanted = entrypoints.toSorted();
  if (names.join() !== wanted.join()) {
    return `its entrypoints are ${names.join(", ")}; expected are ${wanted.join(", ")}`;
  }
  const lacking = hostBuiltins(policy).filter((name) => !OFFERED.has(name));
  if (lacking.length === 0) return null;
  return `it uses ${lacking.join(", ")}, which WebAssembly does not have; see \`capabilities.json\``;
}

/** The built-ins that a module expects of its host (OPA's wasm ABI, `builtins`). */
function hostBuiltins({ wasmInstance, mem }: LoadedPolicy): readonly string[] {
  const { builtins, opa_json_dump: dump } = wasmInstance.exports;
  const start = dump(builtins());
  const bytes = new Uint8Array(mem.buffer);
  const found: unknown = JSON.parse(
    new TextDecoder().decode(bytes.subarray(start, bytes.indexOf(0, start))),
  );
  return isObject(found) ? Object.keys(found) : [];
}

/** The evaluator answers with a set of results, each `{result}`; none where the rule is undefined. */
function onlyResult(results: unknown): unknown {
  if (!Array.isArray(results) || results.length !== 1) return undefined;
  const only: unknown = results[0];
  return isObject(only) ? only["result"] : undefined;
}

/** The evaluator throws strings, plain objects and errors. */
function sentence(thrown: unknown): string {
  if (typeof thrown === "string") return thrown;
  if (isObject(thrown) && typeof thrown["message"] === "string") return thrown["message"];
  return String(thrown);
}

function pages(bytes: number): number {
  return Math.ceil(bytes / PAGE);
}
