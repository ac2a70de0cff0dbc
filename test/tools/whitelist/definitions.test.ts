import assert from "node:assert/strict";
import { mkdir, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { ToolDefinition } from "../../../src/config/types.ts";
import { createResolveRunner } from "../../../src/runners/resolve.ts";
import { loadWhitelist } from "../../../src/tools/whitelist/definitions.ts";
import { folderFor } from "../../support/server.ts";

const parts = { resolveRunner: createResolveRunner("local", null), requires: ["tools:execute"] };

async function digestOf(definition: ToolDefinition): Promise<string | undefined> {
  const tools = await loadWhitelist([definition], parts);
  assert.ok(tools.ok);
  return tools.value.get(definition.name)?.tool.digest;
}

test("a definition becomes a tool that says where it is from, runs, and what it takes", async () => {
  const tools = await loadWhitelist([{ name: "t", image: "i", description: "d" }], parts);
  assert.ok(tools.ok);
  const { digest, inputSchema, ...tool } = tools.value.get("t")?.tool ?? {};
  assert.match(String(digest), /^sha256:[0-9a-f]{64}$/);
  assert.deepEqual(Object.keys(inputSchema?.["properties"] ?? {}), ["command"]);
  assert.deepEqual(tool, {
    name: "t",
    description: "d",
    source: "whitelist",
    origin: null,
    type: "docker",
    image: "i",
    approved: true,
    requires: ["tools:execute"],
    presentation: {},
    runner: { requested: "default", name: "local", kind: "local", healthy: true },
  });
});

test("whatever changes in a definition changes its digest, its files' content too", async (context) => {
  const source = join(await folderFor(context), "f");
  await writeFile(source, "one");
  const base: ToolDefinition = { name: "t", content: "true", with_files: [{ path: "f", source }] };
  const before = await digestOf(base);
  assert.equal(await digestOf({ ...base }), before);
  const changes: readonly Partial<ToolDefinition>[] = [
    { content: "false" },
    { image: "i" },
    { runner: "auto" },
    { timeout: 5 },
    { entrypoint: "x" },
    { env: ["A=1"] },
    { secrets: ["S"] },
    { network: false },
    { args: [{ name: "a" }] },
    { description: "d" },
  ];
  const digests = await Promise.all(changes.map((change) => digestOf({ ...base, ...change })));
  await writeFile(source, "two");
  const all = [before, ...digests, await digestOf(base)];
  assert.equal(new Set(all).size, all.length);
});

test("a file that a tool names and cannot have is a fault that says what to do", async (context) => {
  const folder = await folderFor(context);
  const path = (name: string) => join(folder, name);
  await mkdir(path("folder"));
  await writeFile(path("binary"), Buffer.from([0xff, 0xfe, 0x00]));
  await writeFile(path("huge"), "");
  await truncate(path("huge"), 2_000_000);
  for (const [name, message] of [
    ["nothing", "cannot be read"],
    ["folder", "is not a file"],
    ["binary", "is not text in UTF-8"],
    ["huge", "is larger than 1048576 bytes"],
  ] as const) {
    const with_files = [{ path: "a", source: path(name) }];
    assert.deepEqual(await loadWhitelist([{ name: "t", with_files }], parts), {
      ok: false,
      failure: [
        {
          path: path(name),
          field: "the file a of the tool t",
          message,
          mend: "correct `source`, or give the file's `content`",
        },
      ],
    });
  }
});

test("the faults of all tools come at once", async () => {
  const with_files = [{ path: "a", source: "/nowhere/at/all" }];
  const tools = await loadWhitelist(
    [{ name: "a", with_files }, { name: "b" }, { name: "c", with_files }],
    parts,
  );
  assert.equal(!tools.ok && tools.failure.length, 2);
});
