import assert from "node:assert/strict";
import { test } from "node:test";
import { createTellContested } from "../../src/compose/contested.ts";
import type { LogFacts } from "../../src/lib/log.ts";
import type { Contested } from "../../src/tools/types.ts";

function claimed(name: string, ...origins: readonly string[]): Contested {
  return { name, origins };
}

test("what is left out is told once, and again when it is something else, with who lists it and what to do", () => {
  const told: LogFacts[] = [];
  const unused = (): never => assert.fail("only warnings");
  const warn = (line: string, facts: LogFacts = {}): void => {
    assert.match(line, /take one of them out of mcpServers, or disable it/);
    told.push(facts);
  };
  const tell = createTellContested({ debug: unused, info: unused, warn, error: unused });
  const one = [claimed("a:1", "fs", "git")];
  const others = [claimed("a:1", "fs", "web")];
  const two = [...others, claimed("b:1", "git", "web")];
  for (const contested of [[], one, one, [], one, others, two]) tell(contested);
  assert.deepEqual(told, [
    { contested: one, count: 1 },
    { contested: one, count: 1 },
    { contested: others, count: 1 },
    { contested: two, count: 2 },
  ]);
});
