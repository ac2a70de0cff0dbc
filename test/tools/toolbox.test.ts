import assert from "node:assert/strict";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Config, ToolDefinition } from "../../src/config/types.ts";
import type { JsonObject } from "../../src/lib/json.ts";
import { mintPermit } from "../../src/lib/permit.ts";
import { createFindEngine } from "../../src/runners/engine.ts";
import { createResolveRunner } from "../../src/runners/resolve.ts";
import { createRunWork } from "../../src/runners/run.ts";
import { createRunProgram } from "../../src/subprocess/run.ts";
import { createToolbox } from "../../src/tools/toolbox.ts";
import type { Toolbox } from "../../src/tools/types.ts";
import { loadWhitelist } from "../../src/tools/whitelist.ts";
import { containers, IMAGE, removeImage, whyNoContainers } from "../support/container.ts";
import { folderFor, until } from "../support/server.ts";
import { CONFIG } from "../support/world.ts";

const PATH = process.env["PATH"] ?? "/usr/bin:/bin";
const skip = whyNoContainers();
after(() => {
  if (skip === false) removeImage();
});

let ids = 0;
const run = createRunProgram({ graceMs: 300 });
const engineEnv = { PATH, HOME: process.env["HOME"] ?? "/root" };

/** The toolbox of one definition. */
async function toolboxOf(
  definition: ToolDefinition,
  extra: Partial<Config> = {},
): Promise<Toolbox> {
  const config: Config = {
    ...CONFIG,
    path: PATH,
    container_engine: "podman",
    tools: [definition],
    ...extra,
  };
  const findEngine = createFindEngine(config.container_engine, { run, engineEnv });
  const newId = () => `test-${process.pid}-${(ids += 1)}`;
  const runWork = createRunWork({ run, findEngine, engineEnv, path: config.path, newId });
  const tools = await loadWhitelist(config.tools, {
    resolveRunner: createResolveRunner("local"),
    requires: ["tools:execute"],
  });
  assert.ok(tools.ok);
  return createToolbox({ config, tools: tools.value, runWork });
}

/** Plans and runs a call as enforcement does once it is permitted; text, or the reason of the failure. */
async function call(
  toolbox: Toolbox,
  args: JsonObject = {},
  signal: AbortSignal = new AbortController().signal,
) {
  const [name = ""] = toolbox.catalogue.keys();
  const plan = toolbox.plan(name, args);
  if (!plan.ok) return plan.failure.reason;
  const [step] = plan.value.steps;
  assert.ok(step);
  const ran = await toolbox.run(mintPermit("decision", step), { signal, onLine: () => {} });
  return ran.ok ? ran.value.text : ran.failure;
}

const VALUE = { name: "value", required: true };
const TYPES: readonly (readonly [string, ToolDefinition])[] = [
  ["shell", { name: "t", type: "shell", content: 'printf %s "$value"', args: [VALUE] }],
  ["bash", { name: "t", type: "bash", content: 'printf %s "$value"', args: [VALUE] }],
  [
    "python",
    {
      name: "t",
      type: "python",
      content: "import os, sys; sys.stdout.write(os.environ['value'])",
      args: [VALUE],
    },
  ],
  ["jq", { name: "t", type: "jq", content: "$ENV.value", args: [VALUE] }],
];

const HOSTILE = [
  "; touch pwned",
  "$(touch pwned)",
  "`touch pwned`",
  "| touch pwned",
  "&& touch pwned",
  "|| touch pwned",
  "> pwned",
  "< /etc/passwd",
  "\ntouch pwned",
  "' ; touch pwned ; '",
  '" ; touch pwned ; "',
  "$HOME",
  "${PATH}",
  "$((1+1))",
  "~",
  "*",
  "?",
  "[a-z]",
  "{a,b}",
  "!!",
  "--help",
  "-c",
  "-e",
  "--version",
  "-n",
  "--rawfile x /etc/passwd",
  "--",
  "-",
  "--server=https://evil.example",
  "-rf /",
  "PATH=/evil",
  "LD_PRELOAD=/evil.so",
  "a=b",
  "NODE_OPTIONS=--require /evil",
  "../../etc/passwd",
  "/etc/passwd",
  "file:///etc/passwd",
  "%s%n",
  "\\",
  "\\\\",
  "\t",
  "\r",
  "\u001b[31m",
  "\u0007",
  "\u202e",
  "é€😀",
  "",
  " ",
  "  x  ",
  "x".repeat(20_000),
  "null",
  "true",
  "0",
  '{"a":1}',
  "[1]",
  "env.PATH",
  "$ENV.HOME",
  "input",
  "import os; os.system('touch pwned')",
  "__import__('os')",
  "'''",
  '"""',
  "#",
  "//",
  "<script>",
  "${value}",
  "%(value)s",
  "{{value}}",
];

