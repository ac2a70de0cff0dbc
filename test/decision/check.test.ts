import assert from "node:assert/strict";
import { test } from "node:test";
import { checkPolicies } from "../../src/decision/check.ts";
import { compiler, inFolder, listening } from "./rego.ts";
import { canary, denying } from "./server.ts";

const ENDLESS = `package custom

text := concat("", ["aaaaaaaaaaaaaaab" | some _ in numbers.range(1, 5000)])

decision := {"deny": [1 | some _ in numbers.range(1, 100000); contains(text, "aaaaaaaaaaaaaaac")]}
`;

/** What a server refuses, though `opa` has nothing against it. */
const REFUSED: readonly (readonly [
  what: string,
  files: Readonly<Record<string, string>>,
  message: RegExp,
])[] = [
  [
    "facts in the server's place",
    { "custom.rego": denying(null), "data.json": '{"facts": {"roles": {}}}' },
    /facts, which is the server's own/,
  ],
  ["a rule that does not end", { "custom.rego": ENDLESS }, /did not answer within 2000 ms/],
];

for (const [what, files, message] of REFUSED) {
  test(`a directory with ${what}, which a server refuses, does not pass its check`, () =>
    inFolder(files, async (dir) => {
      const parts = { compiler: compiler(), canary: await canary(), log: listening().log };
      const checked = await checkPolicies(dir, parts);
      const { reason, faults } = checked.ok ? assert.fail("it passed") : checked.failure;
      assert.equal(reason, "faulty");
      assert.equal(faults[0]?.path, dir);
      assert.match(faults[0]?.message ?? "", message);
    }));
}

test("a directory that a server can use passes its check, and one that nobody can look at is told", () =>
  inFolder({ "custom.rego": denying("night") }, async (dir) => {
    const parts = { compiler: compiler(), canary: await canary(), log: listening().log };
    assert.equal((await checkPolicies(dir, parts)).ok, true);
    const checked = await checkPolicies(`${dir}/nowhere`, parts);
    assert.equal(checked.ok || checked.failure.reason, "untried");
  }));
