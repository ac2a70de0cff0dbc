import assert from "node:assert/strict";
import { before, test } from "node:test";
import { loadPolicy } from "@open-policy-agent/opa-wasm";
import { readBundle } from "../../src/decision/bundle.ts";
import { type Engine, openEngine } from "../../src/decision/engine.ts";
import { compileModule } from "../../src/decision/module.ts";
import type { JsonObject } from "../../src/lib/json.ts";
import { buildRego, loaded, must } from "./rego.ts";

/** A policy with one rule for each thing that may go wrong. */
const REGO = `package custom

decision := {"allow": true} if not data.facts.closed[input.name]
decision := {"allow": false} if data.facts.closed[input.name]

seen := input

hungry := [[i, j, k] | some i in numbers.range(1, 400); some j in numbers.range(1, 400); k := [i, j]]

torn := 1 if input.name
torn := 2 if input.other

chatty if {
	some i in numbers.range(1, 500)
	print("line", i, input.name)
	i == 500
}
`;
const RULES = ["chatty", "decision", "hungry", "seen", "torn"].map((rule) => `custom/${rule}`);
const FACTS = { facts: { closed: { kubectl: true } } };

let wasm: Uint8Array;
before(async () => {
  wasm = must(await readBundle(await buildRego(REGO, ...RULES))).wasm;
});

async function engine(
  data: JsonObject = FACTS,
  print: (line: string) => void = () => {},
): Promise<Engine> {
  const module = must(await compileModule(wasm));
  return must(await openEngine({ module, data, entrypoints: RULES }, print));
}

/** A value as it may come over a wire, whatever the types say. */
function wire(text: string): JsonObject {
  return JSON.parse(text);
}

test("the evaluator itself allows after facts that could not be loaded; an engine does not open", async () => {
  const raw = await loadPolicy(Buffer.from(wasm), { initial: 80, maximum: 100 });
  raw.setData(FACTS);
  const closed = [{ result: { allow: false } }];
  assert.deepEqual(raw.evaluate({ name: "kubectl" }, "custom/decision"), closed);
  const broken = new TextEncoder().encode(`{"facts":{"closed":{"${"x".repeat(200)}":{`).buffer;
  assert.throws(() => raw.setData(broken));
  const open = [{ result: { allow: true } }];
  assert.deepEqual(raw.evaluate({ name: "kubectl" }, "custom/decision"), open);

  const module = must(await compileModule(wasm));
  const unloadable = { facts: { closed: { "\ud800": true } } };
  const opened = await openEngine({ module, data: unloadable, entrypoints: RULES }, () => {});
  assert.match(opened.ok ? "" : opened.failure, /^the module cannot be loaded: /);
});

test("the facts of one engine are not those of another of the same module", async () => {
  const [open, closed] = [await engine({ facts: { closed: {} } }), await engine()];
  for (let round = 0; round < 3; round += 1) {
    const input = { name: "kubectl" };
    assert.deepEqual(must(await closed.ask("custom/decision", input)), { allow: false });
    assert.deepEqual(must(await open.ask("custom/decision", input)), { allow: true });
  }
});

test("what the evaluator takes for no input is never asked about", async () => {
  const asked = await engine();
  for (const text of ["null", "0", '""', "false", "true", "[]", '"text"']) {
    const answered = await asked.ask("custom/decision", wire(text));
    assert.equal(answered.ok ? null : answered.failure.reason, "unfit_input", text);
  }
  const bytes: unknown = new TextEncoder().encode('{"name":').buffer;
  const raw = await loadPolicy(Buffer.from(wasm), { initial: 80 });
  raw.setData(FACTS);
  // The proof of the trap: broken text in an ArrayBuffer is no input, and this policy then allows.
  assert.deepEqual(raw.evaluate(bytes, "custom/decision"), raw.evaluate(null, "custom/decision"));
});

test("an input arrives as it was sent, whatever its names are", async () => {
  const asked = await engine();
  const input = wire(
    '{"__proto__":{"a":1},"constructor":"x","toString":null,"":0,"\\u0000":"\\u0007"}',
  );
  assert.deepEqual(
    JSON.stringify(must(await asked.ask("custom/seen", input))).length,
    JSON.stringify(input).length,
  );
  const seen = must(await asked.ask("custom/seen", input));
  assert.deepEqual(Object.keys(Object(seen)).toSorted(), Object.keys(input).toSorted());
});

const UNFIT: readonly (readonly [what: string, input: JsonObject])[] = [
  ["1,000 levels of arrays", { name: wire(`${"[".repeat(1_000)}${"]".repeat(1_000)}`) }],
  ["1,000 levels of objects", wire(`${'{"a":'.repeat(1_000)}1${"}".repeat(1_000)}`)],
  ["100,000 levels", { name: wire(`${"[".repeat(100_000)}${"]".repeat(100_000)}`) }],
  ["a long text", { name: "x".repeat(1_200_000) }],
  ["a long name", { ["x".repeat(1_200_000)]: 1 }],
  ["many values", { name: Array.from({ length: 20_000 }, () => 1) }],
  ["half a character", { name: "\ud800" }],
  ["half a character in a name", { "\udc00x": 1 }],
];

