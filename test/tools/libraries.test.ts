// Whose a resource or a prompt is, where servers may say of anything that it is theirs.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../src/lib/json.ts";
import { done, failed } from "../../src/lib/outcome.ts";
import { mintPermit } from "../../src/lib/permit.ts";
import { joinLibraries } from "../../src/tools/libraries.ts";
import type { PlacedReading, Reading } from "../../src/tools/types.ts";
import { createUpstreamLibrary } from "../../src/tools/upstream/library.ts";
import type { Presented, UpstreamReading } from "../../src/tools/upstream/types.ts";
import { RUNNING } from "../support/world.ts";

/** What a server of this name says that it has. */
interface Says {
  readonly name: string;
  readonly uris?: readonly string[];
  readonly templates?: readonly string[];
  readonly prompts?: readonly string[];
  readonly completions?: boolean;
  /** It has said nothing yet. */
  readonly silent?: boolean;
  /** What it says that it has when it is asked to read. */
  readonly later?: Omit<Says, "name">;
}

/** The libraries of these servers, in this order, and what was read of whom. */
function joined(...servers: readonly Says[]) {
  const reads: string[] = [];
  const libraries = servers.map((says) => {
    const presented = presentedBy(says);
    const upstream = {
      name: says.name,
      presented: () => presented,
      state: () => ({ state: "ready" }) as const,
      connect: () => assert.fail("what is read connects"),
      call: () => assert.fail("nothing is called"),
      read: async (_permit: unknown, { reading, check }: UpstreamReading) => {
        const checked = check(says.later === undefined ? presented : presentedBy(says.later));
        if (!checked.ok) return checked;
        reads.push(`${says.name} ${reading.name}`);
        return done({ kind: "given", body: {} } as const);
      },
      close: async () => {},
    };
    return createUpstreamLibrary(upstream, says.silent === true ? null : presented);
  });
  return { library: joinLibraries(libraries), reads };
}

function presentedBy(says: Omit<Says, "name">): Presented {
  const { uris = [], templates = [], prompts = [], completions = true } = says;
  return {
    tools: [],
    resources: uris.map((uri) => ({ uri, name: uri })),
    templates: templates.map((uriTemplate) => ({ uriTemplate, name: uriTemplate })),
    prompts: prompts.map((name) => ({ name })),
    offers: { resources: true, prompts: true, completions },
  };
}

function resource(uri: string): Reading {
  return { action: "resources/read", name: uri, arguments: { uri } };
}

function completion(ref: JsonObject, name: string): Reading {
  return { action: "completion/complete", name, arguments: { ref, argument: {}, context: {} } };
}

const NOTES = "file:///notes";
const FILES = "file:///{path}";
const GREEDY: Says = { name: "greedy", templates: ["{+any}"] };
const HONEST: Says = { name: "honest", uris: [NOTES], templates: [FILES] };

for (const order of [
  [GREEDY, HONEST],
  [HONEST, GREEDY],
]) {
  const names = order.map(({ name }) => name).join(" before ");

  test(`${names}: no template takes what another server lists`, async () => {
    const { library, reads } = joined(...order);
    for (const uri of [NOTES, FILES]) {
      assert.deepEqual(library.originOf(resource(uri)), done("honest"));
    }
    const placed = { ...resource(NOTES), origin: "honest" };
    assert.ok((await library.read(mintPermit("d", placed), RUNNING, null)).ok);
    assert.deepEqual(reads, ["honest file:///notes"]);
  });

  test(`${names}: what only templates of both stand for is nobody's`, async () => {
    const { library, reads } = joined(...order);
    const other = resource("file:///other");
    assert.deepEqual(library.originOf(other), failed("contested"));
    for (const origin of ["greedy", "honest", null]) {
      const ran = await library.read(mintPermit("d", { ...other, origin }), RUNNING, null);
      assert.equal(!ran.ok && ran.failure.reason, "not_preparable");
    }
    assert.deepEqual(reads, []);
  });
}

test("whoever has not said what it has is not known", () => {
  const { library } = joined({ name: "a" }, { name: "b", silent: true });
  assert.deepEqual(library.known, ["a"]);
});

test("what one server's template alone stands for is its own, and what none has is not there", () => {
  const { library } = joined(HONEST, { name: "web", templates: ["web://{page}"] });
  assert.deepEqual(library.originOf(resource("web://a")), done("web"));
  assert.deepEqual(library.originOf(resource("ftp://a")), failed("not_there"));
});

