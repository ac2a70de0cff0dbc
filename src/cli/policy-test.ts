import type { PolicyTestReport } from "../decision/types.ts";
import { POLICY_DIR, policyDir, refuse } from "./policy-dir.ts";
import { given } from "./typed.ts";
import { type Command, EXIT } from "./types.ts";

/** `kubiya policy test` */
export const policyTest: Command = {
  name: "policy test",
  summary: "Run a directory's tests on opa and on the compiled wasm, and say what they reach.",
  argument: POLICY_DIR,
  options: [],
  run: async (typed, host) => {
    const dir = await policyDir(typed, host);
    if (!dir.ok) return dir.failure;
    const tested = await host.compiler.test(dir.value);
    if (!tested.ok) return refuse(tested.failure, typed, host);
    const { tests } = tested.value;
    host.answer(
      given(typed, "json") ? `${JSON.stringify(tested.value, null, 2)}\n` : table(tested.value),
    );
    if (tests.length === 0) host.remark("there is no test: write one in a file x_test.rego\n");
    return tests.length > 0 && tests.every(({ opa, wasm }) => opa && wasm) ? EXIT.yes : EXIT.no;
  },
};

function table({ tests, coverage, uncovered }: PolicyTestReport): string {
  const word = (passed: boolean): string => (passed ? "pass" : "FAIL");
  return [
    ...tests.map(({ name, opa, wasm }) => `opa ${word(opa)}  wasm ${word(wasm)}  ${name}`),
    `coverage ${coverage.toFixed(1)} %`,
    ...Object.entries(uncovered).map(
      ([file, lines]) => `  not reached: ${file}: ${lines.join(", ")}`,
    ),
    "",
  ].join("\n");
}
