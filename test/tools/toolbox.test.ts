import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { after, test } from "node:test";
import type { Config, ToolDefinition } from "../../src/config/types.ts";
import { mintPermit, type Permit } from "../../src/lib/permit.ts";
import type { Step } from "../../src/tools/types.ts";
import { containers, IMAGE, removeImage, whyNoContainers } from "../support/container.ts";
import { folderFor } from "../support/server.ts";
import { RUNNING, said } from "../support/world.ts";
import { call, stepOf, textOf, toolboxOf, workOf } from "./world.ts";

const skip = whyNoContainers();
after(() => {
  if (skip === false) removeImage();
});

test("a program gets its words as they are, and no shell sees them", async () => {
  const toolbox = await toolboxOf({ name: "printf", type: "shell" });
  assert.equal(
    await textOf(toolbox, { command: "'%s|' '$(id)' ';' 'a b' \"c\"" }),
    "$(id)|;|a b|c|",
  );
});

test("a command that cannot be split runs nothing, and says why", async (context) => {
  const folder = await folderFor(context);
  const toolbox = await toolboxOf({ name: "touch" });
  assert.deepEqual(await call(toolbox, { command: `${folder}/ran 'open` }), {
    ok: false,
    failure: { reason: "not_preparable", field: "command", detail: "a single quote is not closed" },
  });
  assert.deepEqual(await readdir(folder), []);
});

const NEGATIVE: readonly (readonly [NonNullable<ToolDefinition["type"]>, string, string])[] = [
  ["shell", "-x 2>&1 | cat >&2; echo ran", "ran\n"],
  ["bash", "-x 2>&1 | cat >&2; echo ran", "ran\n"],
  ["python", "-1; print('ran')", "ran\n"],
  ["jq", "-1", "-1\n"],
];

for (const [type, content, text] of NEGATIVE) {
  test(`a ${type} script that begins with a dash is a script, not an option`, async () => {
    assert.equal(await textOf(await toolboxOf({ name: "t", type, content })), text);
  });
}

test("values of other types arrive as JSON, defaults are filled in", async () => {
  const toolbox = await toolboxOf({
    name: "t",
    type: "shell",
    content: 'echo "$list $flag $number $map $rest"',
    args: [
      { name: "list", type: "array" },
      { name: "flag", type: "boolean" },
      { name: "number", type: "number" },
      { name: "map", type: "object" },
      { name: "rest", default: "d" },
    ],
  });
  const args = { list: [1, "a"], flag: true, number: 1.5, map: { a: null } };
  assert.equal(await textOf(toolbox, args), '[1,"a"] true 1.5 {"a":null} d\n');
});

test("a tool sees PATH, HOME, TMPDIR, LANG, its arguments, env and secrets, and nothing else", async () => {
  const toolbox = await toolboxOf(
    { name: "t", type: "shell", content: "env", env: ["A=1=2", "B", "MISSING"], secrets: ["S"] },
    { environment: { B: "2", S: "hush", OTHER: "no" } },
  );
  const lines = (await textOf(toolbox)).trim().split("\n");
  const names = lines.map((line) => line.split("=")[0] ?? "");
  const ofTheShell = ["PWD", "OLDPWD", "SHLVL", "_"];
  assert.deepEqual(names.filter((name) => !ofTheShell.includes(name)).toSorted(), [
    "A",
    "B",
    "HOME",
    "LANG",
    "PATH",
    "S",
    "TMPDIR",
  ]);
  assert.ok(lines.includes("A=1=2") && lines.includes("B=2"));
});

test("what a definition fixes, no argument of the same name changes", async () => {
  const tool = { name: "t", content: "true", env: ["A=1"], args: [{ name: "A" }] };
  assert.deepEqual((await workOf(tool, { A: "evil" })).env, { A: "1" });
});

test("limits are the definition's, else the configuration's", async () => {
  const { timeoutMs, maxOutputBytes } = await workOf({ name: "t" }, {});
  assert.deepEqual([timeoutMs, maxOutputBytes], [300_000, 51_200]);
  assert.equal((await workOf({ name: "t", timeout: 1.5 }, {})).timeoutMs, 1_500);
  const image = await workOf({ name: "t", image: "i" }, {});
  assert.ok(image.kind === "container");
  const { network, pull, memory, cpus, pids } = image;
  assert.deepEqual(
    { network, pull, memory, cpus, pids },
    { network: true, pull: "missing", memory: "256m", cpus: 1, pids: 128 },
  );
});

