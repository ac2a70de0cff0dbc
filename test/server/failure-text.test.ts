import assert from "node:assert/strict";
import { test } from "node:test";
import { failureText } from "../../src/server/failure-text.ts";
import type { ToolFailure } from "../../src/tools/types.ts";

/** What stands against a tool's start, and the words of its mend. */
const MENDS: readonly (readonly [ToolFailure, RegExp])[] = [
  [{ reason: "no_engine", tried: ["docker", "podman"] }, /looked for: docker, podman.*\nInstall/],
  [{ reason: "no_engine", tried: [] }, /allows none\.\nSet `container_engine`/],
  [
    { reason: "engine_silent", engine: "docker", detail: "Cannot connect" },
    /docker does not answer: Cannot connect\.\nStart docker/,
  ],
  [
    { reason: "engine_forbidden", engine: "podman", detail: "permission denied" },
    /may not use podman: permission denied\.\nLet the user the server runs as use podman/,
  ],
  [
    { reason: "no_image", image: "x:1", detail: "manifest unknown" },
    /the image x:1 cannot be had: manifest unknown\.\nPull the image/,
  ],
  [
    { reason: "not_confined", by: "bwrap", detail: "no namespace" },
    /t was not started: bwrap cannot confine it: no namespace\.\nInstall bubblewrap/,
  ],
  [
    { reason: "not_confined", by: "prlimit", detail: "it is not on the server's PATH" },
    /t was not started: prlimit cannot confine it: .*\nInstall util-linux/,
  ],
  [
    { reason: "upstream_changed", upstream: "u", detail: "has changed its definition" },
    /^t was not called: the MCP server u has changed its definition\.\nAsk for the list again; .* `kubiya tools diff`\.$/,
  ],
  [
    {
      ...{ reason: "exited", exitCode: 137, stdout: "", stderr: "", outputBytes: 0 },
      memory: "64m",
    },
    /^t was killed from outside \(exit code 137\): most often it needed more than 64m, its `memory`\.\nRaise/,
  ],
  [
    { reason: "left_running", runner: "far", afterMs: 2_000 },
    /t did not end on the runner far within 2 s, .* may still run there\.\nWhat it did .* look before/,
  ],
];

for (const [failure, words] of MENDS) {
  test(`${JSON.stringify(failure)} is told with a mend of its own`, () => {
    assert.match(failureText("t", failure).join("\n"), words);
  });
}

test("no two of them have the same mend", () => {
  const mends = MENDS.map(([failure]) => failureText("t", failure).at(-1));
  assert.equal(new Set(mends).size, mends.length);
});
