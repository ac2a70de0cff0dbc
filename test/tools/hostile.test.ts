import assert from "node:assert/strict";
import { test } from "node:test";
import type { ToolDefinition } from "../../src/config/types.ts";
import type { JsonObject } from "../../src/lib/json.ts";
import { done } from "../../src/lib/outcome.ts";
import { createRunWork } from "../../src/runners/run.ts";
import type { RunWork } from "../../src/runners/types.ts";
import type { Command } from "../../src/subprocess/types.ts";
import { whyNoSandbox } from "../support/sandbox.ts";
import { HOSTILE, NAMES, REFUSED } from "./hostile.ts";
import { call, PATH, textOf, toolboxOf } from "./world.ts";

const noSandbox = whyNoSandbox();

/** What surrounds a value must stay: options, environment, files, image. */
const AROUND = { env: ["FIXED=1"], secrets: ["S"], runner: "local" };
const CONFIG = {
  environment: { S: "hush-hush" },
  limits: {
    tool_timeout: 60,
    max_response_size: 2_000_000,
    max_tools_in_response: 50,
    default_page_size: 20,
    rate: null,
  },
};
const IN_IMAGE = {
  image: "i",
  with_files: [{ path: "/f", content: "text" }],
  with_volumes: [{ source: "/srv", path: "/srv" }],
};
const HERE = { with_files: [{ path: "f", content: "text" }] };
const SANDBOXED = { ...HERE, sandbox: "bubblewrap", network: false, memory: "1g" } as const;

const SCRIPT = { name: "t", args: [{ name: "value", required: true }], ...AROUND };
const PROGRAM = { name: "t", entrypoint: "printf", ...AROUND };

/** Every way to run a tool: how it is defined, whether `value` or `command` is its argument. */
const WAYS: Readonly<Record<string, ToolDefinition>> = {
  "a shell script": { ...SCRIPT, ...HERE, type: "shell", content: "x" },
  "a bash script": { ...SCRIPT, ...HERE, type: "bash", content: "x" },
  "a python script": { ...SCRIPT, ...HERE, type: "python", content: "x" },
  "a jq program": { ...SCRIPT, ...HERE, type: "jq", content: "x" },
  "a script in a container": { ...SCRIPT, ...IN_IMAGE, type: "docker", content: "x" },
  "a python script in a container": { ...SCRIPT, ...IN_IMAGE, type: "python", content: "x" },
  "a script in a sandbox": { ...SCRIPT, ...SANDBOXED, type: "shell", content: "x" },
  "a program": { ...PROGRAM, ...HERE },
  "a program in a container": { ...PROGRAM, ...IN_IMAGE },
  "a program in a sandbox": { ...PROGRAM, ...SANDBOXED },
};

for (const [what, definition] of Object.entries(WAYS)) {
  const skip = what.endsWith("sandbox") && noSandbox;

  test(
    `each hostile value has its own place in what starts ${what}, and changes nothing else`,
    { skip },
    async () => {
      const { started, toolbox } = await noting(definition);
      const script = definition.content !== undefined;
      const argsOf = (value: string): JsonObject =>
        script ? { value } : { command: `first ${quoted(value)} last` };
      const harmless = await started(toolbox, argsOf("harmless"));
      for (const value of HOSTILE.filter((each) => carried(definition, each)))
        assert.deepEqual(await started(toolbox, argsOf(value)), replaced(harmless, value));
    },
  );

  test(`what ${what} cannot be given is refused, and nothing is started`, async () => {
    const { commands, toolbox } = await noting(definition);
    const own = definition.content === undefined ? "command" : "value";
    const calls: readonly JsonObject[] = [
      ...REFUSED.map((value) => ({ [own]: value })),
      ...NAMES.map((name) => ({ [own]: "x", [name]: "x" })),
      ...[null, 1, true, [], ["x"], {}, { toString: "x" }].map((value) => ({ [own]: value })),
    ];
    for (const args of calls) {
      const plan = toolbox.plan("t", args);
      assert.equal(!plan.ok && plan.failure.reason, "invalid_arguments", JSON.stringify(args));
    }
    assert.deepEqual(commands, []);
  });
}

