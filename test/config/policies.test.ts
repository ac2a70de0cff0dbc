import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { homeFor, loaded } from "./world.ts";

const ENABLED = { enable_opa_policies: true };
const POLICIES = { path: "rules" };

/** Which policies are asked; a path is relative to the home. */
const CASES = [
  ["nothing is said", {}, { enabled: false }],
  [
    "the file enables",
    { file: ENABLED },
    { enabled: true, path: ".kubiya/policies", named: false },
  ],
  [
    "the environment enables",
    { environment: { KUBIYA_OPA_ENFORCE: "true" } },
    { enabled: true, path: ".kubiya/policies", named: false },
  ],
  [
    "a flag enables",
    { flags: { enable_opa_policies: true } },
    { enabled: true, path: ".kubiya/policies", named: false },
  ],
  [
    "the environment disables what the file enables",
    { file: ENABLED, environment: { KUBIYA_OPA_ENFORCE: "false" } },
    { enabled: false },
  ],
  [
    "the file enables and names",
    { file: { ...ENABLED, policies: POLICIES } },
    { enabled: true, path: "rules", named: true },
  ],
  [
    "--policies names, and so enables",
    { file: { enable_opa_policies: false, policies: POLICIES }, flags: { policies: "mine" } },
    { enabled: true, path: "mine", named: true },
  ],
  [
    "production needs them where they are enabled",
    { file: ENABLED, flags: { production: true } },
    { enabled: true, path: ".kubiya/policies", named: true },
  ],
  ["production alone enables nothing", { flags: { production: true } }, { enabled: false }],
] as const;

for (const [when, said, counts] of CASES) {
  test(`organisation policies when ${when}: ${JSON.stringify(counts)}`, async (context) => {
    const home = await homeFor(context);
    const { config, warnings } = await loaded(home, said);
    const expected = counts.enabled ? { ...counts, path: join(home, counts.path) } : counts;
    assert.deepEqual(config.policies, expected);
    assert.deepEqual(warnings, []);
  });
}

test("a path in the file alone does not enable, and warns", async (context) => {
  const { config, warnings } = await loaded(await homeFor(context), {
    file: { policies: POLICIES },
  });
  assert.deepEqual(config.policies, { enabled: false });
  assert.deepEqual(
    warnings.map(({ field, message }) => [field, message]),
    [["policies.path", "is not asked: OPA policies are off"]],
  );
});
