import assert from "node:assert/strict";
import { test } from "node:test";
import type { ToolDefinition } from "../../../src/config/types.ts";
import { done } from "../../../src/lib/outcome.ts";
import { call, toolboxOf } from "../world.ts";

const IN_CONTAINER: ToolDefinition = { name: "t", type: "shell", content: "x", image: "busybox" };
const AS_PROCESS: ToolDefinition = { name: "t", type: "shell", content: "x" };

for (const [what, definition, exitCode, memory] of [
  ["killed in a container", { ...IN_CONTAINER, memory: "64m" }, 137, "64m"],
  ["killed in a container without a limit of its own", IN_CONTAINER, 137, "256m"],
  ["failed in a container", IN_CONTAINER, 1, undefined],
  ["killed as a process", AS_PROCESS, 137, undefined],
] as const) {
  test(`a tool that is ${what} is ${memory === undefined ? "not " : ""}told of its memory`, async () => {
    const finished = { exitCode, stdout: "", stderr: "", stdoutBytes: 0, truncated: false };
    const ran = await call(await toolboxOf(definition, { runWork: async () => done(finished) }));
    assert.ok(!ran.ok && ran.failure.reason === "exited");
    assert.equal(ran.failure.memory, memory);
  });
}
