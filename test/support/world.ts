// Objects of the contracts' shapes for tests that need one: a caller, a tool, a decision, a snapshot.

import assert from "node:assert/strict";
import type { Config, UpstreamSetting } from "../../src/config/types.ts";
import type { Decide, Decision, Snapshot, Verdict } from "../../src/decision/types.ts";
import type { Facts } from "../../src/facts/types.ts";
import type { Circumstances } from "../../src/input/types.ts";
import type { JsonObject } from "../../src/lib/json.ts";
import { done, failed } from "../../src/lib/outcome.ts";
import { mintPermit } from "../../src/lib/permit.ts";
import { unproven } from "../../src/principal/caller.ts";
import type {
  Libraries,
  Running,
  RunStep,
  Step,
  Tool,
  Toolbox,
  ToolResult,
} from "../../src/tools/types.ts";

/** 2026-11-23, noon, UTC: a Monday. */
export const NOON = 1_795_435_200_000;

export const ANONYMOUS = unproven("absent");

export const CIRCUMSTANCES: Circumstances = {
  requestId: "0197a0b0-0000-7000-8000-000000000001",
  transport: "stdio",
  era: "modern",
  nowMs: NOON,
  client: { ip: null, peer_ip: null, name: "test", version: "1" },
  caller: ANONYMOUS,
  frozen: null,
};

export const CONFIG: Config = {
  file: null,
  config_path: "/nowhere/config.json",
  state_dir: "/nowhere",
  caller_credential: null,
  caller_credential_from: null,
  api_key: null,
  kubiya: null,
  proxies: { http: null, https: null, none: null },
  require_auth: false,
  session_timeout: 1800,
  production: false,
  enable_runners: true,
  allowed_runners: null,
  default_runner: "local",
  allow_platform_apis: false,
  whitelist: null,
  tools: [],
  roles: {},
  allowed_ips: null,
  container_engine: "none",
  policies: { enabled: false },
  limits: {
    rate: null,
    tool_timeout: 300,
    max_response_size: 51_200,
    max_tools_in_response: 50,
    default_page_size: 20,
  },
  logging: { level: "info", debug: false },
  audit: {
    dir: "/nowhere/audit",
    max_file_bytes: 67_108_864,
    retention_days: null,
    checkpoint_key: null,
  },
  mcpServers: [],
  mcpServerNames: [],
  http: {
    host: "127.0.0.1",
    port: null,
    public_url: null,
    tls: null,
    allowed_hosts: [],
    allowed_origins: [],
    trusted_proxies: [],
  },
  path: "/usr/bin:/bin",
  jwt: null,
  alerts: null,
  store: { postgres: null },
  environment: {},
};

/** A whitelisted tool that takes one word. */
export function toolNamed(name: string): Tool {
  return {
    name,
    description: `${name} for tests`,
    source: "whitelist",
    origin: null,
    type: "shell",
    image: null,
    digest: `sha256:${name}`,
    approved: true,
    requires: ["tools:execute"],
    runner: { requested: "default", name: "local", kind: "local", healthy: true },
    presentation: {},
    inputSchema: {
      type: "object",
      additionalProperties: false,
      properties: { command: { type: "string" } },
    },
  };
}

/** A server behind this one that nobody reaches. */
export function upstreamNamed(name: string, eager = false): UpstreamSetting {
  const reach = { kind: "address", url: "http://127.0.0.1:1/mcp", headers: {} } as const;
  return { name, eager, timeout: 300, allow: [], reach };
}

/** A call of a tool as it would run. */
export function stepOf(name: string, args: JsonObject = {}): Step {
  const tool = toolNamed(name);
  return { tool, arguments: args, runner: tool.runner };
}

/** A decision that allows. */
export const ALLOWED: Decision = {
  id: "0197a0b0-0000-7000-8000-00000000000a",
  allow: true,
  obligations: [],
  reasons: [],
  revision: "r1",
  facts: "sha256:f",
  micros: 1,
};

