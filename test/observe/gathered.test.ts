import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { createGathered } from "../../src/observe/gathered.ts";

function gathering(context: TestContext) {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const calls: string[] = [];
  const gathered = createGathered({ write: (text: string) => calls.push(text) > 0 });
  const pass = (ms: number): void => context.mock.timers.tick(ms);
  return { ...gathered, calls, pass };
}

test("lines that come together are written together, a tenth of a second after the first", (context) => {
  const { stream, calls, pass } = gathering(context);
  stream.write("one\n");
  pass(60);
  stream.write("two\n");
  assert.deepEqual(calls, []);
  pass(40);
  assert.deepEqual(calls, ["one\ntwo\n"]);
  pass(1_000);
  stream.write("three\n");
  pass(100);
  assert.deepEqual(calls, ["one\ntwo\n", "three\n"]);
});

test("what waits is written at once at the end, and once", (context) => {
  const { stream, flush, calls, pass } = gathering(context);
  stream.write("one\n");
  flush();
  flush();
  pass(1_000);
  assert.deepEqual(calls, ["one\n"]);
});

test("many lines do not wait", (context) => {
  const { stream, calls } = gathering(context);
  for (let at = 0; at < 1_000; at += 1) stream.write(`${"x".repeat(99)}\n`);
  assert.equal(calls.length, 1);
  assert.equal(calls[0]?.length, 65_600);
});
