import assert from "node:assert/strict";
import { test } from "node:test";
import { createTellContested } from "../../src/compose/contested.ts";
import type { LogFacts } from "../../src/lib/log.ts";

test("what is left out is told once, and again when it is something else", () => {
  const told: LogFacts[] = [];
  const unused = (): never => assert.fail("only warnings");
  const warn = (_line: string, facts: LogFacts = {}): void => void told.push(facts);
  const tell = createTellContested({ debug: unused, info: unused, warn, error: unused });
  for (const contested of [[], ["a:1"], ["a:1"], [], ["a:1"], ["a:1", "b:1"]]) tell(contested);
  assert.deepEqual(told, [
    { names: ["a:1"], count: 1 },
    { names: ["a:1"], count: 1 },
    { names: ["a:1", "b:1"], count: 2 },
  ]);
});
