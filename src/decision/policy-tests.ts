import { isObject } from "../lib/json.ts";
import { done, type Outcome } from "../lib/outcome.ts";
import { readBundle } from "./bundle.ts";
import { openEngine } from "./engine.ts";
import { compileModule } from "./module.ts";
import { faultsOf, faulty, mustPass, type Opa, parse } from "./opa.ts";
import { bundleOf, type CompilerParts } from "./opa-build.ts";
import type { CompilerFailure, PolicyCompiler, PolicyTestReport } from "./types.ts";

/** A test as `opa test` ran it. */
interface OpaTest {
  /** The path of its rule, as an entrypoint: `custom_test/test_x`. */
  readonly entrypoint: string;
  readonly passed: boolean;
  /** Its cases, when it is a rule with a case for each key. */
  readonly cases: Cases;
}

interface Cases {
  readonly [name: string]: Cases;
}

/** Runs an organisation's tests on `opa`, and again on the compiled module. */
export function createPolicyTests({ opa, capabilities }: CompilerParts): PolicyCompiler["test"] {
  return async (dir) => {
    const common = ["--bundle", ".", "--capabilities", capabilities, "--format", "json"];
    // `opa test` tells what does not compile as text only.
    const checked = await mustPass(opa, dir, ["check", ...common]);
    if (!checked.ok) return checked;
    const args = ["test", ...common];
    const tests = await testsOf(opa, dir, args);
    if (!tests.ok) return tests;
    const onWasm = await runCompiled(opa, dir, { capabilities, tests: tests.value });
    if (!onWasm.ok) return onWasm;
    const covered = await opa(dir, [...args, "--coverage"]);
    if (!covered.ok) return covered;
    return done({
      tests: tests.value.map(({ entrypoint, passed }) => ({
        name: entrypoint,
        opa: passed,
        wasm: onWasm.value.has(entrypoint),
      })),
      ...coverageOf(parse(covered.value.stdout)),
    });
  };
}

async function testsOf(
  opa: Opa,
  dir: string,
  args: readonly string[],
): Promise<Outcome<readonly OpaTest[], CompilerFailure>> {
  const ran = await opa(dir, args);
  if (!ran.ok) return ran;
  const results = parse(ran.value.stdout);
  if (!Array.isArray(results)) return faulty(faultsOf(dir, ran.value));
  const found: readonly unknown[] = results;
  // They run side by side: the order in which they end is none.
  return done(
    found
      .flatMap((result) => (isObject(result) ? (readTest(result) ?? []) : []))
      .toSorted((a, b) => (a.entrypoint < b.entrypoint ? -1 : 1)),
  );
}

function readTest(result: Readonly<Record<string, unknown>>): OpaTest | null {
  const { package: path, name } = result;
  if (typeof path !== "string" || typeof name !== "string") return null;
  const entrypoint = `${path.replace(/^data\./, "").replaceAll(".", "/")}/${name}`;
  const passed = result["fail"] !== true && result["error"] === undefined;
  return { entrypoint, passed, cases: casesOf(result["sub_results"]) };
}

function casesOf(found: unknown): Cases {
  if (!isObject(found)) return {};
  return Object.fromEntries(
    Object.entries(found).map(([name, result]) => [
      name,
      casesOf(isObject(result) ? result["sub_results"] : undefined),
    ]),
  );
}

/** The tests that pass on the compiled module. */
async function runCompiled(
  opa: Opa,
  dir: string,
  { capabilities, tests }: { readonly capabilities: string; readonly tests: readonly OpaTest[] },
): Promise<Outcome<ReadonlySet<string>, CompilerFailure>> {
  const entrypoints = tests.map(({ entrypoint }) => entrypoint);
  if (entrypoints.length === 0) return done(new Set());
  const packed = await bundleOf(opa, dir, [
    ...["--capabilities", capabilities, "--prune-unused"],
    ...entrypoints.flatMap((entrypoint) => ["--entrypoint", entrypoint]),
  ]);
  if (!packed.ok) return packed;
  const bundle = await readBundle(packed.value);
  if (!bundle.ok) return unusable(dir, bundle.failure);
  const module = await compileModule(bundle.value.wasm);
  if (!module.ok) return unusable(dir, module.failure);
  const { data } = bundle.value;
  const engine = await openEngine({ module: module.value, data, entrypoints }, () => {});
  if (!engine.ok) return unusable(dir, engine.failure);
  const passed = new Set<string>();
  for (const { entrypoint, cases } of tests) {
    const answered = await engine.value.ask(entrypoint, {});
    if (answered.ok && holds(answered.value, cases)) passed.add(entrypoint);
  }
  return done(passed);
}

/** A compiled test with cases leaves the failed ones out of its value: every case must be there. */
function holds(value: unknown, cases: Cases): boolean {
  if (Object.keys(cases).length === 0) return value === true;
  if (!isObject(value)) return false;
  return Object.entries(cases).every(([name, inner]) => holds(value[name], inner));
}

function unusable(dir: string, message: string): Outcome<never, CompilerFailure> {
  return faulty([{ path: dir, field: "", message, mend: "correct the policies and their tests" }]);
}

function coverageOf(report: unknown): Pick<PolicyTestReport, "coverage" | "uncovered"> {
  if (!isObject(report) || !isObject(report["files"])) return { coverage: 0, uncovered: {} };
  const policies = Object.entries(report["files"]).filter(([file]) => !file.endsWith("_test.rego"));
  const counted = policies.map(([file, lines]) => {
    const missing = linesOf(isObject(lines) ? lines["not_covered"] : undefined);
    const reached = linesOf(isObject(lines) ? lines["covered"] : undefined);
    return { file, missing, covered: reached.filter((line) => !missing.includes(line)) };
  });
  const covered = counted.reduce((sum, file) => sum + file.covered.length, 0);
  const missing = counted.reduce((sum, file) => sum + file.missing.length, 0);
  return {
    coverage: covered + missing === 0 ? 0 : (covered / (covered + missing)) * 100,
    uncovered: Object.fromEntries(
      counted.filter((file) => file.missing.length > 0).map((file) => [file.file, file.missing]),
    ),
  };
}

/** The lines of ranges `{start: {row}, end: {row}}`, each once: several ranges may share one. */
function linesOf(ranges: unknown): readonly number[] {
  if (!Array.isArray(ranges)) return [];
  const list: readonly unknown[] = ranges;
  const lines = list.flatMap((range) => {
    if (!isObject(range)) return [];
    const [start, end] = [rowOf(range["start"]), rowOf(range["end"])];
    return Array.from({ length: end - start + 1 }, (_, at) => start + at);
  });
  return [...new Set(lines)].toSorted((a, b) => a - b);
}

function rowOf(place: unknown): number {
  const row = isObject(place) ? place["row"] : undefined;
  return typeof row === "number" ? row : 0;
}
