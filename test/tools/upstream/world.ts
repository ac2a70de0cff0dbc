// Upstreams as the program opens them, with limits that a test can wait for.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { resolve } from "node:path";
import type { TestContext } from "node:test";
import type { Proxies, UpstreamSetting } from "../../../src/config/types.ts";
import type { Clock } from "../../../src/lib/clock.ts";
import { digestOf } from "../../../src/lib/digest.ts";
import type { JsonObject } from "../../../src/lib/json.ts";
import type { LogFacts } from "../../../src/lib/log.ts";
import { done, type Outcome } from "../../../src/lib/outcome.ts";
import { mintPermit } from "../../../src/lib/permit.ts";
import { createSecret } from "../../../src/lib/secret.ts";
import { createFetch } from "../../../src/outbound/fetch.ts";
import type { Resolve } from "../../../src/outbound/lookup.ts";
import { findProgram } from "../../../src/subprocess/find-program.ts";
import { createStartTalk } from "../../../src/subprocess/talk.ts";
import { createHide } from "../../../src/tools/hide.ts";
import type {
  Given,
  News,
  Questions,
  Reading,
  Resumed,
  Running,
  ToolFailure,
  ToolResult,
} from "../../../src/tools/types.ts";
import { LIMITS, type UpstreamLimits } from "../../../src/tools/upstream/limits.ts";
import { openUpstream } from "../../../src/tools/upstream/open-upstream.ts";
import type { Presented, Upstream, UpstreamFailure } from "../../../src/tools/upstream/types.ts";

const HOSTILE = resolve("test/tools/upstream/hostile.ts");

/** The secret that a test's server holds, and gives its upstream. */
export const TOKEN = "a-secret-that-is-held";

/** Limits that a test can wait for. */
export const SHORT: UpstreamLimits = {
  ...LIMITS,
  connectMs: 5_000,
  probeMs: 2_000,
  settleMs: 10,
  subscribeMs: 10,
  maxMessageBytes: 2 * 1024 * 1024,
  maxItems: 40,
  maxPages: 5,
  maxListBytes: 100_000,
  firstRetryMs: 60_000,
  lastRetryMs: 60_000,
};

/** How a test's upstream differs. */
export interface Opening {
  readonly reach?: UpstreamSetting["reach"];
  readonly env?: Readonly<Record<string, string>>;
  readonly limits?: Partial<UpstreamLimits>;
  readonly timeout?: number;
  readonly maxBytes?: number;
  readonly eager?: boolean;
  readonly allow?: UpstreamSetting["allow"];
  readonly path?: string;
  readonly resolve?: Resolve;
  readonly proxies?: Proxies;
  /** Hears of each line of its log as it is written, and of each change. */
  readonly heard?: (message: string, facts: LogFacts) => void;
  readonly stopwatch?: Clock;
}

const NO_PROXIES: Proxies = { http: null, https: null, none: null };

/** An upstream, and what is heard of it. */
export interface World {
  readonly upstream: Upstream;
  /** Lines of its log. */
  readonly said: { readonly message: string; readonly facts: LogFacts }[];
  readonly changes: () => number;
}

/** An upstream of ours that does what it should not, in this manner. */
export function hostile(context: TestContext, manner: string, opening: Opening = {}): World {
  const reach = programReach(process.execPath, [HOSTILE, manner], opening.env);
  return open(context, { reach, ...opening });
}

/** An upstream that is a program. */
export function programReach(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): UpstreamSetting["reach"] {
  const given = Object.entries({ A_TOKEN: TOKEN, ...env }).map(
    ([name, value]) => [name, { value: createSecret(value), from: "text" }] as const,
  );
  return { kind: "program", command, args, env: Object.fromEntries(given), cwd: "/" };
}

