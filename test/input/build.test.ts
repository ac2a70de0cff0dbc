import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { buildInput } from "../../src/input/build.ts";
import { CIRCUMSTANCES, NOON, stepOf } from "../support/world.ts";

const schema = JSON.parse(await readFile("policies/schemas/input.json", "utf8"));
const valid = new Ajv2020({ strict: false }).compile(schema);
const CALL = {
  action: "tools/call",
  step: stepOf("kubectl", { command: "get pods" }),
} as const;
const LIST = { action: "tools/list" } as const;

test("the document of a call fits the schema that policies are checked against", () => {
  assert.ok(valid(buildInput(CIRCUMSTANCES, CALL)), JSON.stringify(valid.errors));
});

test("the document of a call says whose the tool is, and null where it is nobody's", () => {
  assert.equal(buildInput(CIRCUMSTANCES, CALL).tool?.origin, null);
  const { step } = CALL;
  const theirs = { ...step, tool: { ...step.tool, source: "cloud", origin: "s1" } } as const;
  const input = buildInput(CIRCUMSTANCES, { ...CALL, step: theirs });
  assert.ok(valid(input), JSON.stringify(valid.errors));
  assert.equal(input.tool?.origin, "s1");
});

test("the document of a list has every field, and null where none applies", () => {
  const input = buildInput(CIRCUMSTANCES, LIST);
  assert.ok(valid(input), JSON.stringify(valid.errors));
  assert.deepEqual(Object.keys(input).toSorted(), Object.keys(schema.properties).toSorted());
  const { tool, arguments: args, runner, session, reading, requested, subject } = input;
  assert.deepEqual(
    { tool, args, runner, session, reading, requested, subject },
    {
      tool: null,
      args: null,
      runner: null,
      session: null,
      reading: null,
      requested: null,
      subject: null,
    },
  );
});

test("the document of a reading says what is read, and of no tool", () => {
  const asked = {
    action: "resources/read",
    arguments: { uri: "file:///notes" },
    reading: { origin: "notes" },
  } as const;
  const input = buildInput(CIRCUMSTANCES, asked);
  assert.ok(valid(input), JSON.stringify(valid.errors));
  const { tool, arguments: args, runner, reading } = input;
  assert.deepEqual(
    { tool, args, runner, reading },
    { tool: null, args: asked.arguments, runner: null, reading: { origin: "notes" } },
  );
});

test("the moment is told in UTC", () => {
  assert.deepEqual(buildInput(CIRCUMSTANCES, LIST).now, {
    ms: NOON,
    iso: "2026-11-23T12:00:00.000Z",
    weekday: "monday",
    hour: 12,
    minute: 0,
  });
});

test("a policy sees of a tool what it may judge, and nothing of its text", () => {
  assert.deepEqual(Object.keys(buildInput(CIRCUMSTANCES, CALL).tool ?? {}), [
    "name",
    "source",
    "origin",
    "type",
    "image",
    "digest",
    "approved",
    "requires",
  ]);
});
