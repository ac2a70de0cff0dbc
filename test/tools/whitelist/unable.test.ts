// Tools that would fail as soon as they are called, found without running one.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Config, ToolDefinition } from "../../../src/config/types.ts";
import { createResolveRunner } from "../../../src/runners/resolve.ts";
import { unableTools } from "../../../src/tools/whitelist/unable.ts";
import { CONFIG } from "../../support/world.ts";

/** A machine with a shell on the usual PATH, and a program in a folder of its own. */
const THERE = ["/usr/bin:/bin sh", "/usr/bin:/bin python3", "/own look", "/abs/look"];

function unable(tool: ToolDefinition, config: Partial<Config> = {}): Promise<readonly string[]> {
  const whole = { ...CONFIG, environment: { TOKEN: "t" }, ...config, tools: [tool] };
  return unableTools(whole, {
    findProgram: async (program, { path }) =>
      THERE.includes(program.startsWith("/") ? program : `${path} ${program}`) ? program : null,
    resolveRunner: createResolveRunner(whole.default_runner, null),
  }).then((found) => found.map(({ message }) => message));
}

const VOLUME = { source: "/opt", path: "/opt" };

const CASES: readonly (readonly [string, ToolDefinition, RegExp | null, Partial<Config>?])[] = [
  ["a program that is nowhere", { name: "nope" }, /the program nope is not on its PATH/],
  ["an entrypoint that is nowhere", { name: "a", entrypoint: "b" }, /program b is not on/],
  ["a whole path that is not there", { name: "a", entrypoint: "/b" }, /program \/b is not there/],
  ["a whole path that is there", { name: "a", entrypoint: "/abs/look" }, null],
  ["jq, without jq", { name: "a", type: "jq", content: "1" }, /the program jq/],
  ["bash, without bash", { name: "a", type: "bash", content: "1" }, /the program bash/],
  ["python, with python3", { name: "a", type: "python", content: "1" }, null],
  ["a script without a type", { name: "a", content: "1" }, null],
  ["a program on a PATH of its own", { name: "look", env: ["PATH=/own"] }, null],
  [
    "an interpreter that is not on a PATH of its own",
    { name: "a", content: "1", env: ["PATH=/own"] },
    /the program sh/,
  ],
  [
    "a program that stands in a mounted folder",
    { name: "n", sandbox: "bubblewrap", with_volumes: [VOLUME] },
    null,
  ],
  ["a program that is nowhere, confined", { name: "n", sandbox: "bubblewrap" }, /the program n/],
  ["what runs in a container", { name: "nope", image: "busybox" }, null],
  ["what runs elsewhere", { name: "nope", runner: "far", secrets: ["NONE"] }, null],
  ["what runs elsewhere by default", { name: "nope" }, null, { default_runner: "far" }],
  ["what may not run at all", { name: "nope" }, null, { enable_runners: false }],
  ["a secret that is there", { name: "a", content: "1", secrets: ["TOKEN"] }, null],
  [
    "a secret that is not there",
    { name: "a", content: "1", secrets: ["NONE"] },
    /secret NONE is not set/,
  ],
  [
    "a secret that is not there, for a container",
    { name: "a", image: "busybox", secrets: ["NONE"] },
    /secret NONE is not set/,
  ],
];

for (const [what, tool, says, config] of CASES) {
  test(`${what}: ${says === null ? "nothing is lacking" : "it is said what is lacking"}`, async () => {
    const found = await unable(tool, config);
    assert.equal(found.length, says === null ? 0 : 1, found.join("\n"));
    if (says !== null) assert.match(found[0] ?? "", says);
  });
}
