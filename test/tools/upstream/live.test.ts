import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { digestOf } from "../../../src/lib/digest.ts";
import type { JsonObject } from "../../../src/lib/json.ts";
import { done, failed } from "../../../src/lib/outcome.ts";
import { mintPermit } from "../../../src/lib/permit.ts";
import type { Kept } from "../../../src/tools/upstream/kept.ts";
import { createLive, type Live } from "../../../src/tools/upstream/live.ts";
import type { Presented, Upstream } from "../../../src/tools/upstream/types.ts";
import type { Running, Source } from "../../../src/tools/types.ts";
import { upstreamNamed } from "../../support/world.ts";

const READ = { name: "read", description: "Reads.", inputSchema: { type: "object" } };
const CHANGED = { ...READ, description: "Sends it away." };
const RUNNING: Running = {
  ...{ signal: new AbortController().signal, report: () => {}, capabilities: {}, caller: "ada" },
};

/** A server whose upstreams are objects, and whose store is a map. */
interface World {
  readonly live: Live;
  readonly kept: Map<string, Kept>;
  /** What happened, in this order. */
  readonly events: readonly string[];
  /** An upstream presents these tools. */
  readonly present: (name: string, ...tools: readonly JsonObject[]) => Promise<void>;
  readonly sources: (names: readonly string[], taken?: string) => Promise<readonly Source[]>;
  readonly lines: readonly string[];
  /** What of the store throws now. */
  readonly throws: Set<"keep" | "kept">;
}

function presentedOf(tools: readonly JsonObject[]): Presented {
  const offers = { resources: false, prompts: false, completions: false };
  return { tools, resources: [], templates: [], prompts: [], offers };
}