test("no template stands for a URI that is too long to be looked for", () => {
  const { library } = joined({ name: "web", templates: ["web://{page}"] });
  const longest = `web://${"a".repeat(2_048 - "web://".length)}`;
  assert.deepEqual(library.originOf(resource(longest)), done("web"));
  assert.deepEqual(library.originOf(resource(`${longest}a`)), failed("not_there"));
});

test("no template stands for a URI that its server would read as another one", () => {
  const { library } = joined({ name: "web", templates: ["web://{+page}"] });
  assert.deepEqual(library.originOf(resource("web://a/b")), done("web"));
  for (const uri of ["web://a/../b", "web://a/%2e%2e/b", "web://a/\tb", "web://a/%62"]) {
    assert.deepEqual(library.originOf(resource(uri)), failed("not_there"), uri);
  }
});

test("what two servers list is nobody's, is left out of the lists, and is told", async () => {
  const [one, two] = [
    { name: "a", uris: ["x:1", "a:1"], templates: ["t:{x}", "a:{x}"] },
    { name: "b", uris: ["x:1", "b:1", "a:{x}"], templates: ["t:{x}", "b:{x}"] },
  ];
  const { library, reads } = joined(one, two);
  assert.deepEqual(
    library.resources.map(({ uri }) => uri),
    ["a:1", "b:1"],
  );
  assert.deepEqual(
    library.templates.map(({ uriTemplate }) => uriTemplate),
    ["b:{x}"],
  );
  const origins = ["a", "b"];
  assert.deepEqual(
    library.contested,
    ["x:1", "t:{x}", "a:{x}"].map((name) => ({ name, origins })),
  );
  for (const origin of ["a", "b", null]) {
    const placed = { ...resource("x:1"), origin };
    assert.deepEqual(library.originOf(placed), failed("contested"));
    const ran = await library.read(mintPermit("d", placed), RUNNING, null);
    assert.equal(!ran.ok && ran.failure.reason, "not_preparable");
  }
  assert.deepEqual(reads, []);
});

test("prompts of one name are nobody's, and keep no resource of that name from being somebody's", () => {
  const { library } = joined(
    { name: "a", prompts: ["b_c", "d"], uris: ["a_b_c"] },
    { name: "a_b", prompts: ["c"] },
  );
  const prompt = (name: string): Reading => ({ action: "prompts/get", name, arguments: { name } });
  assert.deepEqual(library.originOf(prompt("a_b_c")), failed("contested"));
  assert.deepEqual(library.originOf(prompt("a_d")), done("a"));
  assert.deepEqual(library.originOf(resource("a_b_c")), done("a"));
  assert.deepEqual(
    library.prompts.map(({ name }) => name),
    ["a_d"],
  );
});

test("a completion is its template's or prompt's own server's, and nobody's where two list it", () => {
  const { library } = joined(
    { name: "a", templates: ["a:{x}", "t:{x}"], prompts: ["p"] },
    { name: "b", templates: ["t:{x}", "a_p"], completions: false },
  );
  const template = (uri: string): Reading => completion({ type: "ref/resource", uri }, uri);
  const prompt = (name: string): Reading => completion({ type: "ref/prompt", name }, name);
  assert.deepEqual(library.originOf(template("a:{x}")), done("a"));
  assert.deepEqual(library.originOf(template("t:{x}")), failed("contested"));
  assert.deepEqual(library.originOf(prompt("a_p")), done("a"));
  assert.deepEqual(library.originOf(prompt("a:{x}")), failed("not_there"));
});

for (const [what, servers] of [
  ["is another server's now", [{ name: "b", uris: [NOTES] }]],
  ["more than one server lists now", [HONEST, { name: "b", uris: [NOTES] }]],
  ["is nobody's now", []],
  ["its server does not offer any more, whatever it was known to", [{ ...HONEST, later: {} }]],
] as const) {
  test(`what was decided of one server and ${what} is asked of none`, async () => {
    const { library, reads } = joined(...servers);
    const placed: PlacedReading = { ...resource(NOTES), origin: "honest" };
    const ran = await library.read(mintPermit("d", placed), RUNNING, null);
    assert.ok(!ran.ok && ran.failure.reason === "not_preparable");
    assert.match(ran.failure.detail, /has it no more; ask for the list again$/);
    assert.deepEqual(reads, []);
  });
}

test("what a server lists once it is asked is read, whatever else it says then", async () => {
  const { library, reads } = joined({ ...HONEST, later: { uris: [NOTES, "file:///new"] } });
  const placed = { ...resource(NOTES), origin: "honest" };
  assert.ok((await library.read(mintPermit("d", placed), RUNNING, null)).ok);
  assert.deepEqual(reads, ["honest file:///notes"]);
});
