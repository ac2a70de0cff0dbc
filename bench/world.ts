// A server of any size in memory, with the real policies, and a caller of it.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openPolicies, type PolicyParts } from "../src/compose/open.ts";
import { createRedaction } from "../src/compose/redaction.ts";
import { readShipped } from "../src/compose/shipped.ts";
import type { Outside } from "../src/compose/world.ts";
import type { Config } from "../src/config/types.ts";
import { createPolicyCompiler } from "../src/decision/compile.ts";
import { createOpa } from "../src/decision/opa.ts";
import type { Policies, Reload } from "../src/decision/reload.ts";
import type { Snapshot } from "../src/decision/types.ts";
import { buildInput } from "../src/input/build.ts";
import type { Circumstances, InputDocument } from "../src/input/types.ts";
import { done } from "../src/lib/outcome.ts";
import { createUuid } from "../src/lib/uuid.ts";
import { createRunProgram } from "../src/subprocess/run.ts";
import type { Step } from "../src/tools/types.ts";
import { CIRCUMSTANCES, CONFIG } from "../test/support/world.ts";

/** A log that nobody reads. */
export const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

let root: string | null = null;

/** A folder for the run of a bench, removed when the process ends. */
export function benchFolder(): string {
  root ??= makeRoot();
  return mkdtempSync(join(root, "run-"));
}

function makeRoot(): string {
  const folder = mkdtempSync(join(tmpdir(), "kubiya-bench-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** What every measure is made of. */
export async function benchParts(): Promise<PolicyParts> {
  const shipped = await readShipped();
  const runProgram = createRunProgram({ graceMs: 1_000 });
  const opa = createOpa({ run: runProgram, path: join(shipped.root, ".tools") });
  const compiler = createPolicyCompiler({ opa, capabilities: shipped.capabilities });
  const outside: Outside = {
    argv: [],
    environment: { PATH: process.env["PATH"] },
    home: "/nowhere",
    platform: process.platform,
    self: { program: process.execPath, node: "24.0.0", words: [] },
    cwd: process.cwd(),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    hideWith: () => {},
    onEnd: () => {},
  };
  return {
    outside,
    shipped,
    newId: createUuid(Date.now),
    runProgram,
    compiler,
    sources: [],
    kubiyaOf: async () => null,
    redaction: createRedaction([]),
  };
}

/** The policies under a configuration. */
export async function open(
  parts: PolicyParts,
  config: Config,
  onReload: (reload: Reload) => void = () => {},
): Promise<Policies> {
  const opened = await openPolicies(parts, {
    loadConfig: async () => done({ config, warnings: [] }),
    log: SILENT,
    onReload,
  });
  if (!opened.ok) throw new Error(JSON.stringify(opened.failure));
  return opened.value;
}

/** A configuration with so many tools, and as many roles, each of which names every tenth tool. */
export function configOf(size: number, policies: Config["policies"] = { enabled: false }): Config {
  const names = Array.from({ length: size }, (_, at) => `tool${at}`);
  const some = names.filter((_, at) => at % Math.max(1, Math.floor(size / 10)) === 0);
  const role = {
    permissions: ["tools:list" as const, "tools:execute" as const],
    allowed_tools: some,
  };
  return {
    ...CONFIG,
    policies,
    whitelist: names,
    tools: names.map((name) => ({ name, type: "shell" as const, content: "true" })),
    roles: Object.fromEntries(names.map((_, at) => [`role${at}`, role])),
  };
}

/** A caller with one role, over HTTP, with a key that is limited to a network. */
export const CALLER: Circumstances = {
  ...CIRCUMSTANCES,
  transport: "http",
  client: { ip: "10.1.2.3", peer_ip: "10.1.2.3", name: "bench", version: "1" },
  caller: {
    principal: { kind: "user", id: "ada", roles: ["role0"], permissions: null, claims: {} },
    credential: {
      status: "verified",
      id: "0123456789abcdef",
      kind: "key",
      created_ms: 0,
      expires_ms: CIRCUMSTANCES.nowMs + 1_000,
      revoked_ms: null,
      allowed_ips: ["10.0.0.0/8"],
      allow_stdio: false,
      parent: null,
      sessions: 0,
    },
    replaced_by: null,
    session: null,
  },
};

/** The input of a call of the first tool, with its step. */
export function callOf({ world }: Snapshot): {
  readonly step: Step;
  readonly input: () => InputDocument;
} {
  const planned = world.toolbox.plan("tool0", {});
  const [step] = planned.ok ? planned.value.steps : [];
  if (step === undefined) throw new Error("the bench has no tool");
  return { step, input: () => buildInput(CALLER, { action: "tools/call", step }) };
}

/** The input of a list. */
export function listInput(): InputDocument {
  return buildInput(CALLER, { action: "tools/list" });
}
