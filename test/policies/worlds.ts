// Random worlds for laws: facts, callers and what they ask for, such that every rule is often met and often not.

import { readFile } from "node:fs/promises";
import fc from "fast-check";
import type { JsonObject } from "../../src/lib/json.ts";

export const NOW = 1_795_435_200_000;
const PERMISSIONS = ["tools:list", "tools:execute", "runners:read", "agents:manage", "*"] as const;
const ROLES = ["one", "two", "three"] as const;
export const TOOLS = [
  "kubectl",
  "kustomize",
  "git",
  "list_runners",
  "execute_tool",
  "create_agent",
];
const PLATFORM = new Set(["list_runners", "execute_tool", "create_agent"]);

const defaults: JsonObject = JSON.parse(await readFile("policies/facts/defaults.json", "utf8"));

export interface Tool {
  readonly requires: readonly string[];
  readonly approved: boolean;
  readonly source: string;
  readonly type: string;
  readonly image: null;
  readonly digest: string;
  readonly runner: {
    readonly name: string;
    readonly kind: string;
    readonly healthy: boolean | null;
  };
}

export interface Facts {
  readonly require_auth: boolean;
  readonly allow_platform_apis: boolean;
  readonly allowed_ips: readonly string[] | null;
  readonly whitelist: Readonly<Record<string, true>> | null;
  readonly runners: { readonly enabled: boolean; readonly allowed: Patterns | null };
  readonly roles: Readonly<Record<string, Role>>;
  readonly tools: Readonly<Record<string, Tool>>;
  readonly defaults: JsonObject;
}

interface Role {
  readonly permissions: Readonly<Record<string, true>>;
  readonly allowed_tools: Patterns | null;
}

interface Patterns {
  readonly names: Readonly<Record<string, true>>;
  readonly prefixes: readonly string[];
}

export interface Credential {
  readonly [field: string]: unknown;
  readonly parent: Parent | null;
}

export interface Parent {
  readonly [field: string]: unknown;
  readonly parent: null;
  readonly permissions: readonly string[] | null;
}

export interface Caller {
  readonly request: { readonly id: string; readonly transport: string; readonly era: string };
  readonly client: Readonly<Record<"ip" | "peer_ip" | "name" | "version", string | null>>;
  readonly principal: {
    readonly kind: string;
    readonly id: string | null;
    readonly roles: readonly string[];
    readonly permissions: readonly string[] | null;
    readonly claims: object;
  };
  readonly credential: Credential;
  readonly session: object | null;
}

export interface World {
  readonly facts: Facts;
  readonly caller: Caller;
}

const setOf = (names: readonly string[]): Readonly<Record<string, true>> =>
  Object.fromEntries(names.map((name) => [name, true]));

const often = <T>(value: T): { weight: number; arbitrary: fc.Arbitrary<T> } => ({
  weight: 4,
  arbitrary: fc.constant(value),
});
const some = <T>(arbitrary: fc.Arbitrary<T>): { weight: number; arbitrary: fc.Arbitrary<T> } => ({
  weight: 2,
  arbitrary,
});

const patterns = (names: readonly string[], prefixes: readonly string[]): fc.Arbitrary<Patterns> =>
  fc.record({ names: fc.subarray([...names]).map(setOf), prefixes: fc.subarray([...prefixes]) });

const role: fc.Arbitrary<Role> = fc.record({
  permissions: fc.subarray([...PERMISSIONS]).map(setOf),
  allowed_tools: fc.option(patterns(TOOLS, ["ku", ""]), { freq: 3 }),
});

const tool = (name: string): fc.Arbitrary<Tool> =>
  fc.record({
    source: fc.constant(PLATFORM.has(name) ? "platform" : "whitelist"),
    type: fc.constant("shell"),
    image: fc.constant(null),
    digest: fc.constant("sha256:0"),
    approved: fc.oneof(often(true), some(fc.boolean())),
    requires: fc.subarray(PERMISSIONS.slice(0, 4), { minLength: 1, maxLength: 2 }),
    runner: fc.record({
      name: fc.constantFrom("local", "runner1"),
      kind: fc.constant("local"),
      healthy: fc.oneof(often(true), some(fc.constantFrom(false, null))),
    }),
  });

const facts: fc.Arbitrary<Facts> = fc.record({
  require_auth: fc.boolean(),
  allow_platform_apis: fc.boolean(),
  allowed_ips: fc.oneof(often(null), some(fc.subarray(["10.0.0.0/8", "2001:db8::/32"]))),
  whitelist: fc.oneof(often(null), some(fc.subarray(TOOLS).map(setOf))),
  runners: fc.record({
    enabled: fc.oneof(often(true), some(fc.boolean())),
    allowed: fc.oneof(often(null), some(patterns(["local", "runner1"], ["run"]))),
  }),
  roles: fc.record({ one: role, two: role, three: role }, { requiredKeys: ["one", "two"] }),
  tools: fc
    .tuple(...TOOLS.map(tool))
    .map((tools) =>
      Object.fromEntries(TOOLS.flatMap((name, at) => (tools[at] ? [[name, tools[at]]] : []))),
    ),
  defaults: fc.constant(defaults),
});