/** A decision that denies with these codes. */
export function deniedWith(...codes: readonly string[]): Decision {
  return {
    ...ALLOWED,
    allow: false,
    reasons: codes.map((code) => ({ code, message: `No: ${code}.` })),
  };
}

/** What surrounds something that runs where nobody hears of it. */
export const RUNNING: Running = {
  signal: new AbortController().signal,
  report: () => {},
  capabilities: {},
  caller: "ada",
};

/** The result of a tool that said this. */
export function said(text: string, extra: Partial<ToolResult> = {}): ToolResult {
  return {
    kind: "result",
    content: [{ type: "text", text }],
    structured: null,
    isError: false,
    exitCode: 0,
    outputBytes: Buffer.byteLength(text),
    truncated: false,
    ...extra,
  };
}

/** A library that has nothing. */
export const EMPTY_LIBRARY: Libraries = {
  offers: {
    resources: false,
    subscriptions: false,
    prompts: false,
    completions: false,
    logging: false,
  },
  resources: [],
  templates: [],
  prompts: [],
  known: [],
  contested: [],
  originOf: () => failed("not_there"),
  read: async () => assert.fail("nothing is read"),
};

/** A toolbox that has these tools and runs them as told. */
export function toolboxOf(
  names: readonly string[],
  run: RunStep,
  library: Libraries = EMPTY_LIBRARY,
): Toolbox {
  const catalogue = new Map(names.map((name) => [name, toolNamed(name)]));
  return {
    catalogue,
    plan: (name, args) =>
      catalogue.has(name)
        ? done({ steps: [stepOf(name, args)] })
        : { ok: false, failure: { reason: "unknown_tool", name } },
    run,
    library,
  };
}

function verdictOf<Subject>(decision: Decision, subject: Subject): Verdict<Subject> {
  return decision.allow
    ? { allowed: true, decision, permit: mintPermit(decision.id, subject) }
    : { allowed: false, decision };
}

/** A decider that answers every question with one decision. */
export function decideWith(decision: Decision, extra: Partial<Decide> = {}): Decide {
  return {
    admit: async () => decision,
    read: async (_input, subject) => verdictOf(decision, subject),
    manage: async (_input, subject) => verdictOf(decision, subject),
    list: async () => ({ ...decision, visible: {} }),
    call: async (_input, subject) => verdictOf(decision, subject),
    mask: async () => [],
    alerts: async () => [],
    ...extra,
  };
}

/** A snapshot of these tools under this decider. The facts stay empty: only policies read them. */
export function snapshotOf(toolbox: Toolbox, decide: Decide): Snapshot {
  return {
    world: { config: CONFIG, toolbox, facts: EMPTY_FACTS, digest: "sha256:f" },
    decide,
    revision: "r1",
  };
}

export const EMPTY_FACTS: Facts = {
  allow_platform_apis: false,
  allowed_ips: null,
  require_auth: false,
  roles: {},
  runners: { enabled: true, allowed: null },
  tools: {},
  whitelist: null,
  defaults: {
    anonymous: {},
    new_key: {},
    cloud_scopes: {},
    actions: {},
    while_frozen: { anonymous: {}, user: {}, operator: {} },
    lifetimes: {
      key: { default_ms: 1, min_ms: 1, max_ms: 1 },
      token: { default_ms: 1, min_ms: 1, max_ms: 1 },
      session: { default_ms: 1, min_ms: 1, max_ms: 1 },
    },
    sessions_per_credential: 10,
    whitelisted_tool: { requires: ["tools:execute"] },
    platform_tools: {},
    masked_keys: {},
    alerts: {
      failures: { codes: {}, window_ms: 60_000, many: 20, many_before_success: 10 },
      denials: { window_ms: 60_000, many: 100 },
      repeat_ms: 60_000,
    },
  },
};
