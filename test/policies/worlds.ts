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
  readonly session: Session | null;
  readonly frozen: object | null;
}

export interface Session {
  readonly id: string;
  readonly credential: string;
  readonly started_ms: number;
  readonly used_ms: number;
  readonly idle_ms: number;
  readonly absolute_ms: number;
}

export interface World {
  readonly facts: Facts;
  readonly caller: Caller;
}

const setOf = (names: readonly string[]): Readonly<Record<string, true>> =>
  Object.fromEntries(names.map((name) => [name, true]));

/** A call depends on many things: each is as it must be nearly always, so that all of them are together often. */
const mostly = <T>(usual: fc.Arbitrary<T>, unusual: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 9, arbitrary: usual }, { weight: 1, arbitrary: unusual });

const patterns = (names: readonly string[], prefixes: readonly string[]): fc.Arbitrary<Patterns> =>
  fc.record({ names: fc.subarray([...names]).map(setOf), prefixes: fc.subarray([...prefixes]) });

const role: fc.Arbitrary<Role> = fc.record({
  permissions: fc
    .oneof(fc.constantFrom(["*"], PERMISSIONS.slice(0, 4)), fc.subarray([...PERMISSIONS]))
    .map(setOf),
  allowed_tools: fc.oneof(fc.constant(null), patterns(TOOLS, ["ku", ""])),
});

const tool = (name: string): fc.Arbitrary<Tool> =>
  fc.record({
    source: fc.constant(PLATFORM.has(name) ? "platform" : "whitelist"),
    type: fc.constant("shell"),
    image: fc.constant(null),
    digest: fc.constant("sha256:0"),
    approved: mostly(fc.constant(true), fc.boolean()),
    requires: fc.oneof(
      fc.constant(["tools:execute" as const]),
      fc.subarray(PERMISSIONS.slice(0, 4), { minLength: 1, maxLength: 2 }),
    ),
    runner: fc.record({
      name: fc.constantFrom("local", "runner1"),
      kind: fc.constant("local"),
      healthy: mostly(fc.constant(true), fc.constantFrom(false, null)),
    }),
  });

const networks = mostly<readonly string[] | null>(
  fc.constantFrom(null, ["10.0.0.0/8"]),
  fc.subarray(["10.0.0.0/8", "2001:db8::/32"]),
);

