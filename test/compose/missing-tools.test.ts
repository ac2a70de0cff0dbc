// Which names of a whitelist nothing offers: a warning about one that something has takes access away from whoever
// follows it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { missingTools } from "../../src/compose/missing-tools.ts";
import { createWarnOfMissing } from "../../src/compose/told-tools.ts";
import type { World } from "../../src/facts/types.ts";
import { done, failed } from "../../src/lib/outcome.ts";
import { createSecret } from "../../src/lib/secret.ts";
import type { Libraries } from "../../src/tools/types.ts";
import { CONFIG, EMPTY_FACTS, EMPTY_LIBRARY, toolboxOf, upstreamNamed } from "../support/world.ts";

const NOTES: Libraries = {
  ...EMPTY_LIBRARY,
  known: ["notes"],
  originOf: ({ action, name }) => {
    if (name === "notes://twice") return failed("contested");
    const has =
      action === "prompts/get" ? /^notes_review$/ : /^notes:\/\/(?:today|\{day\}|monday)$/;
    return has.test(name) ? done("notes") : failed("not_there");
  },
};

interface There {
  readonly library?: Libraries;
  readonly upstreams?: readonly string[];
  readonly off?: readonly string[];
  readonly cloud?: true;
}

function worldOf(
  whitelist: readonly string[],
  { library = NOTES, upstreams = ["notes"], off = [], cloud }: There = {},
): World {
  const toolbox = toolboxOf(
    ["kubectl", "notes_find"],
    async () => assert.fail("nothing runs"),
    library,
  );
  const kubiya = { base_url: "https://cloud.example" };
  const config = {
    ...CONFIG,
    mcpServers: upstreams.map((name) => upstreamNamed(name)),
    mcpServerNames: [...upstreams, ...off],
    ...(cloud && { kubiya, api_key: createSecret("uk_some-key.of~1") }),
  };
  const facts = {
    ...EMPTY_FACTS,
    whitelist: Object.fromEntries(whitelist.map((name) => [name, true as const])),
  };
  return { config, toolbox, facts, digest: "sha256:f" };
}

const CASES: readonly (readonly [string, string, There, "there" | "nowhere" | "untold"])[] = [
  ["a tool", "kubectl", {}, "there"],
  ["a resource", "notes://today", {}, "there"],
  ["a template", "notes://{day}", {}, "there"],
  ["what a template stands for", "notes://monday", {}, "there"],
  ["what two upstreams list", "notes://twice", {}, "there"],
  ["a prompt", "notes_review", {}, "there"],
  ["a mistyped tool", "kubectk", {}, "nowhere"],
  ["a mistyped resource of upstreams that were all read", "notes://todya", {}, "nowhere"],
  ["a mistyped tool of an upstream that was read", "notes_fnid", {}, "nowhere"],
  ["what an upstream that was not read may have", "new_x", { upstreams: ["new"] }, "untold"],
  ["a resource, while one was not read", "x://y", { upstreams: ["notes", "new"] }, "untold"],
  ["a template, while one was not read", "{+any}", { upstreams: ["notes", "new"] }, "untold"],
  [
    "a mistyped tool of one that was read, while another was not",
    "notes_fnid",
    { upstreams: ["notes", "new"] },
    "nowhere",
  ],
  ["a name of an upstream that is off", "old_x", { off: ["old"] }, "nowhere"],
  ["what the cloud may have", "greet", { cloud: true }, "untold"],
  [
    "a name like an upstream's, which no tool of the cloud has",
    "notes_x",
    { cloud: true },
    "nowhere",
  ],
  ["a resource, which the cloud has not", "x://y", { cloud: true }, "nowhere"],
];

for (const [what, name, there, is] of CASES) {
  test(`${what} in the whitelist is ${is}`, () => {
    const { nowhere, untold } = missingTools(worldOf([name], there));
    assert.deepEqual(
      { nowhere, untold },
      { nowhere: is === "nowhere" ? [name] : [], untold: is === "untold" ? [name] : [] },
    );
  });
}

test("a server warns once of each name that nothing offers, and of no other", () => {
  const lines: string[] = [];
  const quiet = (): void => {};
  const warn = createWarnOfMissing({
    ...{ debug: quiet, info: quiet, error: quiet },
    warn: (line) => void lines.push(line),
  });
  const names = ["kubectl", "kubectk", "notes://today", "notes_review", "new_x"];
  const world = worldOf(names, { upstreams: ["notes", "new"] });
  warn(world);
  warn(world);
  assert.deepEqual(lines, ["whitelisted_tools: nothing offers a tool called kubectk"]);
});
