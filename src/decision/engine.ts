// On the trust boundary: the only file that knows the wasm evaluator. It never answers from an instance
// that threw, never changes the facts of a live one, and never evaluates without an input object.

import { type LoadedPolicy, loadPolicy } from "@open-policy-agent/opa-wasm";
import { isObject, type JsonObject } from "../lib/json.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";

/** A compiled policy with its facts: answers one question at a time. */
export interface Engine {
  /** The value of an entrypoint for an input; undefined where the rule is undefined. */
  readonly ask: Ask;
  /** No new requests will come: what it holds goes as soon as the last one is answered. */
  readonly retire: () => void;
}

/** Asks one entrypoint; `withinMs` is for an engine that can be ended, in place of its usual deadline. */
export type Ask = (
  entrypoint: string,
  input: JsonObject,
  withinMs?: number,
) => Promise<Outcome<unknown, EngineFault>>;

/** Why an engine has no answer. */
export interface EngineFault {
  readonly reason: "trapped" | "timed_out" | "input_too_large";
  readonly detail: string;
}

/** What an engine is opened with. */
export interface EngineSource {
  readonly wasm: Uint8Array;
  /** What the module reads as `data`. */
  readonly data: JsonObject;
  /** Exactly the entrypoints that the module must have. */
  readonly entrypoints: readonly string[];
}

/** The largest input that is asked about, in bytes of JSON. */
export const MAX_INPUT_BYTES: number = 1024 * 1024 + 64 * 1024;

/** What this host offers beside the built-ins that WebAssembly has natively. */
const OFFERED: ReadonlySet<string> = new Set(["internal.print", "json.is_valid"]);

const PAGE = 64 * 1024;
/** Measured: what the evaluator's heap takes of a byte of JSON, with room. */
const HEAP_PER_BYTE = 14;
const SPARE_BYTES = 4 * 1024 * 1024;

/** Opens a module; the failure says why it cannot be used. */
export async function openEngine(
  { wasm, data, entrypoints }: EngineSource,
  print: (line: string) => void,
): Promise<Outcome<Engine, string>> {
  const initial = pages(JSON.stringify(data).length * HEAP_PER_BYTE + SPARE_BYTES);
  const maximum = initial + pages(MAX_INPUT_BYTES * HEAP_PER_BYTE + SPARE_BYTES);

  const bytes = Uint8Array.from(wasm);

  async function instantiate(): Promise<LoadedPolicy> {
    const policy = await loadPolicy(bytes, { initial, maximum }, printing(print));
    policy.setData(data);
    return policy;
  }

  let current: LoadedPolicy | null;
  try {
    current = await instantiate();
  } catch (thrown) {
    return failed(`the module cannot be loaded: ${sentence(thrown)}`);
  }
  const unfit = unfitness(current, entrypoints);
  if (unfit !== null) return failed(unfit);

  return done({
    ask: async (entrypoint, input) => {
      const bytes = JSON.stringify(input).length;
      if (bytes > MAX_INPUT_BYTES) {
        return failed({ reason: "input_too_large", detail: `the input has ${bytes} bytes` });
      }
      try {
        current ??= await instantiate();
        return done(firstResult(current.evaluate(input, entrypoint)));
      } catch (thrown) {
        // What a throw left behind cannot be trusted: the next question gets a new instance.
        current = null;
        return failed({ reason: "trapped", detail: sentence(thrown) });
      }
    },
    retire: () => {},
  });
}

/** Why a loaded module is not one that we can ask; null when it is. */
function unfitness(policy: LoadedPolicy, entrypoints: readonly string[]): string | null {
  const found: unknown = policy.entrypoints;
  const names = isObject(found) ? Object.keys(found).toSorted() : [];
  if (names.join() !== entrypoints.toSorted().join()) {
    return `its entrypoints are ${names.join(", ")}; expected are ${entrypoints.toSorted().join(", ")}`;
  }
  const lacking = hostBuiltins(policy).filter((name) => !OFFERED.has(name));
  if (lacking.length === 0) return null;
  return `it uses ${lacking.join(", ")}, which WebAssembly does not have; see \`capabilities.json\``;
}

/** The built-ins that a module expects of its host (OPA's wasm ABI, `builtins`). */
function hostBuiltins({ wasmInstance, mem }: LoadedPolicy): readonly string[] {
  const { builtins, opa_json_dump: dump } = wasmInstance.exports;
  const bytes = new Uint8Array(mem.buffer);
  const start = dump(builtins());
  const found: unknown = JSON.parse(
    new TextDecoder().decode(bytes.subarray(start, bytes.indexOf(0, start))),
  );
  return isObject(found) ? Object.keys(found) : [];
}

/** `print` goes to the log: stdout belongs to the protocol. */
function printing(
  print: (line: string) => void,
): Readonly<Record<string, (parts: unknown) => true>> {
  return {
    "internal.print": (parts: unknown) => {
      print(Array.isArray(parts) ? parts.flat().join(" ") : String(parts));
      return true;
    },
  };
}

/** The evaluator answers with a set of results, each `{result}`; none where the rule is undefined. */
function firstResult(results: unknown): unknown {
  const first: unknown = Array.isArray(results) ? results[0] : undefined;
  return isObject(first) ? first["result"] : undefined;
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
