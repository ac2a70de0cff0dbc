import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { test } from "node:test";
import type { ToolDefinition } from "../../src/config/types.ts";
import { HOSTILE } from "./hostile.ts";
import { textOf, toolboxOf, workOf } from "./world.ts";

const VALUE = { name: "value", required: true };
const SHELL = 'printf %s "$value"';
const PYTHON = "import os, sys; sys.stdout.write(os.environ['value'])";
const SCRIPTS: Readonly<Record<string, ToolDefinition>> = {
  shell: { name: "t", type: "shell", content: SHELL, args: [VALUE] },
  bash: { name: "t", type: "bash", content: SHELL, args: [VALUE] },
  python: { name: "t", type: "python", content: PYTHON, args: [VALUE] },
  jq: { name: "t", type: "jq", content: "$ENV.value", args: [VALUE] },
  docker: { name: "t", type: "docker", image: "i", content: SHELL, args: [VALUE] },
  "bash with an image": { name: "t", type: "bash", image: "i", content: SHELL, args: [VALUE] },
};

/** What surrounds the value must stay: options, environment, files, image. */
const AROUND = {
  env: ["FIXED=1"],
  secrets: ["S"],
  with_files: [{ path: "/f", content: "text" }],
  runner: "local",
};
const ENVIRONMENT = { environment: { S: "hush" } };

for (const [type, definition] of Object.entries(SCRIPTS)) {
  test(`each of ${HOSTILE.length} values changes one variable of a ${type} tool, and nothing else`, async () => {
    const tool = { ...definition, ...AROUND };
    const harmless = await workOf(tool, { value: "x" }, ENVIRONMENT);
    for (const value of HOSTILE) {
      const work = await workOf(tool, { value }, ENVIRONMENT);
      assert.deepEqual(work, { ...harmless, env: { ...harmless.env, value } });
    }
  });
}

const PROGRAMS: Readonly<Record<string, ToolDefinition>> = {
  "on this machine": { name: "t", entrypoint: "printf" },
  "in an image": { name: "t", entrypoint: "printf", image: "i" },
};

for (const [where, definition] of Object.entries(PROGRAMS)) {
  test(`each of ${HOSTILE.length} values is a word of a program ${where}, and nothing else`, async () => {
    const tool = { ...definition, ...AROUND };
    const harmless = await workOf(tool, { command: "first x last" }, ENVIRONMENT);
    for (const value of HOSTILE) {
      const work = await workOf(tool, { command: `first ${quoted(value)} last` }, ENVIRONMENT);
      assert.deepEqual(work, { ...harmless, args: ["first", value, "last"] });
    }
    for (const value of HOSTILE.filter((each) => !/['"\\]/.test(each))) {
      const { program, env, files } = await workOf(tool, { command: value }, ENVIRONMENT);
      const { program: its, env: environment, files: content } = harmless;
      assert.deepEqual([program, env, files], [its, environment, content]);
    }
  });
}

for (const type of ["shell", "bash", "python", "jq"]) {
  test(`a real ${type} tool gets each of ${HOSTILE.length} values as it was sent, and does nothing else`, async () => {
    const toolbox = await toolboxOf(SCRIPTS[type] ?? { name: "t" });
    const before = await readdir(process.cwd());
    const answers: string[] = [];
    for (let at = 0; at < HOSTILE.length; at += 8) {
      const some = HOSTILE.slice(at, at + 8);
      answers.push(...(await Promise.all(some.map((value) => textOf(toolbox, { value })))));
    }
    assert.deepEqual(
      type === "jq" ? answers.map((answer) => JSON.parse(answer)) : answers,
      HOSTILE,
    );
    assert.deepEqual(await readdir(process.cwd()), before);
  });
}

test(`a real program gets all ${HOSTILE.length} values as words`, async () => {
  const toolbox = await toolboxOf({ name: "printf" }, LARGE);
  const command = ["'%s\\036'", ...HOSTILE.map(quoted)].join(" ");
  const words = (await textOf(toolbox, { command })).split("\u001e");
  assert.deepEqual(words.slice(0, -1), HOSTILE);
});

const LARGE = {
  limits: {
    tool_timeout: 20,
    max_response_size: 100_000,
    max_tools_in_response: 50,
    default_page_size: 20,
    rate: null,
  },
};

/** A word that says exactly this, whatever it is. */
function quoted(value: string): string {
  return `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
