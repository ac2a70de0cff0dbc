import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../src/lib/json.ts";
import type { Library, Reading } from "../../../src/tools/library.ts";
import { createUpstreamLibrary } from "../../../src/tools/upstream/library.ts";
import type { Upstream } from "../../../src/tools/upstream/types.ts";

/** An upstream of which only its name is asked. */
const asked = async (): Promise<never> => assert.fail("this must not be asked");
const UPSTREAM: Upstream = {
  name: "up",
  presented: () => null,
  state: () => ({ state: "idle" }),
  connect: asked,
  call: asked,
  read: asked,
  close: asked,
};

/** A library of what can be seen, and of one more of each. */
function libraryWith(more: JsonObject): Library {
  const offers = { resources: true, prompts: true, completions: true };
  return createUpstreamLibrary(UPSTREAM, {
    tools: [],
    offers,
    resources: [SEEN.resource, { uri: "a://more", name: "more", ...more }],
    templates: [SEEN.template, { uriTemplate: "b://more/{id}", name: "more", ...more }],
    prompts: [SEEN.prompt, { name: "more", ...more }],
  });
}

const SEEN = {
  resource: { uri: "a://seen", name: "seen", description: "Reads:\n\ta file — ünïcode 👩‍👩‍👧." },
  template: { uriTemplate: "b://seen/{id}", name: "seen" },
  prompt: { name: "seen", arguments: [{ name: "n", description: "A\r\nnumber" }] },
};

const MORE: readonly Reading[] = [
  { action: "resources/read", name: "a://more", arguments: {} },
  { action: "resources/read", name: "b://more/1", arguments: {} },
  { action: "prompts/get", name: "up_more", arguments: {} },
  { action: "completion/complete", name: "b://more/{id}", arguments: {} },
  { action: "completion/complete", name: "up_more", arguments: { ref: { type: "ref/prompt" } } },
];

for (const [what, more] of [
  ["a description that turns the text round", { description: "\u202Eevil" }],
  ["a title with tags that only programs read", { title: "a\u{e0041}" }],
  ["an argument whose description hides a space", { arguments: [{ description: "a\u200Bb" }] }],
  ["a name of a member that nobody sees", { _meta: { "a\u200B": 1 } }],
] as const) {
  test(`what has ${what} is no resource, no template and no prompt`, () => {
    const { resources, templates, prompts, lists, expandsTo } = libraryWith(more);
    assert.deepEqual(
      [resources, templates, prompts],
      [[SEEN.resource], [SEEN.template], [{ ...SEEN.prompt, name: "up_seen" }]],
    );
    for (const reading of MORE)
      assert.equal(lists(reading) || expandsTo(reading), false, reading.name);
  });
}

test("what hides nothing can be read and completed, by its name here", () => {
  const { resources, templates, prompts, lists, expandsTo } = libraryWith({ title: "More" });
  assert.deepEqual([resources.length, templates.length, prompts.length], [2, 2, 2]);
  for (const reading of MORE)
    assert.equal(lists(reading) || expandsTo(reading), true, reading.name);
});
