// On the trust boundary: compiles a module that anybody may have written, and refuses one that asks its
// host for more than answering questions takes. It never starts it.

import { isObject } from "../lib/json.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";

declare const compiled: unique symbol;

/** A module whose form was checked. It can be sent to a thread, and opened there without compiling again. */
export interface PolicyModule {
  readonly [compiled]: true;
}

/** The part of the platform that is used here: Node's types leave WebAssembly out. */
declare const WebAssembly: {
  readonly compile: (wasm: Uint8Array) => Promise<PolicyModule>;
  readonly Module: {
    readonly imports: (
      module: PolicyModule,
    ) => readonly { readonly module: string; readonly name: string }[];
    readonly exports: (module: PolicyModule) => readonly { readonly name: string }[];
  };
};

/** What OPA's wasm ABI (version 1) lets a module import. `opa_println` is left out: it writes to stdout. */
const IMPORTS: ReadonlySet<string> = new Set([
  "memory",
  "opa_abort",
  "opa_builtin0",
  "opa_builtin1",
  "opa_builtin2",
  "opa_builtin3",
  "opa_builtin4",
]);

/** What is called of a module. `opa_eval` came with ABI 1.2; before it, a question without input is not told apart. */
const EXPORTS = [
  "builtins",
  "entrypoints",
  "opa_eval",
  "opa_heap_ptr_get",
  "opa_heap_ptr_set",
  "opa_json_dump",
  "opa_json_parse",
  "opa_malloc",
  "opa_wasm_abi_minor_version",
  "opa_wasm_abi_version",
] as const;

/** Compiles a module; the failure says why it is none that can be asked. */
export async function compileModule(wasm: Uint8Array): Promise<Outcome<PolicyModule, string>> {
  let module: PolicyModule;
  try {
    module = await WebAssembly.compile(wasm);
  } catch (thrown) {
    const detail = isObject(thrown) ? String(thrown["message"]) : String(thrown);
    return failed(`policy.wasm is not a module: ${detail}`);
  }
  const foreign = WebAssembly.Module.imports(module).filter(
    ({ module: from, name }) => from !== "env" || !IMPORTS.has(name),
  );
  if (foreign.length > 0) {
    const names = foreign.map(({ module: from, name }) => `${from}.${name}`).join(", ");
    return failed(`policy.wasm imports ${names}, which no policy needs`);
  }
  const exported = new Set(WebAssembly.Module.exports(module).map(({ name }) => name));
  const missing = EXPORTS.filter((name) => !exported.has(name));
  if (missing.length === 0) return done(module);
  return failed(
    `policy.wasm does not export ${missing.join(", ")}; build it with opa 1.9 or later`,
  );
}
