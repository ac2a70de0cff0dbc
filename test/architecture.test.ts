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

/** What is wrong, in which file, how it is written, and what is said of it. */
const BREACHES: readonly (readonly [string, string, string, string])[] = [
  [
    "a folder that imports another's implementation",
    "enforcement/x.ts",
    'import { decide } from "../decision/decide.ts";',
    "enforcement/x.ts may not import decision/decide.ts",
  ],
  [
    "an implementation that is imported when it is needed",
    "enforcement/x.ts",
    "export const decide = await import(`../decision/decide.ts`);",
    "enforcement/x.ts may not import decision/decide.ts",
  ],
  [
    "an implementation's type that is imported in passing",
    "enforcement/x.ts",
    'export type Parts = import("../decision/decide.ts").DecideParts;',
    "enforcement/x.ts may not import decision/decide.ts",
  ],
  [
    "an import that only a run can name",
    "cli/x.ts",
    "export const load = (name: string) => import(name);",
    "cli/x.ts imports what it does not name",
  ],
  [
    "an import after what looks like a comment",
    "enforcement/x.ts",
    'const all = 1; // see policies/*\nimport { decide } from "../decision/decide.ts";\n/* */',
    "enforcement/x.ts may not import decision/decide.ts",
  ],
  [
    "a folder that sees a contract which its row does not name",
    "tools/x.ts",
    'import type { Decide } from "../decision/types.ts";',
    "tools/x.ts may not import decision/types.ts",
  ],
  [
    "a file that leaves the sources",
    "compose/x.ts",
    'import { bundle } from "../../scripts/bundle.ts";',
    "compose/x.ts may not import ../scripts/bundle.ts",
  ],
  [
    "a contract that hands on an implementation",
    "tools/types.ts",
    'export { createToolbox } from "./toolbox.ts";',
    "tools/types.ts hands on more than types of tools/toolbox.ts",
  ],
  [
    "a contract that hands on all of an implementation",
    "tools/types.ts",
    'export * from "./toolbox.ts";',
    "tools/types.ts hands on more than types of tools/toolbox.ts",
  ],
  [
    "a contract that imports an implementation to hand it on",
    "tools/types.ts",
    'import { type Parts, createToolbox } from "./toolbox.ts";\nexport { createToolbox };',
    "tools/types.ts hands on more than types of tools/toolbox.ts",
  ],
  [
    "a library outside its folder",
    "tools/x.ts",
    'import { spawn } from "node:child_process";',
    "tools/x.ts may not import node:child_process",
  ],
  [
    "a library of Node's by its old name",
    "tools/x.ts",
    'import { spawn } from "child_process";',
    "tools/x.ts may not import node:child_process",
  ],
  [
    "a library that has no row",
    "tools/x.ts",
    'import got from "got";',
    "tools/x.ts may not import got",
  ],
  ...["net", "http", "https", "http2", "tls", "dgram", "dns", "module", "vm"].map(
    (name) =>
      [
        `a way out through node:${name}`,
        "tools/x.ts",
        `import * as way from "node:${name}";`,
        `tools/x.ts may not import node:${name}`,
      ] as const,
  ),
  ...["undici", "jose", "pg", "node:sqlite", "ajv/dist/2020.js", "chokidar"].map(
    (name) =>
      [
        `${name} where the design does not have it`,
        "server/x.ts",
        `import * as library from "${name}";`,
        `server/x.ts may not import ${name}`,
      ] as const,
  ),
  [
    "a request that Node itself can make",
    "tools/x.ts",
    'export const answer = await fetch("http://localhost");',
    "tools/x.ts uses fetch",
  ],
  [
    "a global that is reached by another way",
    "tools/x.ts",
    'export const answer = await globalThis.fetch("http://localhost");',
    "tools/x.ts uses globalThis",
  ],
  [
    "a library of Node's that is asked of the process",
    "tools/x.ts",
    'export const { spawn } = process.getBuiltinModule("node:child_process");',
    "tools/x.ts uses process",
  ],
  ["the console", "tools/x.ts", 'console.log("{}");', "tools/x.ts uses console"],
  [
    "a permit that is minted anywhere but in decide",
    "tools/x.ts",
    'import { mintPermit } from "../lib/permit.ts";',
    "tools/x.ts mints permits",
  ],
  [
    "a permit that is minted under another name",
    "tools/x.ts",
    'import * as permits from "../lib/permit.ts";\nexport const make = permits["mintPermit"];',
    "tools/x.ts mints permits",
  ],
  [
    "rights that are read where they are only carried",
    "server/x.ts",
    "export const may = caller.principal.permissions;",
    "server/x.ts reads what is a matter of rights: permissions",
  ],
  [
    "rights that are taken apart",
    "server/x.ts",
    "export const may = ({ permissions }: Principal) => permissions.length > 0;",
    "server/x.ts reads what is a matter of rights: permissions",
  ],
  [
    "rights that are taken apart deep inside, under another name",
    "runners/x.ts",
    "const { principal: { roles: names = [] } } = caller;",
    "runners/x.ts reads what is a matter of rights: roles",
  ],
  [
    "rights that are read by a text",
    "enforcement/x.ts",
    'export const names = principal["roles"];',
    "enforcement/x.ts reads what is a matter of rights: roles",
  ],
  [
    "rights that are asked for",
    "enforcement/x.ts",
    'export const limited = "allowed_ips" in credential;',
    "enforcement/x.ts reads what is a matter of rights: allowed_ips",
  ],
  [
    "an environment that is read outside of main",
    "audit/x.ts",
    "export const home = process.env.HOME;",
    "audit/x.ts uses process",
  ],
  [
    "an environment that is taken apart",
    "config/x.ts",
    "const { env } = process;",
    "config/x.ts uses process",
  ],
  [
    "an environment that is imported",
    "audit/x.ts",
    'import { env, exit } from "node:process";',
    "audit/x.ts may not import node:process",
  ],
  [
    "a process that is ended where it is only signalled",
    "subprocess/x.ts",
    "process.exit(1);",
    "subprocess/x.ts uses process",
  ],
  ["a file that is too long", "tools/x.ts", "\n".repeat(251), "tools/x.ts has 251 lines"],
  ["a file that is none", "tools/x.ts", "export const = 1;", "tools/x.ts does not parse"],
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

const KEEPS: readonly (readonly [string, string, string])[] = [
  [
    "what stands in comments and texts",
    "tools/x.ts",
    '// import "got"; console.log(process.env)\nexport const a = `fetch("${1}") console`; /* mintPermit */',
  ],
  [
    "members of our own that are called like a global",
    "tools/x.ts",
    "export interface Ways {\n  readonly fetch: () => void;\n  process(): void;\n}\nexport const all = { fetch: 1, process() {} };\nways.fetch();\nways.process;\nconst { fetch: ask } = ways;",
  ],
  [
    "rights that are carried as they are",
    "server/x.ts",
    'const roles: readonly string[] = [];\nexport const caller = { roles, "permissions": null };',
  ],
  [
    "a contract that hands on types",
    "tools/types.ts",
    'export type { Tool } from "./tool.ts";\nexport { type Step } from "./step.ts";\nexport const MAX = 1;',
  ],
  ["a signal to a group", "subprocess/x.ts", "process.kill(-1, 0);"],
  ["a library below its folder", "config/x.ts", 'import { Ajv2020 } from "ajv/dist/2020.js";'],
];

for (const [what, file, text] of KEEPS) {
  test(`the architecture test has nothing against ${what}`, () => {
    assert.deepEqual(breaches(new Map([[file, text]])), []);
  });
}
