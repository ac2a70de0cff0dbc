// design.md as a program: who may import whose contract, which folder may touch which library, where
// rights are only carried. `breaches` reads source text, so that a test can hand it a tree with a fault.

import { isBuiltin } from "node:module";
import { posix } from "node:path";
import { type Import, readSource, type Source } from "./source.ts";

/** Source text by path, relative to `src/`. */
export type Tree = ReadonlyMap<string, string>;

const MAX_LINES = 250;

/** Written by `scripts/types.ts`. */
const WRITTEN = /^(?:input|facts|alerts)\/document\.ts$|^config\/file\.ts$/;

/** Whose `types.ts` a folder may import, besides its own files, `lib/*` and `config/types.ts`. */
const MAY_SEE: Readonly<Record<string, readonly string[]>> = {
  compose: [],
  lib: [],
  config: [],
  subprocess: [],
  store: [],
  outbound: [],
  kubiya: ["outbound"],
  credential: ["store"],
  principal: ["credential", "store", "outbound", "kubiya"],
  runners: ["subprocess", "kubiya"],
  tools: ["runners", "subprocess", "outbound", "kubiya"],
  facts: ["tools"],
  input: ["principal", "tools", "runners"],
  decision: ["input", "facts", "subprocess"],
  audit: ["input", "decision", "tools"],
  enforcement: ["principal", "credential", "tools", "input", "decision", "audit"],
  observe: ["decision", "audit"],
  alerts: ["decision", "audit", "store", "outbound"],
  server: [
    "kubiya",
    "principal",
    "credential",
    "tools",
    "input",
    "decision",
    "enforcement",
    "audit",
  ],
  cli: [
    "subprocess",
    "store",
    "outbound",
    "kubiya",
    "credential",
    "principal",
    "runners",
    "tools",
    "facts",
    "input",
    "decision",
    "audit",
    "enforcement",
    "observe",
    "alerts",
    "server",
  ],
};

