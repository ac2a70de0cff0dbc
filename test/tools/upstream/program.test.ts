import assert from "node:assert/strict";
import { access, chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { createSecret } from "../../../src/lib/secret.ts";
import { findProgram } from "../../../src/subprocess/find-program.ts";
import { missingPrograms } from "../../../src/tools/upstream/line/missing-programs.ts";
import { folderFor } from "../../support/server.ts";
import { open, programReach } from "./world.ts";

const HINT =
  /\(it has no PATH: if it starts other programs, add "PATH": "\$\{PATH\}" to its `env`\)$/;

for (const [what, script, env, hinted] of [
  ["cannot be started by its shell", "exit 127", {}, true],
  ["is no program to its shell", "exit 126", {}, true],
  ["says that a program is not found", "echo 'sh: 1: uv: not found' >&2; exit 1", {}, true],
  ["says so in Node's words", "echo 'Error: spawn uv ENOENT' >&2; exit 1", {}, true],
  ["has a PATH", "exit 127", { PATH: "/usr/bin:/bin" }, false],
  ["fails for a reason of its own", "echo 'no API key' >&2; exit 1", {}, false],
  ["ends well", "exit 0", {}, false],
] as const) {
  test(`one that ${what} is ${hinted ? "" : "not "}told to need a PATH`, async (context) => {
    const { upstream } = open(context, { reach: programReach("/bin/sh", ["-c", script], env) });
    const outcome = await upstream.connect();
    assert.ok(!outcome.ok && outcome.failure.reason === "upstream_unreachable");
    assert.equal(HINT.test(outcome.failure.detail), hinted, outcome.failure.detail);
  });
}

test("a program is missing where neither its own PATH nor else the server's has it, and nothing is started", async (context) => {
  const [mine, its] = [await folderFor(context), await folderFor(context)];
  const ran = join(mine, "ran");
  for (const [folder, name] of [
    [mine, "here"],
    [its, "there"],
  ] as const) {
    await writeFile(join(folder, name), `#!/bin/sh\ntouch ${ran}\n`);
    await chmod(join(folder, name), 0o755);
  }
  await writeFile(join(mine, "plain"), "no program");
  const path = { PATH: { value: createSecret(its), from: "text" } } as const;
  const upstream = (command: string, env = {}) => ({
    ...{ name: `${command}-server`, eager: false, timeout: 300, allow: [] },
    reach: { kind: "program", command, args: [], env, cwd: mine } as const,
  });
  const found = await missingPrograms(
    [
      upstream("here"),
      upstream("./here"),
      upstream(join(its, "there")),
      upstream("there", path),
      upstream("there"),
      upstream("here", path),
      upstream("plain"),
      {
        ...{ name: "far", eager: false, timeout: 300, allow: [] },
        reach: { kind: "address", url: "http://127.0.0.1:1/mcp", headers: {} },
      },
    ],
    mine,
    findProgram,
  );
  assert.deepEqual(
    found.map(({ command }) => command),
    ["there", "here", "plain"],
  );
  await assert.rejects(access(ran), /ENOENT/);
});