const facts: fc.Arbitrary<Facts> = fc.record({
  require_auth: fc.boolean(),
  allow_platform_apis: fc.boolean(),
  allowed_ips: networks,
  whitelist: mostly(fc.constant(null), fc.subarray(TOOLS).map(setOf)),
  runners: fc.record({
    enabled: mostly(fc.constant(true), fc.boolean()),
    allowed: mostly(fc.constant(null), patterns(["local", "runner1"], ["run"])),
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
  expires_ms: mostly(fc.constant(NOW + 3_600_000), near),
  revoked_ms: mostly(fc.constant(null), near),
  allowed_ips: networks,
  allow_stdio: fc.boolean(),
  parent: fc.constant(null),
  sessions: fc.nat({ max: 11 }),
});

const limit = fc.oneof(
  fc.constantFrom(null, ["*"], PERMISSIONS.slice(0, 4)),
  fc.subarray([...PERMISSIONS]),
);

/** A token, or a session that is a credential, of a key. */
const child = (kind: "token" | "session"): fc.Arbitrary<Credential> =>
  fc.tuple(key, key, limit).map(([own, parent, permissions]) => ({
    ...own,
    id: "c1",
    kind,
    parent: { ...parent, permissions },
  }));

const jwt = key.map((own) => ({
  ...own,
  ...{ id: "jwt:alice", kind: "jwt", allowed_ips: null, allow_stdio: null },
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

/** When a session began and was used last: at most a moment ago, or nearly over. */
const times = fc.record({
  started_ms: mostly(fc.constant(NOW - 2000), fc.constantFrom(NOW - 4999, NOW - 5000)),
  used_ms: mostly(fc.constant(NOW - 999), fc.constantFrom(NOW - 1001, NOW - 1000)),
  idle_ms: fc.constant(1000),
  absolute_ms: fc.constant(5000),
});

/** A session as its credential holds it. */
export function sessionOf(
  { id, kind, parent }: Credential,
  inTime: Partial<Session> = {},
): Session {
  const own = kind === "session";
  return {
    id: own ? String(id) : "s1",
    credential: String(own ? parent?.["id"] : id),
    ...{ started_ms: NOW - 2000, used_ms: NOW - 1, idle_ms: 1000, absolute_ms: 5000 },
    ...inTime,
  };
}

const client = (ip: string | null): Caller["client"] => ({
  ...{ ip, peer_ip: ip, name: "client", version: "1" },
});

const remote = fc.record({
  request: fc.record({
    id: fc.constant("r1"),
    transport: fc.constant("http"),
    era: fc.constantFrom("modern", "modern", "legacy"),
  }),
  client: mostly(
    fc.constant("10.1.2.3"),
    fc.constantFrom("192.168.1.1", "2001:db8::1", "garbage"),
  ).map(client),
});

const here = {
  request: { id: "r1", transport: "stdio", era: "modern" },
  client: client(null),
};

const freeze = fc.record({
  reason: fc.constantFrom("a stolen key", null),
  since_ms: fc.constantFrom(NOW - 1000, null),
});
const frozen = fc.oneof(
  { weight: 19, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: freeze },
);

const userOf = (credentials: fc.Arbitrary<Credential>): fc.Arbitrary<Caller> =>
  fc
    .record({
      place: fc.oneof(
        { weight: 3, arbitrary: remote },
        { weight: 1, arbitrary: fc.constant(here) },
      ),
      credential: credentials,
      roles: fc.oneof(fc.constantFrom([], ["one"], ["one", "two"]), fc.subarray([...ROLES])),
      permissions: limit,
      times,
      usual: mostly(fc.constant(true), fc.constant(false)),
      frozen,
      foreign: mostly(fc.constant({}), fc.constant({ credential: "k9" })),
    })
    .map(({ place, credential, roles, permissions, usual, foreign, frozen, times: inTime }) => {
      const needed = place.request.era === "legacy" || place.request.transport === "stdio";
      const named = (needed || credential["kind"] === "session") === usual;
      return {
        ...place,
        principal: { kind: "user", id: "alice", roles, permissions, claims: {} },
        credential,
        session: named ? sessionOf(credential, { ...inTime, ...foreign }) : null,
        frozen,
      };
    });

const children = fc.oneof(child("token"), child("session"));
const user = userOf(fc.oneof(key, jwt, children));

const anonymous: fc.Arbitrary<Caller> = frozen.map((frozen) => ({
  ...here,
  principal: { kind: "anonymous", id: null, roles: [], permissions: null, claims: {} },
  credential: nothing,
  session: null,
  frozen,
}));

/** Facts, and somebody who asks. */
export const world: fc.Arbitrary<World> = fc.record({
  facts,
  caller: fc.oneof({ weight: 4, arbitrary: user }, { weight: 1, arbitrary: anonymous }),
});

/** The same, with a user who holds a credential. */
export const userWorld: fc.Arbitrary<World> = fc.record({ facts, caller: user });

/** The same, with a user who holds a token or a session of a key. */
export const childWorld: fc.Arbitrary<World> = fc.record({ facts, caller: userOf(children) });

const MOMENT = { iso: "2026-11-23T12:00:00.000Z", weekday: "monday", hour: 12, minute: 0 };

/** The document of a caller that asks for an action without a tool. */
export function asking(caller: Caller, action: string, requested: object | null = null): object {
  const step = { tool: null, arguments: null, runner: null, reading: null };
  return { v: 1, action, now: { ms: NOW, ...MOMENT }, ...caller, ...step, requested };
}

/** The document of a caller that calls a tool of the catalogue on the tool's own runner. */
export function calling({ facts, caller }: World, name: string): object {
  const found = facts.tools[name];
  if (found === undefined) throw new Error(`${name} is not in the catalogue`);
  const { runner, ...tool } = found;
  return {
    ...asking(caller, "tools/call"),
    tool: { name, origin: null, ...tool },
    arguments: { command: "get pods" },
    runner: { requested: "default", ...runner },
  };
}
