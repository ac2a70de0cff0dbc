import assert from "node:assert/strict";
import { test } from "node:test";
import { createProgress, MAX_PROGRESS_LINES } from "../../src/server/progress.ts";

interface Heard {
  readonly progressToken: string | number;
  readonly progress: number;
  readonly message: string;
}

function listener(clientReads: () => boolean = () => true) {
  const heard: Heard[] = [];
  const notify = async (params: Heard): Promise<void> => void heard.push(params);
  return { heard, onLine: createProgress({ progressToken: "t", notify, clientReads }) };
}

test("a client is sent so many lines, then that the rest is left out, then nothing", () => {
  const { heard, onLine } = listener();
  for (let line = 1; line <= 5 * MAX_PROGRESS_LINES; line += 1) onLine(`line ${line}`);
  assert.equal(heard.length, MAX_PROGRESS_LINES + 1);
  const [first] = heard;
  assert.deepEqual(first, { progressToken: "t", progress: 1, message: "line 1" });
  assert.match(heard.at(-1)?.message ?? "", /^The rest .* left out/);
});

test("lines that come while a client does not read are not kept for it", () => {
  let reads = false;
  const { heard, onLine } = listener(() => reads);
  for (let line = 1; line <= 10; line += 1) onLine(`line ${line}`);
  assert.deepEqual(heard, []);
  reads = true;
  onLine("line 11");
  assert.deepEqual(heard, [{ progressToken: "t", progress: 11, message: "line 11" }]);
});

test("a request without a progress token is sent no progress", () => {
  const notify = () => assert.fail("notified");
  const onLine = createProgress({ progressToken: undefined, notify, clientReads: () => true });
  onLine("line");
});
