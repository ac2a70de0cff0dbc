import assert from "node:assert/strict";
import { test } from "node:test";
import { createReport, MAX_NEWS, type Notice } from "../../src/server/news.ts";
import type { LogLevel, News } from "../../src/tools/types.ts";

interface Props {
  readonly progressToken?: string | undefined;
  readonly level?: LogLevel | null;
  readonly clientReads?: () => boolean;
}

function listener({ progressToken, level = null, clientReads = () => true }: Props) {
  const heard: Notice[] = [];
  const notify = async (notice: Notice): Promise<void> => void heard.push(notice);
  return { heard, report: createReport({ progressToken, level, notify, clientReads }) };
}

function line(number: number): News {
  return { kind: "line", text: `line ${number}` };
}

function progress(progress: number, message: string): Notice {
  return { method: "notifications/progress", params: { progressToken: "t", progress, message } };
}

const SAID = { kind: "log", level: "notice", logger: "tool", said: { pods: 3 } } as const;

test("a client is sent so many lines, then that the rest is left out, then nothing", () => {
  const { heard, report } = listener({ progressToken: "t" });
  for (let number = 1; number <= 5 * MAX_NEWS; number += 1) report(line(number));
  assert.equal(heard.length, MAX_NEWS + 1);
  assert.deepEqual(heard[0], progress(1, "line 1"));
  assert.match(JSON.stringify(heard.at(-1)), /The rest .* left out/);
});

test("lines that come while a client does not read are not kept for it", () => {
  let reads = false;
  const { heard, report } = listener({ progressToken: "t", clientReads: () => reads });
  for (let number = 1; number <= 10; number += 1) report(line(number));
  assert.deepEqual(heard, []);
  reads = true;
  report(line(11));
  assert.deepEqual(heard, [progress(11, "line 11")]);
});

test("a request without a progress token is sent no progress", () => {
  const { heard, report } = listener({ level: "debug" });
  report(line(1));
  report({ kind: "progress", progress: 1, total: 2, message: "half" });
  assert.deepEqual(heard, []);
});

test("progress is sent as its source counts it", () => {
  const { heard, report } = listener({ progressToken: "t" });
  report({ kind: "progress", progress: 50, total: 100, message: "half" });
  const { method, params } = progress(50, "half");
  assert.deepEqual(heard, [{ method, params: { ...params, total: 100 } }]);
});

test("a line of log is sent from the level on that the client wants, and to nobody else", () => {
  for (const [level, sent] of [
    ["debug", 1],
    ["notice", 1],
    ["warning", 0],
    [null, 0],
  ] as const) {
    const { heard, report } = listener({ level });
    report(SAID);
    assert.equal(heard.length, sent, String(level));
  }
  const { heard, report } = listener({ level: "info" });
  report(SAID);
  const params = { level: "notice", logger: "tool", data: { pods: 3 } };
  assert.deepEqual(heard, [{ method: "notifications/message", params }]);
});
