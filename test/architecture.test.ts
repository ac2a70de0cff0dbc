import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";
import { breaches, type Tree } from "./support/architecture.ts";

async function sources(): Promise<Tree> {
  const names = await readdir("src", { recursive: true });
  const files = names.filter((name) => name.endsWith(".ts"));
  return new Map(
    await Promise.all(
      files.map(async (file) => [file, await readFile(`src/${file}`, "utf8")] as const),
    ),
  );
}

test("the tree keeps to the design", async () => {
  assert.deepEqual(breaches(await sources()), []);
});

const BREACHES: readonly (readonly [string, string, string, string])[] = [
  [
    "a folder that imports another's implementation",
    "enforcement/x.ts",
    'import { decide } from "../decision/decide.ts";',
    "enforcement/x.ts may not import decision/decide.ts",
  ],
  [
    "a folder that sees a contract which its row does not name",
    "tools/x.ts",
    'import type { Decide } from "../decision/types.ts";',
    "tools/x.ts may not import decision/types.ts",
  ],
  [
    "a library outside its folder",
    "tools/x.ts",
    'import { spawn } from "node:child_process";',
    "tools/x.ts may not import node:child_process",
  ],
  [
    "a permit that is minted anywhere but in decide",
    "tools/x.ts",
    'import { mintPermit } from "../lib/permit.ts";',
    "tools/x.ts mints permits",
  ],
  [
    "rights that are read where they are only carried",
    "server/x.ts",
    "export const may = caller.principal.permissions;",
    "server/x.ts reads what is a matter of rights",
  ],
  [
    "an environment that is read outside config",
    "audit/x.ts",
    "export const home = process.env.HOME;",
    "audit/x.ts reads process.env",
  ],
  ["a file that is too long", "tools/x.ts", "\n".repeat(251), "tools/x.ts has 251 lines"],
  ["an unknown folder", "util/x.ts", "", "util/x.ts is in a folder that design.md does not know"],
];

for (const [what, file, text, breach] of BREACHES) {
  test(`the architecture test fails on ${what}`, () => {
    assert.deepEqual(breaches(new Map([[file, text]])), [breach]);
  });
}

test("the architecture test fails on a cycle", () => {
  const tree = new Map([
    ["lib/a.ts", 'import { b } from "./b.ts";'],
    ["lib/b.ts", 'import { a } from "./a.ts";'],
  ]);
  assert.deepEqual(breaches(tree), ["cycle: lib/a.ts -> lib/b.ts -> lib/a.ts"]);
});
