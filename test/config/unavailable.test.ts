import assert from "node:assert/strict";
import { test } from "node:test";
import { faults, homeFor, loaded } from "./world.ts";

const PROTECTING: readonly (readonly [object, string])[] = [
  [{ policies: { public_key: "key.pem" } }, "policies.public_key"],
  [{ policies: { algorithm: "RS256" } }, "policies.algorithm"],
];

for (const [file, field] of PROTECTING) {
  test(`${JSON.stringify(file)} would protect, and refuses the start`, async (context) => {
    const found = await faults(await homeFor(context), { file });
    const told = found.filter((fault) => fault.field === field);
    assert.equal(told.length, 1, JSON.stringify(found));
    assert.match(String(told[0]?.message), /^not available yet/);
  });
}

const OFFERING: readonly (readonly [object, string])[] = [
  [{ policies: { shadow: "next" } }, "policies.shadow"],
];

for (const [file, field] of OFFERING) {
  test(`${JSON.stringify(file)} would only offer, and warns`, async (context) => {
    const { warnings } = await loaded(await homeFor(context), { file });
    assert.deepEqual(
      warnings.map((warning) => [warning.field, warning.message]),
      [[field, "not available yet"]],
    );
  });
}

test("what the environment or a flag would offer warns where it was said", async (context) => {
  const home = await homeFor(context);
  const environment = {
    KUBIYA_MCP_ALLOW_PLATFORM_APIS: "1",
  };
  const said = await loaded(home, { environment });
  assert.deepEqual(
    said.warnings.map(({ path, field }) => [path, field]),
    [["environment", "allow_platform_apis"]],
  );
  const typed = await loaded(home, { flags: { allow_platform_apis: true } });
  assert.deepEqual(
    typed.warnings.map(({ path, field }) => [path, field]),
    [["command line", "allow_platform_apis"]],
  );
});

test("every empty list says that it allows nothing", async (context) => {
  const home = await homeFor(context);
  const file = {
    whitelisted_tools: [],
    allowed_runners: [],
    allowed_ips: [],
    roles: { none: { permissions: ["*"], allowed_tools: [] }, all: { permissions: [] } },
  };
  const { config, warnings } = await loaded(home, { file });
  assert.deepEqual([config.whitelist, config.allowed_runners, config.allowed_ips], [[], [], []]);
  assert.deepEqual(
    warnings.map(({ field, message }) => [field, message]),
    ["whitelisted_tools", "allowed_runners", "allowed_ips", "roles.none.allowed_tools"].map(
      (field) => [field, "is empty, and so allows nothing"],
    ),
  );
});

test("a list that a flag empties says so as well", async (context) => {
  const { warnings } = await loaded(await homeFor(context), {
    flags: { whitelisted_tools: [], allowed_runners: [] },
  });
  assert.deepEqual(
    warnings.map(({ path, field }) => [path, field]),
    [
      ["command line", "whitelisted_tools"],
      ["command line", "allowed_runners"],
    ],
  );
});