/** `starts`: what each upstream presents once it is started. */
function world(
  context: TestContext,
  starts: Readonly<Record<string, readonly JsonObject[]>>,
): World {
  const kept = new Map<string, Kept>();
  const events: string[] = [];
  const lines: string[] = [];
  const throws: World["throws"] = new Set();
  const opened = new Map<string, { readonly tell: (tools: readonly JsonObject[]) => void }>();
  const say = (line: string, facts?: object): void =>
    void lines.push(`${line} ${JSON.stringify(facts)}`);
  const live = createLive({
    open: ({ name }, onChange) => {
      let presented: Presented | null = null;
      const tell = (tools: readonly JsonObject[]): void => {
        presented = presentedOf(tools);
        onChange();
      };
      opened.set(name, { tell });
      const upstream: Upstream = {
        name,
        presented: () => presented,
        state: () => ({ state: presented === null ? "idle" : "ready" }),
        connect: async () => {
          events.push(`connect ${name}`);
          const tools = starts[name];
          if (name === "slow") await new Promise(() => {});
          if (tools === undefined) {
            return failed({
              ...{ reason: "upstream_unreachable", upstream: name, detail: "no", retryInMs: 1 },
            });
          }
          if (presented === null) tell(tools);
          return done(presented ?? presentedOf(tools));
        },
        call: async (_permit, { tool, digest, arguments: args }) => {
          events.push(`call ${name} ${tool} ${digest} ${JSON.stringify(args)}`);
          return done({
            ...{ kind: "result", content: [], structured: null, isError: false, exitCode: null },
            ...{ outputBytes: 0, truncated: false },
          });
        },
        read: async () => assert.fail("nobody reads"),
        close: async () => void events.push(`close ${name}`),
      };
      return upstream;
    },
    kept: async () => {
      if (throws.has("kept")) throw new Error("a fault");
      return done([...kept.values()]);
    },
    keep: async (origin, tools) => {
      if (throws.has("keep")) throw new Error("a fault");
      for (const [tool, presented] of tools) {
        const approved = kept.get(tool)?.approved ?? presented;
        kept.set(tool, { tool, origin, approved, presented });
      }
      events.push(`keep ${origin}`);
      return done(undefined);
    },
    requires: ["tools:execute"],
    onChange: () => void events.push("change"),
    stopwatch: () => 0,
    log: { debug: say, info: say, warn: say, error: say },
  });
  context.after(() => live[Symbol.asyncDispose]());
  return {
    ...{ live, kept, events, lines, throws },
    present: async (name, ...tools) => {
      const before = events.length;
      opened.get(name)?.tell(tools);
      await until(() => events.slice(before).includes("change"));
    },
    sources: async (names, taken = "") => {
      const settings = names.map((name) => upstreamNamed(name));
      const found = await live.sources(settings, (name) => name === taken);
      return found.ok ? found.value : assert.fail(found.failure.detail);
    },
  };
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

function toolsOf(sources: readonly Source[]): readonly unknown[] {
  return sources.flatMap(({ catalogue }) =>
    [...catalogue.values()].map(({ name, description, approved }) => [name, description, approved]),
  );
}

test("one that nobody has seen is started and its tools are kept before they are offered", async (context) => {
  const { live, events, sources } = world(context, { fs: [READ] });
  assert.deepEqual(toolsOf(await sources(["fs"])), []);
  live.use([upstreamNamed("fs")]);
  await until(() => events.includes("change"));
  assert.deepEqual(events, ["connect fs", "keep fs", "change"]);
  assert.deepEqual(toolsOf(await sources(["fs"])), [["fs_read", "Reads.", true]]);
});

test("one that is known is not started to be listed, and is asked for what was decided at its first call", async (context) => {
  const { kept, events, sources, live } = world(context, { fs: [READ] });
  kept.set("fs_read", { tool: "fs_read", origin: "fs", approved: READ, presented: READ });
  const [source] = await sources(["fs"]);
  live.use([upstreamNamed("fs")]);
  assert.deepEqual(events, []);
  const plan = source?.plan("fs_read", { path: "x" });
  const step = plan?.ok === true ? plan.value.steps[0] : undefined;
  assert.ok(step !== undefined && source !== undefined);
  const ran = await source.run(mintPermit("d", step), RUNNING, null);
  assert.equal(ran.ok, true);
  assert.deepEqual(events, [`call fs read ${digestOf(READ)} {"path":"x"}`]);
});

test("one that is to be ready is started with the server, though it is known", async (context) => {
  const { kept, events, live } = world(context, { fs: [READ] });
  kept.set("fs_read", { tool: "fs_read", origin: "fs", approved: READ, presented: READ });
  await live.sources([upstreamNamed("fs", true)], () => false);
  live.use([upstreamNamed("fs", true)]);
  await until(() => events.includes("change"));
  assert.equal(events[0], "connect fs");
});

test("a definition that changes shows the approved words and is not approved", async (context) => {
  const { live, events, present, sources } = world(context, { fs: [READ] });
  await sources(["fs"]);
  live.use([upstreamNamed("fs")]);
  await until(() => events.includes("change"));
  await present("fs", CHANGED);
  assert.deepEqual(toolsOf(await sources(["fs"])), [["fs_read", "Reads.", false]]);
});

test("what a tool gives back is a part of what is approved: the approved promise is shown", async (context) => {
  const text = { type: "object", properties: { text: { type: "string" } } };
  const { kept, sources } = world(context, {});
  const keep = (presented: JsonObject, approved: JsonObject): unknown =>
    kept.set("fs_read", { tool: "fs_read", origin: "fs", approved, presented });
  const promise = async (): Promise<unknown> => {
    const [tool] = (await sources(["fs"])).flatMap(({ catalogue }) => [...catalogue.values()]);
    return [tool?.presentation, tool?.approved];
  };
  const promises = { ...READ, outputSchema: text };
  keep(promises, promises);
  assert.deepEqual(await promise(), [{ outputSchema: text }, true]);
  keep({ ...READ, outputSchema: { type: "object" } }, promises);
  assert.deepEqual(await promise(), [{ outputSchema: text }, false]);
  const list = { ...READ, outputSchema: { type: "array" } };
  keep(list, list);
  assert.deepEqual(await promise(), [{}, true]);
});

test("words that nobody approved are offered to nobody", async (context) => {
  const { kept, sources } = world(context, {});
  kept.set("fs_read", { tool: "fs_read", origin: "fs", approved: null, presented: READ });
  assert.deepEqual(toolsOf(await sources(["fs"])), []);
});

test("what is left out is said once for each cause, however often all is put together again", async (context) => {
  const bad = { ...READ, name: "a b" };
  const { live, lines, present, sources, events } = world(context, { fs: [READ, bad] });
  await sources(["fs"], "fs_read");
  live.use([upstreamNamed("fs")]);
  await until(() => events.includes("change"));
  for (const taken of ["fs_read", "fs_read", ""]) await sources(["fs"], taken);
  const leftOut = () => lines.filter((line) => line.includes("left out"));
  assert.equal(leftOut().length, 2, lines.join("\n"));
  await present("fs", READ);
  await sources(["fs"], "fs_read");
  assert.equal(leftOut().length, 3, "what was mended and is there again is said again");
  await present("fs", READ, { ...READ, name: "c d" });
  assert.equal(leftOut().length, 4, lines.join("\n"));
});

test("a tool whose name the configuration has is left out, and that is said", async (context) => {
  const { kept, sources, lines } = world(context, {});
  kept.set("fs_read", { tool: "fs_read", origin: "fs", approved: READ, presented: READ });
  assert.deepEqual(toolsOf(await sources(["fs"], "fs_read")), []);
  assert.match(lines.join("\n"), /fs_read.*its name is taken/);
});

test("one that cannot be started keeps no other from being offered", async (context) => {
  const { live, events, sources } = world(context, { fs: [READ] });
  await sources(["dead", "fs"]);
  live.use([upstreamNamed("dead"), upstreamNamed("fs")]);
  await until(() => events.includes("change"));
  assert.deepEqual(toolsOf(await sources(["dead", "fs"])), [["fs_read", "Reads.", true]]);
});

test("one that is not configured any more ends, one whose setting changed is another", async (context) => {
  const { live, events, sources } = world(context, { fs: [READ], git: [READ] });
  await sources(["fs", "git"]);
  live.use([upstreamNamed("fs")]);
  assert.deepEqual(
    events.filter((event) => event.startsWith("close")),
    ["close git"],
  );
  await live.sources([upstreamNamed("fs", true)], () => false);
  live.use([upstreamNamed("fs", true)]);
  assert.deepEqual(
    events.filter((event) => event.startsWith("close")),
    ["close git", "close fs"],
  );
});

test("an approval by another process is seen while something waits for it", async (context) => {
  const { kept, live, events, sources } = world(context, { fs: [CHANGED] });
  kept.set("fs_read", { tool: "fs_read", origin: "fs", approved: READ, presented: CHANGED });
  await sources(["fs"]);
  kept.set("fs_read", { tool: "fs_read", origin: "fs", approved: CHANGED, presented: CHANGED });
  live.use([upstreamNamed("fs")]);
  await until(() => events.includes("change"));
  assert.deepEqual(toolsOf(await sources(["fs"])), [["fs_read", "Sends it away.", true]]);
});

test("a fault where what is presented is kept is told, and what is presented next is kept", async (context) => {
  const { live, events, lines, throws, present, sources } = world(context, { fs: [READ] });
  throws.add("keep");
  await sources(["fs"]);
  live.use([upstreamNamed("fs")]);
  await until(() => lines.length > 0);
  assert.match(lines.join("\n"), /change was not taken in.*fs/);
  assert.deepEqual(events, ["connect fs"]);
  throws.clear();
  await present("fs", READ);
  assert.deepEqual(events, ["connect fs", "keep fs", "change"]);
});

test("who asks for a list has those that run read again, and waits for none", async (context) => {
  const { kept, events, live, sources } = world(context, { fs: [READ], git: [READ] });
  kept.set("git_read", { tool: "git_read", origin: "git", approved: READ, presented: READ });
  await sources(["fs", "git"]);
  live.use([upstreamNamed("fs"), upstreamNamed("git")]);
  await until(() => events.includes("change"));
  assert.deepEqual(events, ["connect fs", "keep fs", "change"]);
  live.freshen();
  assert.deepEqual(events.slice(3), ["connect fs"]);
});

test("one that is to be ready is read again once a minute, though nobody asks, and no other one is", async (context) => {
  context.mock.timers.enable({ apis: ["setInterval"] });
  const { live, events } = world(context, { fs: [READ], git: [READ] });
  const settings = [upstreamNamed("fs", true), upstreamNamed("git")];
  await live.sources(settings, () => false);
  live.use(settings);
  await until(() => events.filter((event) => event === "change").length === 2);
  const before = events.length;
  context.mock.timers.tick(59_999);
  assert.deepEqual(events.slice(before), []);
  context.mock.timers.tick(1);
  assert.deepEqual(events.slice(before), ["connect fs"]);
});

const NOT_SAID = "it has not said what it has within 0.01 s";

test("a command has every server say what it has now, also one that is known, and is told why one does not", async (context) => {
  const { kept, events, live } = world(context, { fs: [READ] });
  kept.set("fs_read", { tool: "fs_read", origin: "fs", approved: READ, presented: READ });
  const settings = ["fs", "dead", "slow"].map((name) => upstreamNamed(name));
  const unread = await live.meet(settings, 10);
  assert.deepEqual(unread, [
    { name: "dead", why: "no" },
    { name: "slow", why: NOT_SAID },
  ]);
  assert.deepEqual(events, ["connect fs", "connect dead", "connect slow", "keep fs", "change"]);
});

test("a fault where approvals are looked for is told, and they are looked for again", async (context) => {
  const { kept, live, events, lines, throws, sources } = world(context, {});
  kept.set("fs_read", { tool: "fs_read", origin: "fs", approved: READ, presented: CHANGED });
  await sources(["fs"]);
  throws.add("kept");
  live.use([upstreamNamed("fs")]);
  await until(() => lines.length > 0);
  assert.match(lines.join("\n"), /approvals of tools could not be looked for/);
  throws.clear();
  kept.set("fs_read", { tool: "fs_read", origin: "fs", approved: CHANGED, presented: CHANGED });
  live.use([upstreamNamed("fs")]);
  await until(() => events.includes("change"));
});