for (const [what, definition] of Object.entries(WAYS).filter(
  ([, { content }]) => content === undefined,
)) {
  const skip = what.endsWith("sandbox") && noSandbox;

  test(`a hostile command is words of ${what} or refused, and never more`, { skip }, async () => {
    const { started, commands, toolbox } = await noting(definition);
    const harmless = await started(toolbox, { command: "harmless" });
    for (const command of HOSTILE) {
      commands.length = 0;
      const ran = await call(toolbox, { command });
      if (!/['"\\]/.test(command)) {
        const words = command.split(/[ \t\r\n]+/).filter((word) => word !== "");
        assert.deepEqual(commands.map(settled), [replaced(harmless, ...words)]);
      } else if (ran.ok) {
        const [all] = commands.map(settled);
        const before = harmless.args.slice(0, -1);
        assert.deepEqual(all?.args.slice(0, before.length), before);
        assert.deepEqual({ ...all, args: [] }, { ...harmless, args: [] });
      } else {
        assert.equal(ran.failure.reason, "not_preparable");
        assert.deepEqual(commands, []);
      }
    }
  });
}

for (const what of ["a script in a container", "a python script in a container"]) {
  test(`what would not arrive as it was sent in ${what} is refused, and nothing is started`, async () => {
    const definition = WAYS[what] ?? PROGRAM;
    const { commands, toolbox } = await noting(definition);
    const values = HOSTILE.filter((value) => !carried(definition, value));
    assert.ok(values.includes("\r\n"));
    for (const value of values) {
      const ran = await call(toolbox, { value });
      assert.equal(!ran.ok && ran.failure.reason, "not_preparable");
    }
    assert.deepEqual(commands, []);
  });
}

/** Whether a container's variable can be given this: podman drops the carriage return of a line break. */
function carried({ image, content }: ToolDefinition, value: string): boolean {
  return image === undefined || content === undefined || !value.includes("\r\n");
}

const AT_ONCE = 24;
const MARK = "\u001e";
const places = Array.from({ length: AT_ONCE }, (_, at) => `v${at}`);
const each = (write: (place: string) => string): string => places.map(write).join("");

/** Scripts that say what they were given, then all else that they have. */
const SHELL = `printf '%s\\036'${each((place) => ` "$${place}"`)}
  ls -A; cat f; echo "$0 $*"; env -0${each((place) => ` -u ${place}`)}`;
const REAL: Readonly<Record<string, ToolDefinition>> = {
  shell: { name: "t", type: "shell", content: SHELL },
  bash: { name: "t", type: "bash", content: SHELL },
  python: {
    name: "t",
    type: "python",
    content: `import os, sys
given = [os.environ.pop(name) for name in ${JSON.stringify(places)}]
rest = [os.listdir(), open("f").read(), sys.argv, sorted(os.environ.items())]
sys.stdout.write("".join(value + chr(30) for value in given) + repr(rest))`,
  },
  jq: {
    name: "t",
    type: "jq",
    content: `(${places.map((place) => `$ENV.${place}`).join(",")}), ($ENV | del(${places.map((place) => `.${place}`).join(",")}))`,
  },
};

for (const [type, definition] of Object.entries(REAL)) {
  for (const sandbox of ["none", "bubblewrap"] as const) {
    const skip = sandbox === "bubblewrap" && noSandbox;
    const where = sandbox === "none" ? "" : " in a sandbox";
    test(
      `a real ${type} tool${where} gets each of ${HOSTILE.length} values byte for byte, and nothing else changes`,
      { skip },
      async () => {
        const args = places.map((name) => ({ name }));
        const tool = { ...definition, ...AROUND, ...HERE, args, sandbox };
        const toolbox = await toolboxOf(tool, CONFIG);
        const told = async (values: readonly string[]): Promise<Told> => {
          const given = Object.fromEntries(places.map((place, at) => [place, values[at] ?? ""]));
          return parsed(type, await textOf(toolbox, given));
        };
        const { rest } = await told([]);
        assert.match(rest, type === "jq" ? /"FIXED":\s*"1"/ : /text[\s\S]*FIXED/);
        for (let at = 0; at < HOSTILE.length; at += AT_ONCE) {
          const values = HOSTILE.slice(at, at + AT_ONCE);
          const padded = places.map((_, its) => values[its] ?? "");
          assert.deepEqual(await told(values), { values: padded, rest });
        }
      },
    );
  }
}

for (const sandbox of ["none", "bubblewrap"] as const) {
  const skip = sandbox === "bubblewrap" && noSandbox;
  test(
    `a real program gets all ${HOSTILE.length} values as words, with the sandbox ${sandbox}`,
    { skip },
    async () => {
      const toolbox = await toolboxOf({ name: "printf", sandbox }, CONFIG);
      for (let at = 0; at < HOSTILE.length; at += 100) {
        const values = HOSTILE.slice(at, at + 100);
        const command = ["'%s\\036'", ...values.map(quoted)].join(" ");
        assert.deepEqual((await textOf(toolbox, { command })).split(MARK).slice(0, -1), values);
      }
    },
  );
}

test("there are at least 200 hostile values", () => {
  assert.ok(HOSTILE.length + REFUSED.length >= 200);
});

interface Told {
  readonly values: readonly string[];
  readonly rest: string;
}

/** What a real tool said; only its folder's name differs from run to run. */
function parsed(type: string, said: string): Told {
  const rest = (text: string): string => text.replaceAll(/kubiya-run-\w{6}/g, "kubiya-run");
  if (type !== "jq") {
    const parts = said.split(MARK);
    return { values: parts.slice(0, -1), rest: rest(parts.at(-1) ?? "") };
  }
  // jq writes a text a line, and then the object.
  const lines = said.split("\n");
  const values = lines.slice(0, AT_ONCE).map((line): unknown => JSON.parse(line));
  return { values: values.map(String), rest: rest(lines.slice(AT_ONCE).join("\n")) };
}

/** A toolbox whose programs are noted instead of started, by the very code that would start them. */
async function noting(definition: ToolDefinition) {
  const commands: Command[] = [];
  const runWork: RunWork = createRunWork({
    run: async (command) => {
      commands.push(command);
      return done({ exitCode: 0, stdout: "", stderr: "", stdoutBytes: 0, truncated: false });
    },
    findEngine: async () => done("docker"),
    engineEnv: { PATH },
    path: PATH,
    newId: () => "n",
    owner: "o",
  });
  const toolbox = await toolboxOf(definition, { ...CONFIG, runWork });
  return {
    commands,
    toolbox,
    started: async (of: typeof toolbox, args: JsonObject): Promise<Command> => {
      commands.length = 0;
      const ran = await call(of, args);
      assert.ok(ran.ok, JSON.stringify(ran));
      const [command, ...more] = commands;
      assert.ok(command !== undefined && more.length === 0);
      return settled(command);
    },
  };
}

/** Without the folder's name, which is another in each run. */
function settled(command: Command): Command {
  const same = (text: string): string => text.replaceAll(/kubiya-run-\w{6}/g, "kubiya-run");
  const env = Object.entries(command.env).map(([name, value]) => [name, same(value)]);
  return {
    ...command,
    args: command.args.map(same),
    env: Object.fromEntries(env),
    cwd: same(command.cwd),
  };
}

/** The same command with other values in the place of the harmless one. */
function replaced(command: Command, ...values: readonly string[]): Command {
  const [value = ""] = values;
  const inWord = (word: string): readonly string[] => {
    if (word === "harmless") return values;
    return [word === "value=harmless" ? `value=${value}` : word];
  };
  const env = Object.entries(command.env).map(([name, its]) => [
    name,
    its === "harmless" ? value : its,
  ]);
  return { ...command, args: command.args.flatMap(inWord), env: Object.fromEntries(env) };
}

/** A word that says exactly this, whatever it is. */
function quoted(value: string): string {
  return `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
