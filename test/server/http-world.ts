// The real front on a port of loopback, over enforcement that decides as it is told.

import { type Agent, request as httpRequest } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import type { TestContext } from "node:test";
import assert from "node:assert/strict";
import type { Config, HttpSetting } from "../../src/config/types.ts";
import type { Order } from "../../src/credential/types.ts";
import type { Decide, Decision } from "../../src/decision/types.ts";
import { createEnforcement } from "../../src/enforcement/enforce.ts";
import { createSeal } from "../../src/enforcement/seal.ts";
import type { Arrived, ManageRefusal } from "../../src/enforcement/types.ts";
import { buildInput } from "../../src/input/build.ts";
import { done, failed } from "../../src/lib/outcome.ts";
import { unproven } from "../../src/principal/caller.ts";
import type { Caller, Presented } from "../../src/principal/types.ts";
import { type HttpParts, type HttpServer, startHttp } from "../../src/server/http.ts";
import type { Libraries, RunStep } from "../../src/tools/types.ts";
import { UNOBSERVED } from "../support/observed.ts";
import {
  ALLOWED,
  CONFIG,
  decideWith,
  NOON,
  said,
  snapshotOf,
  toolboxOf,
} from "../support/world.ts";

/** What may be otherwise. */
export interface Props {
  readonly observed?: Partial<Pick<HttpParts, "logAccess" | "begin" | "metrics">>;
  readonly decision?: Decision;
  readonly decide?: Partial<Decide>;
  readonly caller?: (presented: Presented) => Caller;
  readonly http?: Partial<HttpSetting>;
  readonly config?: Partial<Config>;
  readonly run?: RunStep;
  readonly library?: Libraries;
  readonly auditBroken?: boolean;
  readonly idleMs?: number | null;
  readonly manage?: ManageRefusal | null;
  readonly failing?: readonly string[];
  readonly limits?: NonNullable<HttpParts["limits"]>;
}

/** A front that is listening, and what came through it. */
export interface Standing {
  readonly server: HttpServer;
  readonly arrived: Arrived[];
  readonly presented: (readonly [string | null, string | null])[];
  readonly orders: Order[];
  /** The sources that were told to wait. */
  readonly throttled: readonly string[];
  readonly runs: () => number;
}

/** An answer. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** Its JSON, from a stream of events too. */
  readonly body: Body;
}

/** What answers have, each where it has it. */
interface Body {
  readonly id: unknown;
  readonly resource: unknown;
  readonly failing: unknown;
  readonly authorization_servers: unknown;
  readonly error: {
    readonly code: number;
    readonly message: string;
    readonly data: { readonly code: string; readonly decision_id: string };
  };
  readonly result: {
    readonly isError: unknown;
    readonly cacheScope: unknown;
    readonly content: readonly [{ readonly text: string }];
    readonly serverInfo: { readonly name: string } | undefined;
  };
}

export const TIMES = { started_ms: NOON, used_ms: NOON, idle_ms: 1_000, absolute_ms: 5_000 };

/** A holder of a credential of this kind, within the session it names. */
export function holderOf(kind: "key" | "session", session: string | null): Caller {
  const { principal, credential } = unproven("unknown");
  return {
    principal: { ...principal, kind: "user", id: "ada" },
    credential: { ...credential, status: "verified", id: "k1", kind },
    replaced_by: null,
    session: session === null ? null : { id: session, credential: "k1", ...TIMES },
  };
}

const KEY = new Uint8Array(32);
const silent = (): void => {};
const QUIET = { debug: silent, info: silent, warn: silent, error: silent };
const BROKEN = failed({ reason: "audit_unavailable", detail: "the disk is full" } as const);

