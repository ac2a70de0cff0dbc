import assert from "node:assert/strict";
import { access, chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { createSecret } from "../../../src/lib/secret.ts";
import { findProgram } from "../../../src/subprocess/find-program.ts";
import { missingPrograms } from "../../../src/tools/upstream/line/missing-programs.ts";
import { folderFor } from "../../support/server.ts";

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
