import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { test } from "node:test";
import type { Config } from "../../src/config/types.ts";
import type { Log } from "../../src/lib/log.ts";
import type { Redactor } from "../../src/lib/redact.ts";
import { createLog } from "../../src/observe/log.ts";
import { mark, redactorOf } from "../support/observed.ts";

type Level = Config["logging"]["level"];

/** How a log is set, where it is not as usual. */
interface Props {
  readonly level?: Level | (() => Level);
  readonly debug?: boolean;
  readonly json?: boolean;
  readonly requestId?: string;
  readonly redactor?: Redactor;
}

/** What a log wrote while this ran. */
function written(props: Props, speak: (log: Log) => void): string {
  const { level = "info", debug = false, json = false, requestId = null } = props;
  let text = "";
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      text += String(chunk);
      done();
    },
  });
  const logging = () => ({ level: typeof level === "string" ? level : level(), debug });
  const { redactor = redactorOf("hunter2") } = props;
  speak(createLog({ logging, json, stream, redactor, requestId: () => requestId }));
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

test("with debug an error among the facts is its stack, in the same line", () => {
  const error = new Error("went wrong");
  const text = written({ debug: true }, (log) => log.info("said", { error }));
  assert.match(text, /^[^\n]* said error="Error: went wrong\\n {4}at [^\n]*log\.test\.ts[^\n]*\n$/);
});

for (const json of [false, true]) {
  test(`no secret is in a line, wherever it was said (${json ? "JSON" : "text"})`, () => {
    const error = new Error("wrong: hunter2");
    const text = written({ json, debug: true }, (log) => {
      log.info("it is hunter2", { fact: { deep: ["hunter2"] }, hunter2: 1, error });
      log.info("named", { password: "other", url: "https://me:other@host/" });
    });
    assert.doesNotMatch(text, /hunter2|other/);
    assert.equal(text.split(mark("hunter2")).length, 5);
  });

  test(`a line that belongs to a request has its id (${json ? "JSON" : "text"})`, () => {
    const text = written({ json, requestId: "0199" }, (log) => log.info("said", { a: 1 }));
    if (json) assert.equal(JSON.parse(text).request_id, "0199");
    else assert.ok(text.endsWith(" said request_id=0199 a=1\n"), text);
  });
}

test("a line whose secrets cannot be hidden is not written, and nobody breaks off for it", () => {
  const throws = (): never => {
    throw new Error("no memory");
  };
  const redactor = { text: throws, object: throws };
  const text = written({ requestId: "0199", redactor }, (log) => log.info("hunter2"));
  assert.match(text, /^\S+ error a line is missing: [^\n]+ request_id=0199\n$/);
});

test("whatever was thrown is told", () => {
  const circle: Record<string, unknown> = { by: "hunter2" };
  circle["again"] = circle;
  for (const thrown of [circle, 7n, Symbol("s"), () => {}, Object.create(null)]) {
    const text = written({}, (log) => log.error("broke off", { thrown, absent: undefined }));
    assert.match(text, /^\S+ error broke off thrown=[^\n]+\n$/);
    assert.doesNotMatch(text, /hunter2|absent/);
  }
});
