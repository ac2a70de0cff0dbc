import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_LINE_BYTES } from "../../src/audit/line.ts";
import type { AuditedEvent } from "../../src/audit/types.ts";
import { tellNoted } from "../../src/compose/told-tools.ts";
import type { Noted } from "../../src/credential/types.ts";
import { digestOf } from "../../src/lib/digest.ts";
import { done } from "../../src/lib/outcome.ts";

function noted(tool: string, held: boolean): Noted {
  return { tool, digest: digestOf(tool), held };
}

function tell(of: readonly Noted[]) {
  const events: AuditedEvent[] = [];
  const lines: string[] = [];
  const say = (line: string, facts?: object) => void lines.push(`${line} ${JSON.stringify(facts)}`);
  const log = { debug: say, info: say, warn: say, error: say };
  const never = async () => assert.fail("this is no event");
  const event = async (one: AuditedEvent) => {
    events.push(one);
    return done(undefined);
  };
  tellNoted("fs", of, { audit: { begin: never, note: never, close: never, event }, log });
  return { events, lines };
}

test("the trail has every tool that is new or changed, with its digest, those that are held back first", () => {
  const [read, write] = [noted("fs_read", false), noted("fs_write", true)];
  const { events, lines } = tell([read, write]);
  const facts = { origin: "fs", new: 1, held: 1, tools: [write, read] };
  assert.deepEqual(events, [{ event: "definitions", result: "success", facts }]);
  assert.equal(lines.length, 2);
  assert.match(lines[1] ?? "", /held back: kubiya tools diff NAME.*fs_write/);
});

test("very many at once are one event that fits into its line, and no more lines of the log than it names", () => {
  const all = Array.from({ length: 2_000 }, (_, at) => {
    return noted(`fs_${String(at).padStart(61, "x")}`, at >= 1_000);
  });
  const { events, lines } = tell(all);
  assert.equal(events.length, 1);
  const { tools, ...counts } = events[0]?.facts ?? {};
  assert.deepEqual(counts, { origin: "fs", new: 1_000, held: 1_000 });
  assert.deepEqual(tools, all.slice(1_000, 1_200));
  assert.ok(JSON.stringify(events).length < MAX_LINE_BYTES * 0.75);
  assert.equal(lines.length, 1 + 200 + 1);
  assert.match(lines.at(-1) ?? "", /more of them.*800/);
});
