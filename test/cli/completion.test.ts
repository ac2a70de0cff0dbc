// What the program prints for a shell, in that shell.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { COMMANDS } from "../../src/cli/table.ts";
import { folderFor, kubiya, MAIN } from "../support/server.ts";
import { run } from "./host.ts";

/** What stands before the tabulator, and what is offered. */
const CASES: readonly (readonly [string, readonly string[]])[] = [
  ["kubiya m", ["mcp"]],
  ["kubiya mcp s", ["serve", "setup"]],
  ["kubiya mcp x", []],
  ["kubiya auth k", ["key"]],
  ["kubiya auth key r", ["revoke", "rotate"]],
  ["kubiya completion ", ["bash", "fish", "zsh"]],
  ["kubiya mcp serve --po", ["--policies", "--port"]],
  ["kubiya --con", ["--config"]],
  // A value is no command, and what it may be depends on its option.
  ["kubiya --config mcp auth key c", ["create"]],
  ["kubiya mcp serve --config fi", ["file one", "file-two"]],
  ["kubiya mcp serve --host fi", []],
  ["kubiya audit verify fi", ["file one", "file-two"]],
  ["kubiya mcp setup --client c", ["claude-code", "claude-desktop", "cursor"]],
  ["kubiya auth key show fi", []],
];

interface Shell {
  /** Prints what is offered after a line, one a line. */
  readonly script: (line: string) => string;
}

/** Shells that are asked as a person asks them, but for zsh: there what it would draw is listened to. */
const SHELLS: Readonly<Record<string, Shell>> = {
  bash: {
    script: (line) => `source ./completions
      COMP_WORDS=(${wordsOf(line)}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
      "$(complete -p kubiya | sed 's/.*-F \\([^ ]*\\) .*/\\1/')" 2>/dev/null
      printf '%s\\n' "\${COMPREPLY[@]}"`,
  },
  zsh: {
    script: (line) => `compdef() { :; }
      compset() { :; }
      _message() { :; }
      compadd() { shift; printf '%s\\n' "$@"; }
      _files() { printf '%s\\n' *; }
      _describe() { print -l -- "\${(@P)\${@[-1]}%%:*}"; }
      source ./completions
      words=(${wordsOf(line)}); CURRENT=\${#words}
      _kubiya | grep -- "^\${words[CURRENT]}"`,
  },
  fish: { script: (line) => `source ./completions; complete -C '${line}' | string split -f1 \\t` },
};

/** As the shell's own array, the last word maybe empty. */
function wordsOf(line: string): string {
  return line
    .split(" ")
    .map((word) => `'${word}'`)
    .join(" ");
}

for (const [shell, { script }] of Object.entries(SHELLS)) {
  const missing = spawnSync(shell, ["-c", ":"]).error !== undefined;
  test(
    `${shell} completes commands, options and the values that are known`,
    { skip: missing && `${shell} is not here` },
    async (context) => {
      const folder = await folderFor(context);
      const printed = await kubiya(["completion", shell]);
      assert.deepEqual([printed.code, printed.stderr], [0, ""]);
      await mkdir(join(folder, "here"));
      for (const file of ["file one", "file-two"]) await writeFile(join(folder, "here", file), "");
      await writeFile(join(folder, "here", "completions"), printed.stdout);
      for (const [line, offered] of CASES) {
        const asked = spawnSync(shell, ["-c", script(line)], {
          cwd: join(folder, "here"),
          env: { PATH: process.env["PATH"], HOME: folder },
          encoding: "utf8",
        });
        assert.equal(asked.stderr, "", line);
        const found = asked.stdout.split("\n").filter((word) => word !== "");
        assert.deepEqual(found.map(plain).toSorted(), offered, line);
      }
    },
  );
}

/** fish gives a name as it has to be typed. */
function plain(word: string): string {
  return word.replace(/\\ /g, " ").trim();
}

for (const shell of ["bash", "zsh", "fish"]) {
  test(`the completion of ${shell} knows every command and every option of the table`, async () => {
    const { stdout } = await run(["completion", shell]);
    for (const { name, options } of COMMANDS) {
      assert.ok(stdout.includes(name), name);
      for (const { flags } of options) {
        const long = /--[\w-]+/.exec(flags)?.[0] ?? "";
        assert.ok(stdout.includes(long), `${name} ${long}`);
      }
    }
  });
}

test("an option that takes a value in one command takes one in every other", () => {
  const taking = new Map<string, boolean>();
  for (const { name, options } of COMMANDS) {
    for (const { flags } of options) {
      const long = /--[\w-]+/.exec(flags)?.[0] ?? "";
      const takes = flags.includes("<");
      assert.equal(taking.get(long) ?? takes, takes, `${name} ${long}`);
      taking.set(long, takes);
    }
  }
});

test("a shell that is not known is refused with those that are", async () => {
  const ran = await run(["completion", "tcsh"]);
  assert.deepEqual([ran.code, ran.stdout], [2, ""]);
  assert.match(ran.stderr, /bash, zsh, fish/);
});

test("what is printed is taken in by the very line that the help names", () => {
  const asked = `eval "$(${process.execPath} ${MAIN} completion bash)"; complete -p kubiya`;
  const told = execFileSync("bash", ["-c", asked], { encoding: "utf8" });
  assert.match(told, /-F _kubiya kubiya/);
});