for (const [type, definition] of TYPES) {
  test(`no value changes what a ${type} tool runs: each of ${HOSTILE.length} arrives as it was sent`, async (context) => {
    const toolbox = await toolboxOf(definition);
    const before = await readdir(process.cwd());
    const answers = await Promise.all(HOSTILE.map((value) => call(toolbox, { value })));
    const expected = type === "jq" ? HOSTILE.map((value) => `${JSON.stringify(value)}\n`) : HOSTILE;
    context.diagnostic(`${answers.length} values`);
    if (type === "jq") {
      assert.deepEqual(
        answers.map((answer) => JSON.parse(String(answer))),
        HOSTILE,
      );
    } else {
      assert.deepEqual(answers, expected);
    }
    assert.deepEqual(await readdir(process.cwd()), before);
  });
}

test("a program gets its words as they are, and no shell sees them", async () => {
  const toolbox = await toolboxOf({ name: "printf", type: "shell" });
  assert.equal(await call(toolbox, { command: "'%s|' '$(id)' ';' 'a b' \"c\"" }), "$(id)|;|a b|c|");
  const open = await call(toolbox, { command: "'open" });
  assert.deepEqual(open, {
    reason: "not_preparable",
    field: "command",
    detail: "a single quote is not closed",
  });
});

const UNFIT: readonly (readonly [string, JsonObject])[] = [
  ["an unknown argument", { value: "x", image: "evil" }],
  ["a missing argument", {}],
  ["a wrong type", { value: 7 }],
  ["NUL", { value: "a\0b" }],
  ["a lone surrogate", { value: "\ud800" }],
  ["__proto__", JSON.parse('{"value":"x","__proto__":{"a":1}}')],
  ["1,000 levels of nesting", { value: JSON.parse(`${"[".repeat(1000)}${"]".repeat(1000)}`) }],
  ["more than 1 MiB", { value: "x".repeat(1_100_000) }],
];

for (const [what, args] of UNFIT) {
  test(`arguments with ${what} are refused before anything runs`, async () => {
    const [, [, definition]] = [null, TYPES[0] ?? ["", { name: "t" }]] as const;
    assert.equal(await call(await toolboxOf(definition), args), "invalid_arguments");
  });
}

test("values of other types arrive as JSON, defaults are filled in", async () => {
  const toolbox = await toolboxOf({
    name: "t",
    type: "shell",
    content: 'echo "$list $flag $rest"',
    args: [
      { name: "list", type: "array" },
      { name: "flag", type: "boolean" },
      { name: "rest", default: "d" },
    ],
  });
  assert.equal(await call(toolbox, { list: [1, "a"], flag: true }), '[1,"a"] true d\n');
});

test("a tool sees PATH, HOME, TMPDIR, LANG, its arguments, env and secrets, and nothing else", async () => {
  const toolbox = await toolboxOf(
    { name: "t", type: "shell", content: "env | cut -d= -f1", env: ["A=1", "B"], secrets: ["S"] },
    { environment: { B: "2", S: "hush", OTHER: "no" } },
  );
  const ofTheShell = ["PWD", "OLDPWD", "SHLVL", "_"];
  const names = String(await call(toolbox))
    .trim()
    .split("\n");
  assert.deepEqual(names.filter((name) => !ofTheShell.includes(name)).toSorted(), [
    "A",
    "B",
    "HOME",
    "LANG",
    "PATH",
    "S",
    "TMPDIR",
  ]);
});

test("a secret is hidden in output and in errors, and a missing one stops the tool", async () => {
  const definition: ToolDefinition = {
    name: "t",
    type: "shell",
    content: 'echo "$S"; echo "$S" >&2; exit 3',
    secrets: ["S"],
  };
  const failed = await call(await toolboxOf(definition, { environment: { S: "hush-hush" } }));
  assert.equal(JSON.stringify(failed).includes("hush-hush"), false);
  assert.match(JSON.stringify(failed), /"exitCode":3.*REDACTED/);
  assert.match(
    JSON.stringify(await call(await toolboxOf(definition))),
    /not_preparable.*S.*is not set/,
  );
});

test("a tool has a working directory of its own, with its files, which is gone afterwards", async () => {
  const toolbox = await toolboxOf({
    name: "t",
    type: "shell",
    content: "pwd; cat a/b; touch c",
    with_files: [{ path: "a/b", content: "hello" }],
  });
  const [folder = "", content] = String(await call(toolbox)).split("\n");
  assert.equal(content, "hello");
  await assert.rejects(readdir(folder));
});

