import assert from "node:assert/strict";
import { test } from "node:test";
import type { Access, Log, LogFacts } from "../../src/lib/log.ts";
import { createAccessLog } from "../../src/observe/access-log.ts";

const ACCESS: Access = {
  ...{ method: "POST", path: "/mcp", status: 200, ms: 1.234, bytes: 10 },
  ...{ user: "ada", ip: "10.1.2.3" },
};

/** An access log at the time that a test sets, and what it says. */
function logging() {
  const lines: (readonly [string, LogFacts | undefined])[] = [];
  const say = (message: string, facts?: LogFacts): void => void lines.push([message, facts]);
  const log: Log = { debug: say, info: say, warn: say, error: say };
  let nowMs = 5_000;
  const access = createAccessLog(log, () => nowMs);
  return { ...access, lines, wait: (ms: number) => (nowMs += ms) };
}

test("a request is one line: what was asked, how it ended, for whom", () => {
  const { log, lines } = logging();
  log(ACCESS);
  assert.deepEqual(lines, [["access", { ...ACCESS, ms: 1.2 }]]);
});

test("a path is cut where no path of ours goes on", () => {
  const { log, lines } = logging();
  log({ ...ACCESS, path: `/${"x".repeat(9_000)}` });
  assert.equal(String(lines[0]?.[1]?.["path"]).length, 256);
});

test("whoever is nobody takes no line from somebody", () => {
  const { log, lines, dropped } = logging();
  for (let at = 0; at < 500; at += 1) log({ ...ACCESS, user: null });
  assert.deepEqual([lines.length, dropped()], [100, 400]);
  log(ACCESS);
  assert.deepEqual(lines.at(-1), ["access", { ...ACCESS, ms: 1.2 }]);
});

test("under pressure lines are dropped, counted, and the next second says how many", () => {
  const { log, lines, dropped, wait } = logging();
  for (let at = 0; at < 1_500; at += 1) log(ACCESS);
  assert.deepEqual([lines.length, dropped()], [1_000, 500]);
  wait(1_000);
  log(ACCESS);
  log(ACCESS);
  assert.equal(dropped(), 500);
  assert.deepEqual(lines.slice(1_000), [
    ["lines of the access log were dropped", { lines: 500 }],
    ["access", { ...ACCESS, ms: 1.2 }],
    ["access", { ...ACCESS, ms: 1.2 }],
  ]);
});