for (const [what, input] of UNFIT) {
  test(`an input with ${what} is refused before it is evaluated`, async () => {
    const asked = await engine();
    const answered = await asked.ask("custom/decision", input);
    assert.equal(answered.ok ? null : answered.failure.reason, "unfit_input");
  });
}

test("an input at the limits is judged", async () => {
  const asked = await engine();
  const deep = wire(`${"[".repeat(99)}1${"]".repeat(99)}`);
  for (const input of [
    { name: "kubectl", deep },
    { name: "kubectl", text: "ä".repeat(1_000_000) },
    { name: "kubectl", text: "\u0001".repeat(1_000_000) },
    { name: "kubectl", many: Array.from({ length: 9_900 }, (_, at) => `item ${at}`) },
  ]) {
    assert.deepEqual(must(await asked.ask("custom/decision", input)), { allow: false });
  }
});

test("a rule that takes all memory traps, and the next question gets a new instance", async () => {
  const asked = await engine();
  const started = performance.now();
  const answered = await asked.ask("custom/hungry", { name: "kubectl" });
  assert.equal(answered.ok ? null : answered.failure.reason, "trapped");
  assert.ok(performance.now() - started < 3_000);
  assert.deepEqual(must(await asked.ask("custom/decision", { name: "kubectl" })), { allow: false });
});

test("whatever is thrown is a fault with words, and never goes through", async () => {
  const asked = await engine();
  for (const [entrypoint, input] of [
    ["custom/torn", { name: "a", other: "b" }],
    ["custom/absent", { name: "a" }],
    ["custom/hungry", { name: "a" }],
  ] as const) {
    const answered = await asked.ask(entrypoint, input);
    assert.match(answered.ok ? "" : answered.failure.detail, /\w{3}/);
    assert.deepEqual(must(await asked.ask("custom/torn", { name: "a" })), 1);
  }
});

test("an undefined rule has no value", async () => {
  assert.equal(must(await (await engine()).ask("custom/torn", {})), undefined);
});

test("what a policy prints goes to the log in short lines, and not without end", async () => {
  const lines: string[] = [];
  const asked = await engine(FACTS, (line) => lines.push(line));
  assert.equal(must(await asked.ask("custom/chatty", { name: "x".repeat(5_000) })), true);
  assert.equal(lines.length, 100);
  assert.ok(lines.every((line) => line.startsWith("line ") && line.length <= 1_000));
  await asked.ask("custom/chatty", { name: "again" });
  assert.equal(lines.length, 200);
});

test("a module with other entrypoints than expected is refused", async () => {
  const module = must(await compileModule(wasm));
  for (const entrypoints of [RULES.slice(1), [...RULES, "custom/list"]]) {
    const opened = await openEngine({ module, data: {}, entrypoints }, () => {});
    assert.match(opened.ok ? "" : opened.failure, /^its entrypoints are .*; expected are /);
  }
});

test("a module that needs a built-in which WebAssembly lacks is refused when it is opened", async () => {
  const rego = `package custom
decision := {"deny": [x | x := {"code": sprintf("%d", [time.now_ns()])}; startswith(http.send({}).body, "x")]}`;
  const { module, bundle } = await loaded(await buildRego(rego, "custom/decision"));
  const opened = await openEngine({ module, data: {}, entrypoints: bundle.entrypoints }, () => {});
  assert.match(opened.ok ? "" : opened.failure, /http\.send/);
  assert.match(opened.ok ? "" : opened.failure, /time\.now_ns/);
  assert.match(opened.ok ? "" : opened.failure, /sprintf/);
});

/** A module of WebAssembly's binary format with these sections. */
function binary(...sections: readonly (readonly number[])[]): Uint8Array {
  return Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...sections.flat()]);
}

/** Imports a function `(i32)` of this name from `env`. */
function importing(name: string): Uint8Array {
  const entry = [3, ...Buffer.from("env"), name.length, ...Buffer.from(name), 0, 0];
  return binary([1, 5, 1, 0x60, 1, 0x7f, 0], [2, entry.length + 1, 1, ...entry]);
}

test("bytes that are no module, or one that wants more than a policy needs, are refused", async () => {
  for (const [bytes, expected] of [
    [Buffer.from("no module"), /^policy\.wasm is not a module/],
    [wasm.subarray(0, wasm.length / 2), /^policy\.wasm is not a module/],
    [importing("opa_println"), /^policy\.wasm imports env\.opa_println/],
    [importing("read_file"), /^policy\.wasm imports env\.read_file/],
    [binary(), /^policy\.wasm does not export builtins, .*opa_wasm_abi_version/],
  ] as const) {
    const compiled = await compileModule(bytes);
    assert.match(compiled.ok ? "" : compiled.failure, expected);
  }
});
