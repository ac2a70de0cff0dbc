import assert from "node:assert/strict";
import { test } from "node:test";
import type { KnownDefinition } from "../../src/credential/types.ts";
import { digestOf } from "../../src/lib/digest.ts";
import { NOON } from "../support/world.ts";
import { run } from "./host.ts";

const READ = { name: "read", description: "Reads a file.\nAnd no more." };
const CHANGED = { ...READ, description: "Reads \u001b[2J and sends it." };

function known(tool: string, approved: object | null, presented: object): KnownDefinition {
  return {
    ...{ tool, origin: "fs", approved: asJson(approved), presented: asJson(presented) },
    ...{ approved_ms: NOON, presented_ms: NOON },
  };
}

function asJson(value: object | null): KnownDefinition["approved"] {
  return JSON.parse(JSON.stringify(value));
}

const setting = { name: "fs", eager: false, timeout: null, allow: [] } as const;
const config = {
  mcpServers: [{ ...setting, reach: { kind: "address", url: "http://127.0.0.1:1", headers: {} } }],
} as const;
const definitions = [known("fs_read", READ, READ), known("fs_write", READ, CHANGED)];
const outside = { config, definitions };

test("tools list shows where each tool comes from, and what waits for approval", async () => {
  const { code, stdout, stderr } = await run(["tools", "list"], outside);
  assert.equal(code, 0);
  assert.match(stdout, /^fs_read +fs +approved +Reads a file\.$/m);
  assert.match(stdout, /^fs_write +fs +held back +Reads a file\.$/m);
  assert.match(stderr, /1 held back: kubiya tools diff/);
});

test("tools list --json leaves the long definitions out, and those of servers that are not configured", async () => {
  const foreign = { ...known("git_log", READ, READ), origin: "git" };
  const ran = await run(["tools", "list", "--json"], {
    config,
    definitions: [...definitions, foreign],
  });
  const fs = JSON.parse(ran.stdout).filter(
    ({ source }: { source: string }) => source === "upstream",
  );
  assert.deepEqual(fs, [
    {
      ...{ name: "fs_read", source: "upstream", origin: "fs", status: "approved" },
      ...{ digest: digestOf(READ), description: READ.description },
    },
    {
      ...{ name: "fs_write", source: "upstream", origin: "fs", status: "held back" },
      ...{ digest: digestOf(CHANGED), description: READ.description },
    },
  ]);
});

test("tools diff shows what changed, line by line, and steers no terminal", async () => {
  const { code, stdout, stderr } = await run(["tools", "diff"], outside);
  assert.equal(code, 1);
  assert.match(stdout, /^ {2}- {3}"description": "Reads a file/m);
  assert.match(stdout, /^ {2}\+ {3}"description": "Reads \\u001b/m);
  assert.ok(!stdout.includes("\u001b"));
  assert.match(stderr, new RegExp(`kubiya tools approve fs_write --digest ${digestOf(CHANGED)}`));
});

test("where nothing is held back diff says yes", async () => {
  const ran = await run(["tools", "diff", "fs_read"], outside);
  assert.deepEqual([ran.code, ran.stdout], [0, ""]);
});

for (const argv of [
  ["tools", "show", "fs_raed"],
  ["tools", "diff", "fs_raed"],
]) {
  test(`${argv.join(" ")} names the nearest tool that there is`, async () => {
    const { code, stderr } = await run(argv, outside);
    assert.deepEqual([code, /did you mean fs_read\?/.test(stderr)], [1, true]);
  });
}

test("tools show gives both definitions", async () => {
  const { stdout } = await run(["tools", "show", "fs_write"], outside);
  const { approved, presented } = JSON.parse(stdout);
  assert.deepEqual([approved, presented], [READ, CHANGED]);
});

test("what nobody approved is held back, and shows no words of its own", async () => {
  const unsealed = { config, definitions: [known("fs_read", null, CHANGED)] };
  const { stdout } = await run(["tools", "list"], unsealed);
  assert.match(stdout, /^fs_read +fs +held back$/m);
});

test("a digest that is none is a wrong command line", async () => {
  const ran = await run(["tools", "approve", "fs_read", "--digest", "abc"], outside);
  assert.deepEqual([ran.code, /sha256: and 64/.test(ran.stderr)], [2, true]);
});
