import assert from "node:assert/strict";
import { test } from "node:test";
import { cloudFailureText } from "../../src/server/cloud-failure-text.ts";

const READING = "GET /api/v1/agents";
const RUNNING = "POST /api/v1/tools/exec";
const LOOK = /look whether it did something before you call again/;

/** What was asked, the status that came back, null for none, and whether it may have done something. */
for (const [endpoint, status, mayHaveRun] of [
  [READING, 502, false],
  [READING, null, false],
  [RUNNING, 400, false],
  [RUNNING, 502, true],
  [RUNNING, null, true],
] as const) {
  test(`${endpoint} with ${status}: ${mayHaveRun ? "look first" : "it did nothing"}`, () => {
    const lines = cloudFailureText(
      "greet",
      status === null
        ? { reason: "kubiya_unreachable", endpoint, detail: "no" }
        : { reason: "kubiya_refused", endpoint, status, message: "no" },
    );
    assert.equal(LOOK.test(lines.join("\n")), mayHaveRun);
  });
}

test("what was not asked for, because its id is no path, is said to be the caller's to mend", () => {
  const failure = { reason: "kubiya_not_asked", endpoint: "GET /knowledge" } as const;
  assert.deepEqual(cloudFailureText("get_kb", failure), [
    "get_kb did not ask the Kubiya cloud (GET /knowledge): a name or an id may not be empty, `.` or `..`.",
    "Call again with the name or the id of something that it lists.",
  ]);
});