/** Which files may import a library. One that has no row may be imported nowhere. */
const LIBRARIES: readonly { readonly library: RegExp; readonly files: RegExp }[] = [
  { library: /^@modelcontextprotocol\//, files: /^(?:server\/|tools\/upstream)/ },
  { library: /^@open-policy-agent\/opa-wasm$/, files: /^decision\/engine\.ts$/ },
  { library: /^ajv(?:\/|$)/, files: /^(?:config|facts|input|decision|tools)\// },
  { library: /^chokidar$/, files: /^(?:decision\/watch|compose\/tls)\.ts$/ },
  { library: /^commander$/, files: /^cli\// },
  { library: /^fastest-levenshtein$/, files: /^(?:cli|config)\// },
  { library: /^jsonc-parser$/, files: /^cli\/(?:client-entry|put-member)\.ts$/ },
  { library: /^ipaddr\.js$/, files: /^lib\// },
  { library: /^jose$/, files: /^(?:principal|credential)\// },
  {
    library: /^rate-limiter-flexible$/,
    files: /^(?:server\/http-throttle|enforcement\/pace)\.ts$/,
  },
  { library: /^pg$/, files: /^store\// },
  { library: /^prom-client$/, files: /^observe\/metrics\.ts$/ },
  { library: /^tar-stream$/, files: /^decision\/bundle\.ts$/ },
  { library: /^undici$/, files: /^outbound\// },
  { library: /^winston$/, files: /^observe\// },
  { library: /^node:(?:buffer|crypto|path|stream|string_decoder|url|util)$/, files: /^/ },
  { library: /^node:timers\/promises$/, files: /^/ },
  { library: /^node:async_hooks$/, files: /^(observe\/requests|lib\/outside)\.ts$/ },
  { library: /^node:child_process$/, files: /^subprocess\// },
  { library: /^node:(?:console|process)$/, files: /^main\.ts$/ },
  {
    library: /^node:fs(?:\/promises)?$/,
    files: /^(?:audit|cli|compose|config|credential|decision|runners|store|subprocess|tools)\//,
  },
  { library: /^node:(?:events|http|https)$/, files: /^server\// },
  { library: /^node:readline\/promises$/, files: /^compose\/terminal\.ts$/ },
  // Names are resolved where requests leave, to see what a name of the configuration leads to.
  { library: /^node:dns$/, files: /^outbound\// },
  // What a proxy gives for a tunnel is told from what it is not.
  { library: /^node:net$/, files: /^outbound\/tunnel\.ts$/ },
  { library: /^node:tls$/, files: /^compose\/tls\.ts$/ },
  { library: /^node:os$/, files: /^(?:main\.ts$|decision\/|runners\/|subprocess\/)/ },
  { library: /^node:sqlite$/, files: /^(?:store\/|audit\/lock\.ts$)/ },
  { library: /^node:worker_threads$/, files: /^decision\// },
  { library: /^node:zlib$/, files: /^(?:decision|credential)\// },
];

/** Which files may use what every file is given, and what of it where that is not all. */
const GLOBALS: Readonly<Record<string, readonly { files: RegExp; members?: RegExp }[]>> = {
  console: [{ files: /^main\.ts$/ }],
  process: [
    { files: /^main\.ts$/ },
    { files: /^(?:subprocess\/|runners\/owner\.ts$)/, members: /^(?:kill|pid)$/ },
    { files: /^runners\/sweep-folders\.ts$/, members: /^getuid$/ },
  ],
  fetch: [{ files: /^outbound\// }],
  WebSocket: [],
  EventSource: [],
  globalThis: [],
  global: [],
  require: [],
};

/** Members that are a matter of rights: these folders carry them and never look at them. */
const RIGHTS: readonly string[] = [
  "roles",
  "permissions",
  "allowed_tools",
  "allowed_ips",
  "allowed_runners",
  "whitelist",
  "whitelisted_tools",
  "require_auth",
  "enable_runners",
  "expires_ms",
  "revoked_ms",
  "allow_stdio",
];
const CARRIERS = /^(?:enforcement|runners|server|outbound)\//;

const MINT = "mintPermit";
const MINTS = /^(?:lib\/permit|decision\/decide)\.ts$/;

/** Every breach of the design in a tree, one line each; none for a tree that keeps to it. */
export function breaches(tree: Tree): readonly string[] {
  const sources = new Map([...tree].map(([file, text]) => [file, readSource(file, text)]));
  const found = [...sources].flatMap(([file, source]) => [
    ...new Set(source.imports.flatMap((one) => importBreaches(file, one))),
    ...sourceBreaches(file, source),
    ...globalBreaches(file, source),
  ]);
  return [...found, ...cycles(sources)];
}

function importBreaches(file: string, { name, typesOnly }: Import): readonly string[] {
  if (name === null) return [`${file} imports what it does not name`];
  const target = targetOf(file, name);
  if (target === null) return libraryBreaches(file, name);
  if (!maySee(file, target)) return [`${file} may not import ${target}`];
  if (posix.basename(file) !== "types.ts" || typesOnly) return [];
  return [`${file} hands on more than types of ${target}`];
}

function maySee(file: string, target: string): boolean {
  const [from, to] = [folder(file), folder(target)];
  if (to === "..") return false;
  if (from === "compose") return true;
  if (file === "main.ts") return target === "compose/run.ts";
  if (from === to || to === "lib" || target === "config/types.ts") return true;
  return target === `${to}/types.ts` && (MAY_SEE[from] ?? []).includes(to);
}

function libraryBreaches(file: string, name: string): readonly string[] {
  const library = isBuiltin(name) && !name.startsWith("node:") ? `node:${name}` : name;
  const allowed = LIBRARIES.some((row) => row.library.test(library) && row.files.test(file));
  return allowed ? [] : [`${file} may not import ${library}`];
}

function sourceBreaches(file: string, source: Source): readonly string[] {
  const { lines } = source;
  const rights = CARRIERS.test(file) ? RIGHTS.filter((name) => source.reads.has(name)) : [];
  const known = MAY_SEE[folder(file)] !== undefined || folder(file) === "";
  const rules: readonly (readonly [boolean, string])[] = [
    [!source.parses, "does not parse"],
    [lines > MAX_LINES && !WRITTEN.test(file), `has ${lines} lines`],
    [rights.length > 0, `reads what is a matter of rights: ${rights.join(", ")}`],
    [source.names.has(MINT) && !MINTS.test(file), "mints permits"],
    [!known, "is in a folder that design.md does not know"],
  ];
  return rules.filter(([broken]) => broken).map(([, breach]) => `${file} ${breach}`);
}

function globalBreaches(file: string, { globals }: Source): readonly string[] {
  const used = Object.entries(GLOBALS).filter(([name, rows]) =>
    [...globals].some((written) => {
      const [base = "", member = ""] = written.split(".");
      const allowed = rows.some(
        (row) => row.files.test(file) && (row.members?.test(member) ?? true),
      );
      return base === name && !allowed;
    }),
  );
  return used.map(([name]) => `${file} uses ${name}`);
}

/** Import cycles between files, types included: a cycle of types is a cycle of ideas. */
function cycles(sources: ReadonlyMap<string, Source>): readonly string[] {
  const done = new Set<string>();
  const found: string[] = [];
  for (const file of sources.keys()) visit(file, []);
  return found;

  function visit(file: string, way: readonly string[]): void {
    if (way.includes(file)) {
      found.push(`cycle: ${[...way.slice(way.indexOf(file)), file].join(" -> ")}`);
      return;
    }
    if (done.has(file)) return;
    for (const { name } of sources.get(file)?.imports ?? []) {
      const target = name === null ? null : targetOf(file, name);
      if (target !== null) visit(target, [...way, file]);
    }
    done.add(file);
  }
}

/** The file that an import names, relative to `src/`; null for a library. */
function targetOf(file: string, name: string): string | null {
  return name.startsWith(".") ? posix.join(posix.dirname(file), name) : null;
}

function folder(file: string): string {
  return file.includes("/") ? (file.split("/")[0] ?? "") : "";
}