/** An upstream that is closed when the test ends. */
export function open(context: TestContext, opening: Opening): World {
  const {
    reach = programReach("nothing", []),
    timeout = 10,
    maxBytes = 50_000,
    allow = [],
  } = opening;
  const said: World["said"] = [];
  const { heard = () => {} } = opening;
  const note = (message: string, facts: LogFacts = {}): void => {
    said.push({ message, facts });
    heard(message, facts);
  };
  let changes = 0;
  const setting = { name: "up", eager: opening.eager ?? false, timeout, allow, reach };
  const upstream = openUpstream(setting, {
    self: { name: "kubiya", version: "0" },
    path: opening.path ?? "/usr/bin:/bin",
    maxBytes: () => maxBytes,
    startTalk: createStartTalk({ hangUpMs: 200, graceMs: 200 }),
    findProgram,
    createFetching: (bounds) =>
      createFetch({ ...bounds, connections: 8 }, opening.proxies ?? NO_PROXIES, opening.resolve),
    limits: { ...SHORT, ...opening.limits },
    hide: createHide([TOKEN]),
    log: { debug: note, info: note, warn: note, error: note },
    stopwatch: opening.stopwatch ?? (() => performance.now()),
    random: () => 0,
    after: (ms, run) => {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
    onChange: () => {
      changes += 1;
      heard("changed", {});
    },
    newId: randomUUID,
  });
  context.after(() => upstream.close());
  return { upstream, said, changes: () => changes };
}

/** What was presented. */
export function must(outcome: Outcome<Presented, UpstreamFailure>): Presented {
  assert.ok(outcome.ok, JSON.stringify(outcome));
  return outcome.value;
}

/** What surrounds a call that was permitted. */
export interface Calling extends Partial<Running> {
  readonly args?: JsonObject;
  readonly resumed?: Resumed | null;
  /** The definition that was decided on. Absent: the one that is presented now. */
  readonly decided?: JsonObject;
}

/** A round of a call that was permitted. */
export function round(
  { upstream }: Pick<World, "upstream">,
  tool: string,
  { args = {}, resumed = null, decided, ...running }: Calling = {},
): Promise<Outcome<ToolResult | Questions, UpstreamFailure>> {
  const asked = { running: runningWith(running), resumed };
  const known = upstream.presented()?.tools.find(({ name }) => name === tool);
  const digest = digestOf(decided ?? known ?? toolNamed(tool));
  return upstream.call(mintPermit("d", {}), { tool, digest, arguments: args }, asked);
}

/** A call that has no questions. */
export async function call(
  world: Pick<World, "upstream">,
  tool: string,
  calling: Calling = {},
): Promise<Outcome<ToolResult, UpstreamFailure>> {
  const called = await round(world, tool, calling);
  if (!called.ok) return called;
  const { value } = called;
  return value.kind === "result" ? done(value) : assert.fail(JSON.stringify(value));
}

/** A reading that was permitted, and has no questions. */
export async function readOf(
  { upstream }: Pick<World, "upstream">,
  reading: Reading,
): Promise<Outcome<Given, ToolFailure>> {
  const asked = { running: runningWith(), resumed: null };
  const check = () => done(undefined);
  const given = await upstream.read(mintPermit("d", {}), { reading, check }, asked);
  if (!given.ok) return given;
  const { value } = given;
  return value.kind === "given" ? done(value) : assert.fail(JSON.stringify(value));
}

/** As upstreams of ours present a tool. */
export function toolNamed(name: string): JsonObject {
  return { name, description: name, inputSchema: { type: "object" } };
}

/** What a call comes to whose tool is another now. */
export const CHANGED = {
  ok: false,
  failure: {
    ...{ reason: "upstream_changed", upstream: "up" },
    detail: "has changed its definition",
  },
} as const;

/** Whoever waits, and hears nothing. */
export function runningWith(extra: Partial<Running> = {}): Running {
  const { signal } = new AbortController();
  return { signal, report: () => {}, capabilities: {}, caller: "ada", ...extra };
}

/** What is reported. */
export function reported(): { readonly news: News[]; readonly report: (news: News) => void } {
  const news: News[] = [];
  return { news, report: (one) => void news.push(one) };
}

/** The text of the first block of a result. */
export function textOf(outcome: Outcome<ToolResult | Questions, UpstreamFailure>): string {
  assert.ok(outcome.ok && outcome.value.kind === "result", JSON.stringify(outcome));
  const [first] = outcome.value.content;
  return String(first?.["text"]);
}

/** The processes that a hostile upstream says it is. */
export function pidsOf({ said }: World): readonly number[] {
  return said.flatMap(({ facts: { line } }) =>
    typeof line === "string" && line.startsWith("pids ")
      ? line.split(" ").slice(1).map(Number)
      : [],
  );
}
