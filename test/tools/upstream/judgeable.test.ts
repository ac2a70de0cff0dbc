import assert from "node:assert/strict";
import { test } from "node:test";
import { createCheckArguments } from "../../../src/tools/arguments.ts";
import { judgeable, promisable } from "../../../src/tools/upstream/judgeable.ts";

test("what can be checked at once is kept as it was written", () => {
  const schema = {
    type: "object",
    additionalProperties: false,
    properties: {
      path: { type: "string", minLength: 1 },
      depth: { type: ["integer", "null"], minimum: 0, exclusiveMaximum: 9 },
      names: { type: "array", items: { type: "string", enum: ["a", "b"] }, maxItems: 2 },
    },
    required: ["path"],
  };
  assert.deepEqual(judgeable(schema), schema);
});

for (const [what, schema, kept] of [
  [
    "a pattern",
    { properties: { a: { type: "string", pattern: "(x+x+)+y" } } },
    { properties: { a: { type: "string" } } },
  ],
  [
    "a reference",
    { properties: { a: { $ref: "#" } }, $ref: "#/$defs/x" },
    { properties: { a: {} } },
  ],
  ["a format", { properties: { a: { format: "uri" } } }, { properties: { a: {} } }],
  ["what must not be", { not: { properties: { a: { pattern: "x" } } } }, {}],
  ["one of several", { oneOf: [{ required: ["a"] }, {}] }, {}],
  [
    "a closed set with patterns of names",
    { additionalProperties: false, patternProperties: { "^a": {} } },
    {},
  ],
  [
    "items after the first ones",
    { properties: { a: { prefixItems: [{}], items: { type: "null" } } } },
    { properties: { a: {} } },
  ],
  ["a type that there is not", { properties: { a: { type: "date" } } }, { properties: { a: {} } }],
  [
    "no schema at all",
    { properties: { a: 7 }, required: "a", enum: [] },
    { properties: { a: {} } },
  ],
  ["another type than an object", { type: "string" }, {}],
] as const) {
  test(`of ${what} nothing is kept that would refuse more than was written`, () => {
    assert.deepEqual(judgeable(schema), { ...kept, type: "object" });
  });
}

test("a schema that is too large to be checked against in good time is left to its author", () => {
  const names = Array.from({ length: 2_000 }, (_, at) => [`name${at}`, { type: "string" }]);
  const schema = { type: "object", properties: Object.fromEntries(names), required: ["name1"] };
  assert.deepEqual(judgeable(schema), { type: "object" });
});

test("arguments are checked against what was kept, and the field that does not fit is named", () => {
  const check = createCheckArguments(
    judgeable({ type: "object", properties: { n: { type: "integer" } }, required: ["n"] }),
  );
  assert.deepEqual(check({ n: 1, more: "x" }), { ok: true, value: { n: 1, more: "x" } });
  assert.deepEqual(check({}), { ok: false, failure: [{ field: "n", message: "is required" }] });
  assert.deepEqual(check({ n: "x" }), {
    ...{ ok: false, failure: [{ field: "n", message: "must be integer" }] },
  });
});

test("what clients hold an answer to keeps its words, and nothing that a hidden secret could break", () => {
  const text = { type: "string", title: "Name", description: "Of the pod.", enum: ["a", "b"] };
  const schema = {
    type: "object",
    description: "A pod.",
    properties: {
      name: { ...text, minLength: 8, maxLength: 9, pattern: "^(", format: "uuid" },
      parents: { type: "array", items: { $ref: "#" }, minItems: 1 },
      words: { title: 7 },
    },
    required: ["name"],
    $defs: { pod: {} },
  };
  assert.deepEqual(promisable(schema), {
    type: "object",
    description: "A pod.",
    properties: {
      name: text,
      parents: { type: "array", items: {}, minItems: 1 },
      words: {},
    },
    required: ["name"],
  });
  const large = { ...schema, description: "x".repeat(20_000) };
  assert.deepEqual(promisable(large), { type: "object" });
});