test("output is cut at the limit, and says so", async () => {
  const limits = {
    tool_timeout: 20,
    max_response_size: 4,
    max_tools_in_response: 50,
    default_page_size: 20,
    rate: null,
  };
  const ran = await call(await toolboxOf({ name: "seq" }, { limits }), { command: "100" });
  assert.deepEqual(ran, {
    ok: true,
    value: said("1\n2\n\n[cut: it wrote 292 bytes]", { outputBytes: 292, truncated: true }),
  });
});

test("a tool has a working directory of its own, with its files, which is gone afterwards", async () => {
  const toolbox = await toolboxOf({
    name: "t",
    type: "shell",
    content: "pwd; cat a/b; touch c",
    with_files: [{ path: "a/b", content: "hello" }],
  });
  const [folder = "", content] = (await textOf(toolbox)).split("\n");
  assert.equal(content, "hello");
  await assert.rejects(readdir(folder));
});

test("a permit for another definition, or for a tool that is gone, runs nothing", async (context) => {
  const folder = await folderFor(context);
  const content = `touch ${folder}/ran`;
  const old = await toolboxOf({ name: "t", type: "shell", content });
  const permit = mintPermit("decision", stepOf(old));
  for (const changed of [
    { name: "t", content: `${content} # changed` },
    { name: "t", type: "shell", content, image: "other" },
    { name: "other", type: "shell", content },
  ] as const) {
    const ran = await (await toolboxOf(changed)).run(permit, RUNNING, null);
    assert.equal(!ran.ok && ran.failure.reason, "not_preparable");
  }
  assert.deepEqual(await readdir(folder), []);
});

test("a permit that nobody minted, or that was changed, runs nothing", async (context) => {
  const folder = await folderFor(context);
  const toolbox = await toolboxOf({ name: "t", type: "shell", content: `touch ${folder}/ran` });
  const permit = mintPermit("decision", stepOf(toolbox));
  const read: Permit<Step> = JSON.parse(JSON.stringify(permit));
  for (const forged of [read, { ...permit }, { ...permit, subject: stepOf(toolbox) }]) {
    await assert.rejects(toolbox.run(forged, RUNNING, null), /not minted/);
  }
  assert.deepEqual(await readdir(folder), []);
});

test("an unknown tool is no plan, and a call that does not fit is none either", async () => {
  const toolbox = await toolboxOf({ name: "t" });
  assert.deepEqual(toolbox.plan("u", {}), {
    ok: false,
    failure: { reason: "unknown_tool", name: "u" },
  });
  for (const name of ["__proto__", "constructor", "toString", ""])
    assert.equal(toolbox.plan(name, {}).ok, false);
  const unfit = toolbox.plan("t", { image: "evil" });
  assert.ok(!unfit.ok && unfit.failure.reason === "invalid_arguments");
  assert.deepEqual(unfit.failure.faults, [
    { field: "image", message: "is no argument of this tool" },
  ]);
});

const FAILING: readonly (readonly [string, ToolDefinition, Partial<Config>, object])[] = [
  [
    "a program that the machine lacks",
    { name: "no-such-program-here", type: "shell" },
    {},
    { reason: "not_found", program: "no-such-program-here" },
  ],
  [
    "no container engine",
    { name: "t", type: "docker", image: "i" },
    { container_engine: "none" },
    { reason: "no_engine", tried: [] },
  ],
  [
    "a runner that is not there",
    { name: "t", type: "shell", content: "true", runner: "elsewhere" },
    {},
    { reason: "runner_not_available", runner: "elsewhere" },
  ],
];

for (const [what, definition, config, failure] of FAILING) {
  test(`${what} is told as it is`, async () => {
    assert.deepEqual(await call(await toolboxOf(definition, config)), { ok: false, failure });
  });
}

test("a tool with an image runs in it, as a script and as a program", { skip }, async () => {
  const engine = { container_engine: "podman" } as const;
  const image = { name: "t", image: IMAGE, network: false, pull: "never", memory: "64m" } as const;
  const args = [{ name: "value", required: true }];
  const script = await toolboxOf(
    {
      ...image,
      content: 'cat /etc/f; echo "$value"',
      args,
      with_files: [{ path: "/etc/f", content: "file " }],
    },
    engine,
  );
  assert.equal(await textOf(script, { value: "$(id)" }), "file $(id)\n");
  const program = await toolboxOf({ ...image, entrypoint: "echo" }, engine);
  const command = "--privileged '$(id)' ; ls";
  assert.equal(await textOf(program, { command }), "--privileged $(id) ; ls\n");
  assert.deepEqual(containers(), []);
});
