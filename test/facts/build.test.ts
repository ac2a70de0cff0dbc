import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { basename } from "node:path";
import { test } from "node:test";
import type { Config } from "../../src/config/types.ts";
import { buildWorld } from "../../src/facts/build.ts";
import { createCheckFacts } from "../../src/facts/check.ts";
import { done } from "../../src/lib/outcome.ts";
import { CONFIG, said, toolboxOf } from "../support/world.ts";

const SCHEMAS = "policies/schemas/facts";
const names = await readdir(SCHEMAS);
const schemas = Object.fromEntries(
  await Promise.all(
    names.map(async (name) => [
      basename(name, ".json"),
      JSON.parse(await readFile(`${SCHEMAS}/${name}`, "utf8")),
    ]),
  ),
);
const rules = {
  defaults: JSON.parse(await readFile("policies/facts/defaults.json", "utf8")),
  check: createCheckFacts(schemas),
};
const toolbox = toolboxOf(["kubectl"], async () => done(said("")));

test("a configuration and its tools become facts that the policies' schemas allow", () => {
  const config: Config = {
    ...CONFIG,
    whitelist: ["kubectl", "git"],
    allowed_runners: ["runner1", "prod-*"],
    roles: {
      developer: { permissions: ["tools:list"], allowed_tools: ["kubectl", "git*"] },
      admin: { permissions: ["*"] },
    },
  };
  const world = buildWorld(config, toolbox, rules);
  assert.ok(world.ok);
  const { tools, whitelist, runners, roles } = world.value.facts;
  assert.deepEqual(whitelist, { kubectl: true, git: true });
  assert.deepEqual(runners, {
    enabled: true,
    allowed: { names: { runner1: true }, prefixes: ["prod-"] },
  });
  assert.deepEqual(roles, {
    developer: {
      permissions: { "tools:list": true },
      allowed_tools: { names: { kubectl: true }, prefixes: ["git"] },
    },
    admin: { permissions: { "*": true }, allowed_tools: null },
  });
  assert.deepEqual(tools["kubectl"]?.runner, { name: "local", kind: "local", healthy: true });
});

test("an empty list allows nothing, and a list that is left out sets no limit", () => {
  const empty = buildWorld({ ...CONFIG, whitelist: [], allowed_runners: [] }, toolbox, rules);
  const none = buildWorld(CONFIG, toolbox, rules);
  assert.ok(empty.ok && none.ok);
  assert.deepEqual(empty.value.facts.whitelist, {});
  assert.deepEqual(empty.value.facts.runners.allowed, { names: {}, prefixes: [] });
  assert.equal(none.value.facts.whitelist, null);
  assert.equal(none.value.facts.runners.allowed, null);
});

test("equal facts have equal digests, and another whitelist has another", () => {
  const one = buildWorld({ ...CONFIG, whitelist: ["a", "b"] }, toolbox, rules);
  const same = buildWorld({ ...CONFIG, whitelist: ["b", "a"] }, toolbox, rules);
  const other = buildWorld({ ...CONFIG, whitelist: ["a"] }, toolbox, rules);
  assert.ok(one.ok && same.ok && other.ok);
  assert.equal(one.value.digest, same.value.digest);
  assert.notEqual(one.value.digest, other.value.digest);
});

test("facts that the schemas do not allow are refused with the place", () => {
  const defaults = { ...rules.defaults, sessions_per_credential: "ten" };
  const world = buildWorld(CONFIG, toolbox, { ...rules, defaults });
  assert.equal(world.ok, false);
  assert.match(world.failure, /facts\/defaults\/sessions_per_credential/);
});
