// design.md as a program: who may import whose contract, which folder may touch which library, where
// rights are only carried. `breaches` reads source text, so that a test can hand it a tree with a fault.

import { posix } from "node:path";

/** Source text by path, relative to `src/`. */
export type Tree = ReadonlyMap<string, string>;

const MAX_LINES = 250;

/** Whose `types.ts` a folder may import, besides its own files, `lib/*` and `config/types.ts`. */
const MAY_SEE: Readonly<Record<string, readonly string[]>> = {
  compose: [],
  lib: [],
  config: [],
  subprocess: [],
  principal: [],
  runners: ["subprocess"],
  tools: ["runners", "subprocess"],
  facts: ["tools"],
  input: ["principal", "tools", "runners"],
  decision: ["input", "facts", "subprocess"],
  audit: ["input", "decision", "tools"],
  enforcement: ["principal", "tools", "input", "decision", "audit"],
  observe: ["decision", "audit"],
  server: ["principal", "tools", "input", "decision", "enforcement", "audit"],
  cli: [
    "subprocess",
    "principal",
    "runners",
    "tools",
    "facts",
    "input",
    "decision",
    "audit",
    "enforcement",
    "observe",
    "server",
  ],
};

/** Which files may import a library. A library that is not here may be imported anywhere. */
const LIBRARIES: readonly { readonly library: RegExp; readonly files: RegExp }[] = [
  { library: /^@modelcontextprotocol\//, files: /^server\// },
  { library: /^@open-policy-agent\/opa-wasm$/, files: /^decision\/engine\.ts$/ },
  { library: /^chokidar$/, files: /^(?:decision\/reload|config\/watch)\.ts$/ },
  { library: /^ajv(?:\/|$)/, files: /^(?:config|facts|input|decision|tools)\// },
  { library: /^winston$/, files: /^observe\// },
  { library: /^commander$/, files: /^cli\// },
  { library: /^tar-stream$/, files: /^decision\/bundle\.ts$/ },
  { library: /^node:child_process$/, files: /^subprocess\// },
  { library: /^node:worker_threads$/, files: /^decision\// },
  { library: /^node:sqlite$/, files: /^audit\// },
];

/** Members that are a matter of rights: these folders carry them and never look at them. */
const RIGHTS =
  /\.\s*(?:roles|permissions|allowed_tools|allowed_ips|allowed_runners|whitelist|whitelisted_tools|require_auth|enable_runners|expires_ms|revoked_ms|allow_stdio)\b/;
const CARRIERS = /^(?:enforcement|runners|server|outbound)\//;

const MINT = /\bmintPermit\b/;

/** Every breach of the design in a tree, one line each; none for a tree that keeps to it. */
export function breaches(tree: Tree): readonly string[] {
  const found = [...tree].flatMap(([file, text]) => [
    ...importBreaches(file, text),
    ...textBreaches(file, text),
  ]);
  return [...found, ...cycles(tree)];
}

function importBreaches(file: string, text: string): readonly string[] {
  return imports(text).flatMap((name) => {
    if (!name.startsWith(".")) return libraryBreaches(file, name);
    const target = posix.join(posix.dirname(file), name);
    return maySee(file, target) ? [] : [`${file} may not import ${target}`];
  });
}

function maySee(file: string, target: string): boolean {
  const [from, to] = [folder(file), folder(target)];
  if (from === "compose") return true;
  if (file === "main.ts") return target === "compose/run.ts";
  if (from === to || to === "lib" || target === "config/types.ts") return true;
  return target === `${to}/types.ts` && (MAY_SEE[from] ?? []).includes(to);
}

function libraryBreaches(file: string, library: string): readonly string[] {
  return LIBRARIES.filter((row) => row.library.test(library) && !row.files.test(file)).map(
    () => `${file} may not import ${library}`,
  );
}

function textBreaches(file: string, text: string): readonly string[] {
  const code = withoutComments(text);
  const lines = text.split("\n").length - 1;
  const rules: readonly (readonly [boolean, string])[] = [
    [
      lines > MAX_LINES && !/^(?:input|facts)\/document\.ts$|^config\/file\.ts$/.test(file),
      `has ${lines} lines`,
    ],
    [CARRIERS.test(file) && RIGHTS.test(code), "reads what is a matter of rights"],
    [MINT.test(code) && !["lib/permit.ts", "decision/decide.ts"].includes(file), "mints permits"],
    [/\bconsole\b/.test(code) && file !== "main.ts", "uses the console"],
    [
      /\bprocess\.env\b/.test(code) && folder(file) !== "config" && file !== "main.ts",
      "reads process.env",
    ],
    [/\bprocess\.exit\b/.test(code) && file !== "main.ts", "ends the process"],
    [
      MAY_SEE[folder(file)] === undefined && folder(file) !== "",
      "is in a folder that design.md does not know",
    ],
  ];
  return rules.filter(([broken]) => broken).map(([, breach]) => `${file} ${breach}`);
}

/** Import cycles between files, types included: a cycle of types is a cycle of ideas. */
function cycles(tree: Tree): readonly string[] {
  const done = new Set<string>();
  const found: string[] = [];
  for (const file of tree.keys()) visit(file, []);
  return found;

  function visit(file: string, way: readonly string[]): void {
    if (way.includes(file)) {
      found.push(`cycle: ${[...way.slice(way.indexOf(file)), file].join(" -> ")}`);
      return;
    }
    if (done.has(file)) return;
    for (const name of imports(tree.get(file) ?? "")) {
      if (name.startsWith(".")) visit(posix.join(posix.dirname(file), name), [...way, file]);
    }
    done.add(file);
  }
}

function imports(text: string): readonly string[] {
  const pattern = /(?:\bfrom\s+|\bimport\s*\(\s*|^import\s+)["']([^"']+)["']/gm;
  return [...withoutComments(text).matchAll(pattern)].flatMap(([, name]) => name ?? []);
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
}

function folder(file: string): string {
  return file.includes("/") ? (file.split("/")[0] ?? "") : "";
}