const near = fc.constantFrom(-1, 0, 1, 3_600_000).map((offset) => NOW + offset);

const key = fc.record({
  status: fc.constant("verified"),
  id: fc.constant("k1"),
  kind: fc.constant("key"),
  created_ms: fc.constant(NOW - 1000),
  expires_ms: fc.oneof(often(NOW + 3_600_000), some(near)),
  revoked_ms: fc.oneof(often(null), some(near)),
  allowed_ips: fc.oneof(often(null), some(fc.subarray(["10.0.0.0/8", "2001:db8::/32"]))),
  allow_stdio: fc.boolean(),
  parent: fc.constant(null),
  sessions: fc.nat({ max: 11 }),
});

const limit = fc.option(fc.subarray([...PERMISSIONS]), { freq: 2 });

const token: fc.Arbitrary<Credential> = fc
  .tuple(key, key, limit)
  .map(([own, parent, permissions]) => ({
    ...own,
    id: "t1",
    kind: "token",
    parent: { ...parent, permissions },
  }));

const nothing: Credential = {
  status: "absent",
  id: null,
  kind: null,
  created_ms: null,
  expires_ms: null,
  revoked_ms: null,
  allowed_ips: null,
  allow_stdio: null,
  parent: null,
  sessions: null,
};

const session = fc.record({
  id: fc.constant("s1"),
  credential: fc.constantFrom("k1", "t1"),
  started_ms: fc.constant(NOW - 2000),
  used_ms: fc.constantFrom(NOW - 1001, NOW - 1000, NOW - 999),
  idle_ms: fc.constant(1000),
  absolute_ms: fc.constant(5000),
});

const remote = fc.record({
  request: fc.record({
    id: fc.constant("r1"),
    transport: fc.constant("http"),
    era: fc.constantFrom("modern", "modern", "legacy"),
  }),
  client: fc
    .constantFrom("10.1.2.3", "10.1.2.3", "10.1.2.3", "192.168.1.1", "2001:db8::1", "garbage")
    .map((ip) => ({ ip, peer_ip: ip, name: "client", version: "1" })),
});

const here = {
  request: { id: "r1", transport: "stdio", era: "modern" },
  client: { ip: null, peer_ip: null, name: "client", version: "1" },
};

const userOf = (
  credential: fc.Arbitrary<Credential>,
  session: fc.Arbitrary<object | null>,
): fc.Arbitrary<Caller> =>
  fc
    .record({
      place: remote,
      credential,
      roles: fc.subarray([...ROLES]),
      permissions: fc.option(fc.subarray([...PERMISSIONS]), { freq: 2 }),
      session,
    })
    .map(({ place, credential, roles, permissions, session }) => ({
      ...place,
      principal: { kind: "user", id: "alice", roles, permissions, claims: {} },
      credential,
      session,
    }));

const user = userOf(fc.oneof(key, token), fc.oneof(often(null), some(session)));

const anonymous: fc.Arbitrary<Caller> = fc.constant({
  ...here,
  principal: { kind: "anonymous", id: null, roles: [], permissions: null, claims: {} },
  credential: nothing,
  session: null,
});

/** Facts, and somebody who asks. */
export const world: fc.Arbitrary<World> = fc.record({
  facts,
  caller: fc.oneof({ weight: 4, arbitrary: user }, { weight: 1, arbitrary: anonymous }),
});

/** The same, with a user who holds a credential. */
export const userWorld: fc.Arbitrary<World> = fc.record({ facts, caller: user });

/** The same, with a user who holds a token of a key. */
export const tokenWorld: fc.Arbitrary<World> = fc.record({
  facts,
  caller: userOf(token, fc.constant(null)),
});

const MOMENT = { iso: "2026-11-23T12:00:00.000Z", weekday: "monday", hour: 12, minute: 0 };

/** The document of a caller that asks for an action without a tool. */
export function asking(caller: Caller, action: string, requested: object | null = null): object {
  const step = { tool: null, arguments: null, runner: null };
  return { v: 1, action, now: { ms: NOW, ...MOMENT }, ...caller, ...step, requested };
}

/** The document of a caller that calls a tool of the catalogue on the tool's own runner. */
export function calling({ facts, caller }: World, name: string): object {
  const found = facts.tools[name];
  if (found === undefined) throw new Error(`${name} is not in the catalogue`);
  const { runner, ...tool } = found;
  return {
    ...asking(caller, "tools/call"),
    tool: { name, ...tool },
    arguments: { command: "get pods" },
    runner: { requested: "default", ...runner },
  };
}
