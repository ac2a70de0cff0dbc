import assert from "node:assert/strict";
import { test } from "node:test";
import { done } from "../../src/lib/outcome.ts";
import { mintPermit, type Permit } from "../../src/lib/permit.ts";
import { joinSources } from "../../src/tools/toolbox.ts";
import type { Library, PlacedReading, Source } from "../../src/tools/types.ts";
import { EMPTY_LIBRARY, RUNNING, said, stepOf, toolboxOf, toolNamed } from "../support/world.ts";

const READING: PlacedReading = {
  ...{ action: "resources/read", name: "b:1", arguments: { uri: "b:1" }, origin: "b" },
};

/** A source of one tool, and of what its library has. */
function source(tool: string, uri: string, story: string[] = []): Source {
  const library: Library = {
    origin: tool,
    isKnown: true,
    ...{ templates: [], prompts: [] },
    offers: { ...EMPTY_LIBRARY.offers, resources: true },
    resources: [{ uri, name: uri }],
    lists: ({ name }) => name === uri,
    expandsTo: () => false,
    read: async () => {
      story.push(`read ${uri}`);
      return done({ kind: "given", body: {} });
    },
  };
  const run: Source["run"] = async () => {
    story.push(`run ${tool}`);
    return done(said(tool));
  };
  return { ...toolboxOf([tool], run), library };
}

function joined(...sources: readonly Source[]) {
  const toolbox = joinSources(sources);
  assert.ok(toolbox.ok);
  return toolbox.value;
}

test("each tool and each resource is its own source's", async () => {
  const story: string[] = [];
  const toolbox = joined(source("a", "a:1", story), source("b", "b:1", story));
  assert.deepEqual([...toolbox.catalogue.keys()], ["a", "b"]);
  assert.deepEqual(
    toolbox.library.resources.map(({ uri }) => uri),
    ["a:1", "b:1"],
  );
  await toolbox.run(mintPermit("d", stepOf("b")), RUNNING, null);
  await toolbox.library.read(mintPermit("d", READING), RUNNING, null);
  assert.deepEqual(story, ["run b", "read b:1"]);
});

test("a name that two sources have is a fault", () => {
  const twice = joinSources([source("a", "a:1"), source("b", "b:1"), source("a", "c:1")]);
  assert.ok(!twice.ok);
  assert.deepEqual(
    twice.failure.map(({ field }) => field),
    ["a"],
  );
});

test("no source runs what was decided of another definition", async () => {
  const story: string[] = [];
  const toolbox = joined(source("a", "a:1", story));
  const tool = { ...toolNamed("a"), digest: "sha256:other" };
  const step = { ...stepOf("a"), tool };
  const ran = await toolbox.run(mintPermit("d", step), RUNNING, null);
  assert.equal(!ran.ok && ran.failure.reason, "not_preparable");
  assert.deepEqual(story, []);
});

test("a permit that nobody minted reads nothing", async () => {
  const story: string[] = [];
  const toolbox = joined(source("b", "b:1", story));
  const permit = mintPermit("d", READING);
  const read: Permit<PlacedReading> = JSON.parse(JSON.stringify(permit));
  for (const forged of [read, { ...permit }, { ...permit, subject: READING }]) {
    await assert.rejects(toolbox.library.read(forged, RUNNING, null), /not minted/);
  }
  assert.deepEqual(story, []);
});

test("what is gone since it was decided is not read elsewhere", async () => {
  const ran = await joined(source("a", "a:1")).library.read(
    mintPermit("d", READING),
    RUNNING,
    null,
  );
  assert.equal(!ran.ok && ran.failure.reason, "not_preparable");
});

test("what one source offers is offered, and what none offers is not", () => {
  const plain = { ...source("a", "a:1"), library: null };
  assert.equal(joined(plain).library.offers.resources, false);
  const { offers } = joined(plain, source("b", "b:1")).library;
  assert.deepEqual([offers.resources, offers.prompts], [true, false]);
});