test("a permit for another definition runs nothing", async (context) => {
  const folder = await folderFor(context);
  const old = await toolboxOf({ name: "t", type: "shell", content: `touch ${folder}/ran` });
  const changed = await toolboxOf({
    name: "t",
    type: "shell",
    content: `touch ${folder}/ran # changed`,
  });
  const plan = old.plan("t", {});
  assert.ok(plan.ok && plan.value.steps[0]);
  const running = { signal: new AbortController().signal, onLine: () => {} };
  const ran = await changed.run(mintPermit("decision", plan.value.steps[0]), running);
  assert.equal(!ran.ok && ran.failure.reason, "not_preparable");
  assert.deepEqual(await readdir(folder), []);
});

const FAILING: readonly (readonly [string, ToolDefinition, Partial<Config>, string])[] = [
  [
    "a program that the machine lacks",
    { name: "no-such-program-here", type: "shell" },
    {},
    "not_found",
  ],
  [
    "no container engine",
    { name: "t", type: "docker", image: IMAGE },
    { container_engine: "none" },
    "no_engine",
  ],
  [
    "a runner that is not there",
    { name: "t", type: "shell", content: "true", runner: "elsewhere" },
    {},
    "runner_not_available",
  ],
];

for (const [what, definition, config, reason] of FAILING) {
  test(`${what} is told as ${reason}`, async () => {
    const failure = await call(await toolboxOf(definition, config));
    assert.equal(typeof failure === "object" && failure.reason, reason);
  });
}

const CONTAINER: ToolDefinition = {
  name: "t",
  type: "docker",
  image: IMAGE,
  content: 'printf %s "$value"',
  args: [VALUE],
  network: false,
  memory: "64m",
  pids: 32,
  pull: "never",
};

test(
  "a container runs a script, and values change neither image nor options",
  { skip },
  async () => {
    const toolbox = await toolboxOf(CONTAINER);
    for (const value of HOSTILE.filter((_, at) => at % 6 === 0))
      assert.equal(await call(toolbox, { value }), value);
    assert.deepEqual(containers(), []);
  },
);

test(
  "a container is confined: read-only root, no network, no capabilities, and its words are words",
  { skip },
  async () => {
    const script = "touch /x 2>&1; cat /proc/self/status | cat; ls /sys/class/net";
    const answer = String(await call(await toolboxOf({ ...CONTAINER, content: script, args: [] })));
    assert.match(answer, /Read-only file system/);
    assert.match(answer, /CapEff:\s*0000000000000000/);
    assert.match(answer, /NoNewPrivs:\s*1/);
    assert.match(answer, /\nlo\n$/);
    const { content: _content, args: _args, ...program } = CONTAINER;
    const echo = await toolboxOf({ ...program, entrypoint: "echo" });
    assert.equal(
      await call(echo, { command: "--privileged '$(id)' ; ls" }),
      "--privileged $(id) ; ls\n",
    );
  },
);

test("a container's secret shows in no process list", { skip }, async () => {
  const definition: ToolDefinition = {
    ...CONTAINER,
    content: 'test -n "$S" && echo has it',
    args: [],
    secrets: ["S"],
  };
  assert.equal(await call(await toolboxOf(definition, { environment: { S: "hush" } })), "has it\n");
});

test("a container that is cancelled, or out of time, is gone", { skip }, async () => {
  const sleeper: ToolDefinition = { ...CONTAINER, content: "sleep 60", args: [] };
  const abort = new AbortController();
  const cancelled = call(await toolboxOf(sleeper), {}, abort.signal);
  await until(() => containers().length > 0);
  abort.abort();
  const answer = await cancelled;
  assert.equal(typeof answer === "object" && answer.reason, "cancelled");
  const late = await call(await toolboxOf({ ...sleeper, timeout: 1 }));
  assert.equal(typeof late === "object" && late.reason, "timed_out");
  assert.deepEqual(containers(), []);
});

test(
  "an image that is not there, and a program that the image lacks, are told apart",
  { skip },
  async () => {
    const noImage = await call(
      await toolboxOf({ ...CONTAINER, image: "localhost/no-such-image:latest" }),
      { value: "x" },
    );
    assert.equal(typeof noImage === "object" && noImage.reason, "no_image");
    const { content: _content, args: _args, ...program } = CONTAINER;
    const noProgram = await call(await toolboxOf({ ...program, entrypoint: "no-such-program" }));
    assert.equal(typeof noProgram === "object" && noProgram.reason, "not_startable");
  },
);

test("a file that a tool names and that cannot be read is a fault of the configuration", async (context) => {
  const folder = await folderFor(context);
  await mkdir(join(folder, "x"));
  await writeFile(join(folder, "y"), "");
  const tools = await loadWhitelist(
    [{ name: "t", with_files: [{ path: "a", source: join(folder, "nothing") }] }],
    {
      resolveRunner: createResolveRunner("local"),
      requires: [],
    },
  );
  assert.equal(!tools.ok && tools.failure[0]?.message, "cannot be read");
});
