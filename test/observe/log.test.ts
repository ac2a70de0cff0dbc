import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { test } from "node:test";
import type { Config } from "../../src/config/types.ts";
import type { Log } from "../../src/lib/log.ts";
import { createLog } from "../../src/observe/log.ts";

type Level = Config["logging"]["level"];

/** What a log wrote while this ran. */
function written(
  {
    level = "info",
    json = false,
  }: { readonly level?: Level | (() => Level); readonly json?: boolean },
  speak: (log: Log) => void,
): string {
  let text = "";
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      text += String(chunk);
      done();
    },
  });
  speak(createLog({ level: typeof level === "string" ? () => level : level, json, stream }));
  return text;
}

test("a line for people has time, level, sentence and facts", () => {
  const text = written({}, (log) =>
    log.warn("too slow", { tool: "kubectl", ms: 12, codes: ["a"] }),
  );
  assert.match(
    text,
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z warn too slow tool=kubectl ms=12 codes=\["a"\]\n$/,
  );
});

test("a line for programs is one JSON object", () => {
  const text = written({ json: true }, (log) => log.error("no", { tool: "kubectl", ms: 12 }));
  const { timestamp, ...rest } = JSON.parse(text);
  assert.deepEqual(rest, { level: "error", message: "no", facts: { tool: "kubectl", ms: 12 } });
  assert.equal(new Date(timestamp).toISOString(), timestamp);
});

for (const [level, heard] of [
  ["error", 1],
  ["warn", 2],
  ["info", 3],
  ["debug", 4],
] as const) {
  test(`at the level ${level} ${heard} of four lines are written`, () => {
    const text = written({ level }, (log) => {
      for (const at of ["debug", "info", "warn", "error"] as const) log[at]("said");
    });
    assert.equal(text.split("\n").length - 1, heard);
  });
}

test("a level that changes counts from the next line on", () => {
  let level: Level = "info";
  const text = written({ level: () => level }, (log) => {
    log.debug("before");
    level = "debug";
    log.debug("after");
    level = "error";
    log.warn("at the end");
  });
  assert.match(text, /^\S+ debug after\n$/);
});

for (const json of [false, true]) {
  test(`nothing that is said can forge a line or hide a part of it (${json ? "JSON" : "text"})`, () => {
    const points = [0x0a, 0x0d, 0x1b, 0x7f, 0x85, 0x9b, 0x061c, 0x200e, 0x2028, 0x202e, 0x2066];
    for (const point of points) {
      const evil = `a${String.fromCharCode(point)}b`;
      const text = written({ json }, (log) =>
        log.info(evil, { fact: evil, [evil]: { deep: evil } }),
      );
      assert.match(text, /^[\x20-\x7e]+\n$/, point.toString(16));
    }
  });
}

test("a fact's text cannot pass for another fact", () => {
  const text = written({}, (log) => log.info("said", { tool: "x user=root", empty: "" }));
  assert.ok(text.endsWith(' info said tool="x user=root" empty=""\n'));
});

test("an error among the facts is its message, without a stack", () => {
  const text = written({}, (log) => log.info("said", { error: new Error("went wrong") }));
  assert.ok(text.endsWith(' said error="went wrong"\n'), text);
});
