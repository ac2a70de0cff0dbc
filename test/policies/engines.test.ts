import assert from "node:assert/strict";
import { test } from "node:test";
import { build, inFolder, opa, open } from "./module.ts";

/** A test of Rego: its entrypoint, and the cases it has, if it is a table. */
interface RegoTest {
  readonly entrypoint: string;
  readonly cases: readonly string[];
}

async function regoTests(dir: string): Promise<readonly RegoTest[]> {
  const { stdout } = await opa(dir, ["test", "-b", ".", "--format", "json"]);
  const found: unknown = JSON.parse(stdout);
  assert.ok(Array.isArray(found));
  return found.map((one) => {
    const { package: path, name, sub_results: cases } = Object(one);
    const entrypoint = `${String(path).replace(/^data\./, "")}.${String(name)}`.replaceAll(
      ".",
      "/",
    );
    return { entrypoint, cases: Object.keys(Object(cases)) };
  });
}

/** The tests, or cases of them, that are not true on the compiled module. */
async function failing(dir: string, options: readonly string[] = []): Promise<readonly string[]> {
  const tests = await regoTests(dir);
  const names = tests.map(({ entrypoint }) => entrypoint);
  const { evaluate } = await open(await build(dir, names, ["--prune-unused", ...options]));
  return tests.flatMap(({ entrypoint, cases }) => {
    const value = evaluate(entrypoint);
    if (cases.length === 0) return value === true ? [] : [entrypoint];
    return cases
      .filter((name) => Object(value)[name] !== true)
      .map((name) => `${entrypoint} ${name}`);
  });
}

test("every Rego test of the built-in policies passes on the compiled wasm too", async () => {
  assert.ok((await regoTests("policies")).length > 100);
  assert.deepEqual(await failing("policies", ["--capabilities", "capabilities.json"]), []);
});

test("a case that fails is found, though the compiled answer is an object without it", async () => {
  const table = `package table_test

test_sums[name] if {
	some name, case in {"right": [1, 1, 2], "wrong": [1, 1, 3]}
	case[0] + case[1] == case[2]
}

test_wrong if 1 == 2
`;
  await inFolder({ "table_test.rego": table }, async (dir) => {
    const { evaluate } = await open(await build(dir, ["table_test/test_sums"], ["--prune-unused"]));
    assert.deepEqual(evaluate("table_test/test_sums"), { right: true });
    assert.deepEqual((await failing(dir)).toSorted(), [
      "table_test/test_sums wrong",
      "table_test/test_wrong",
    ]);
  });
});