/** Starts a front that is closed when the test ends. */
export async function standing(context: TestContext, props: Props = {}): Promise<Standing> {
  const { decision = ALLOWED, auditBroken = false, idleMs = null, manage = null } = props;
  let runs = 0;
  const arrived: Arrived[] = [];
  const presented: (readonly [string | null, string | null])[] = [];
  const orders: Order[] = [];
  const toolbox = toolboxOf(
    ["kubectl"],
    async (...asked) => {
      runs += 1;
      return (await props.run?.(...asked)) ?? done(said("pods"));
    },
    props.library,
  );
  const throttled: string[] = [];
  const config: Config = { ...CONFIG, http: { ...CONFIG.http, ...props.http }, ...props.config };
  const known = snapshotOf(toolbox, decideWith(decision, props.decide));
  const snapshot = { ...known, world: { ...known.world, config } };
  const written = auditBroken ? BROKEN : done(undefined);
  const real = createEnforcement({
    audit: {
      begin: async () =>
        auditBroken
          ? BROKEN
          : done({ id: "1", end: async () => written, endUnheard: async () => written }),
      note: async () => written,
      event: async () => written,
      close: async () => {},
    },
    keepAlive: { accepted: silent, hold: () => silent, used: silent },
    readFreeze: async () => null,
    planDeed: () => assert.fail("managed by the test"),
    perform: () => assert.fail("managed by the test"),
    ...{ buildInput, clock: () => NOON, log: QUIET, seal: createSeal(KEY, () => NOON) },
    ...UNOBSERVED,
  });
  const seen = (one: Arrived): Arrived => {
    arrived.push(one);
    return one;
  };
  const started = await startHttp({
    enforcement: {
      admit: (one, method) => real.admit(seen(one), method),
      list: (one) => real.list(seen(one)),
      call: (one, ...asked) => real.call(seen(one), ...asked),
      show: (one, listing) => real.show(seen(one), listing),
      read: (one, asked) => real.read(seen(one), asked),
      close: real.close,
      manage: async (one, order) => {
        seen(one);
        orders.push(order);
        if (manage !== null) return failed(manage);
        if (!decision.allow) return failed({ reason: "denied", decision });
        const row = { id: "s1", credential: "k1", user: "ada", ...TIMES, mac: "" };
        return done({
          ...{ atMs: 0, made: null, opened: row, credentials: [] },
          unreadable: 0,
          sessions: [],
        });
      },
    },
    authenticate: async (given) => {
      presented.push([given.credential?.reveal() ?? null, given.session]);
      return props.caller?.(given) ?? unproven("absent");
    },
    ...UNOBSERVED,
    ...props.observed,
    ...{ host: "127.0.0.1", port: 0, certificate: null, version: "1.2.3", log: QUIET },
    idleMs: () => idleMs,
    throttled: (source) => throttled.push(source),
    endOf: ({ row }) => row.expires_ms,
    times: () => ({ idleMs: 1_000, lifetimeMs: 60_000 }),
    current: () => snapshot,
    newId: () => "0197a0b0-0000-7000-8000-000000000001",
    clock: () => NOON,
    recheck: real.admit,
    limits: props.limits ?? {},
    ready: async () => props.failing ?? [],
  });
  assert.ok(started.ok);
  context.after(() => started.value.close());
  return { server: started.value, arrived, presented, orders, throttled, runs: () => runs };
}

/** What is sent. */
export interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Text as it is, anything else as JSON. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  /** Keeps connections; without one each request has its own. */
  readonly agent?: Agent;
}

/** Sends a request, by default to the endpoint, as a legacy client. */
export function send({ server }: Pick<Standing, "server">, sent: Sent = {}): Promise<Answer> {
  const { method = "POST", path = "/mcp", headers = {}, body, signal, agent = false } = sent;
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const url = new URL(path, server.url);
  const lines = Object.entries({ ...TYPES, ...headers }).map(([name, value]) => [
    name,
    typeof value === "string" ? value : [...value],
  ]);
  const request = httpRequest(url, {
    ...{ method, agent, headers: Object.fromEntries(lines) },
    ...(signal !== undefined && { signal }),
  });
  request.on("error", reject);
  request.on("response", (response) => {
    let text = "";
    response.setEncoding("utf8");
    response.on("data", (chunk: string) => (text += chunk));
    response.on("error", reject);
    response.on("end", () =>
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        text,
        body: jsonIn(text),
      }),
    );
  });
  request.end(
    typeof body === "string" ? body : body === undefined ? undefined : JSON.stringify(body),
  );
  return promise;
}

export const TYPES = {
  "content-type": "application/json",
  accept: "application/json, text/event-stream",
};

function jsonIn(text: string): Body {
  const data = /^data: (.+)$/m.exec(text)?.[1] ?? text;
  return JSON.parse(data.startsWith("{") ? data : "{}");
}

/** A request as a legacy client sends it. */
export function legacy(method: string, params: object = {}): object {
  return { jsonrpc: "2.0", id: 7, method, params };
}

/** A call of the tool that there is. */
export const CALL = legacy("tools/call", { name: "kubectl", arguments: { command: "get pods" } });
export const LIST = legacy("tools/list");
export const INITIALIZE = legacy("initialize", {
  protocolVersion: "2025-06-18",
  capabilities: {},
  clientInfo: { name: "old", version: "1" },
});

const VERSION = "2026-07-28";

/** A request as a modern client sends it, with the headers that must say the same. */
export function modern(
  method: string,
  params: { readonly name?: string; readonly uri?: string; readonly [param: string]: unknown } = {},
): Sent {
  const named = params.name ?? params.uri;
  const meta = {
    "io.modelcontextprotocol/protocolVersion": VERSION,
    "io.modelcontextprotocol/clientInfo": { name: "new", version: "2" },
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  return {
    headers: {
      "mcp-protocol-version": VERSION,
      "mcp-method": method,
      ...(named !== undefined && { "mcp-name": named }),
    },
    body: legacy(method, { ...params, _meta: meta }),
  };
}
