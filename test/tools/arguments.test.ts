import assert from "node:assert/strict";
import { test } from "node:test";
import type { ToolDefinition } from "../../src/config/types.ts";
import type { JsonObject } from "../../src/lib/json.ts";
import { createCheckArguments } from "../../src/tools/arguments.ts";
import { argumentSchema } from "../../src/tools/whitelist/schema.ts";

const TOOL: ToolDefinition = {
  name: "t",
  content: "true",
  args: [
    { name: "value", required: true },
    { name: "count", type: "integer", default: 3 },
    { name: "size", options: ["s", "m"] },
    { name: "list", type: "array" },
    { name: "rest", type: "object" },
    { name: "toString", default: "d" },
  ],
};

const check = createCheckArguments(argumentSchema(TOOL));
const program = createCheckArguments(argumentSchema({ name: "t" }));
const parsed = (text: string): JsonObject => JSON.parse(text);
const nested = (levels: number) => parsed(`{"list":${"[".repeat(levels)}${"]".repeat(levels)}}`);

test("a schema is closed, and says what is required, offered and filled in", () => {
  assert.deepEqual(argumentSchema(TOOL), {
    type: "object",
    additionalProperties: false,
    properties: {
      value: { type: "string" },
      count: { type: "integer", default: 3 },
      size: { type: "string", enum: ["s", "m"] },
      list: { type: "array" },
      rest: { type: "object" },
      toString: { type: "string", default: "d" },
    },
    required: ["value"],
  });
});

test("an argument that is a secret is one that clients only write", () => {
  const tool = { name: "t", content: "true", args: [{ name: "pin", secret: true }] };
  const schema = argumentSchema(tool);
  assert.deepEqual(schema["properties"], { pin: { type: "string", writeOnly: true } });
  assert.deepEqual(createCheckArguments(schema)({ pin: "1" }), { ok: true, value: { pin: "1" } });
});

test("arguments that fit come back with their defaults, and the caller's object is untouched", () => {
  const args = { value: "x", rest: { a: [1] } };
  assert.deepEqual(check(args), {
    ok: true,
    value: { value: "x", rest: { a: [1] }, count: 3, toString: "d" },
  });
  assert.deepEqual(args, { value: "x", rest: { a: [1] } });
});

test("an argument called like something that every object has is absent until it is given", () => {
  const tool = { name: "t", content: "true", args: [{ name: "constructor", required: true }] };
  const refused = createCheckArguments(argumentSchema(tool))({});
  assert.deepEqual(refused, {
    ok: false,
    failure: [{ field: "constructor", message: "is required" }],
  });
});

const UNFIT: readonly (readonly [string, JsonObject, string, RegExp])[] = [
  ["an unknown argument", { value: "x", image: "evil" }, "image", /no argument of this tool/],
  ["a missing argument", {}, "value", /required/],
  ["a wrong type", { value: 7 }, "value", /must be string/],
  ["a number as text", { value: "x", count: "3" }, "count", /must be integer/],
  ["a broken number", { value: "x", count: 1.5 }, "count", /must be integer/],
  ["null", { value: null }, "value", /must be string/],
  ["none of the options", { value: "x", size: "xl" }, "size", /must be one of \["s","m"\]/],
  ["NUL", { value: "a\0b" }, "value", /NUL/],
  ["NUL in a list", { value: "x", list: [["a\0b"]] }, "list.0.0", /NUL/],
  ["a lone surrogate", { value: "\ud800" }, "value", /surrogate/],
  ["a lone surrogate in a name", { value: "x", rest: { "\udc00": 1 } }, "rest.\ufffd", /surrogate/],
  ["__proto__", parsed('{"value":"x","__proto__":{"a":1}}'), "__proto__", /no argument/],
  [
    "__proto__ within",
    parsed('{"value":"x","rest":{"__proto__":{}}}'),
    "rest.__proto__",
    /no argu/,
  ],
  ["constructor", parsed('{"value":"x","constructor":{}}'), "constructor", /no argument/],
  ["65 levels", nested(65), "", /nested deeper than 64/],
  ["1,000 levels", nested(1_000), "", /nested deeper than 64/],
  ["10,000 levels", nested(10_000), "", /nested deeper than 64/],
  ["a value that no program takes", { value: "x".repeat(122_881) }, "value", /122880 are allowed/],
  ["a list that no program takes", { value: "", list: ["x".repeat(122_881)] }, "list", /122880/],
  ["a list that no policy judges", { value: "", list: Array(5_000).fill(1) }, "", /5000 values/],
  ["more than 1 MiB", { value: "x".repeat(1_048_577) }, "", /1048576 are allowed/],
];

for (const [what, args, field, message] of UNFIT) {
  test(`${what} is refused with its field and its rule`, () => {
    const checked = check(args);
    assert.ok(!checked.ok);
    const [fault] = checked.failure;
    assert.match(fault.message, message);
    const place = /nested/.test(fault.message) ? fault.field.split(".")[0] : fault.field;
    assert.equal(place, /nested/.test(fault.message) ? "list" : field);
  });
}

test("64 levels are allowed", () => {
  assert.equal(check({ value: "x", ...nested(62) }).ok, true);
});

test("all faults come at once, but no more than a person reads", () => {
  const some = check({ count: "x", other: 1 });
  assert.ok(!some.ok);
  assert.deepEqual(some.failure.map(({ field }) => field).toSorted(), ["count", "other", "value"]);
  const names = Array.from({ length: 4_000 }, (_, at) => [`n${at}`, at]);
  const many = check(Object.fromEntries(names));
  assert.equal(!many.ok && many.failure.length, 20);
});

test("a name that a caller chose is told cut", () => {
  const checked = check({ value: "x", ["n".repeat(50_000)]: 1 });
  assert.ok(!checked.ok);
  assert.ok(JSON.stringify(checked.failure).length < 300);
});

test("a program takes one command, as text, or none", () => {
  assert.deepEqual(program({}), { ok: true, value: {} });
  assert.deepEqual(program({ command: "get pods" }), { ok: true, value: { command: "get pods" } });
  for (const args of [{ command: ["get"] }, { command: 1 }, { cmd: "x" }, { args: [] }])
    assert.equal(program(args).ok, false);
});
