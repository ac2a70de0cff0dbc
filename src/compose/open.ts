// Builds what decides: configuration, tools, facts and policies, kept up to date together.

import type { Readable, Writable } from "node:stream";
import type { Self } from "../cli/types.ts";
import type { Config, LoadConfig } from "../config/types.ts";
import { type Canary, createVetBuiltin } from "../decision/candidate.ts";
import { type Policies, type Reload, startPolicies } from "../decision/reload.ts";
import type { PolicyCompiler, PolicyFaults } from "../decision/types.ts";
import { buildWorld } from "../facts/build.ts";
import { CANARY_STEP, canaryFacts } from "../facts/canary.ts";
import type { World } from "../facts/types.ts";
import { buildInput } from "../input/build.ts";
import type { InputDocument } from "../input/types.ts";
import { faultLine } from "../lib/fault.ts";
import { asObject } from "../lib/json.ts";
import type { Log } from "../lib/log.ts";
import type { Metrics } from "../lib/metrics.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import type { Requests } from "../lib/requests.ts";
import { unproven } from "../principal/caller.ts";
import { createRunInCloud } from "../runners/in-cloud.ts";
import { readOwner } from "../runners/owner.ts";
import { createResolveRunner } from "../runners/resolve.ts";
import { createRunWork } from "../runners/run.ts";
import type { KnownRunner, ResolveRunner } from "../runners/types.ts";
import { createLines } from "../subprocess/lines.ts";
import type { RunProgram } from "../subprocess/types.ts";
import type { IsApproved } from "../tools/platform/starting-types.ts";
import { joinSources } from "../tools/toolbox.ts";
import type { Source } from "../tools/types.ts";
import { loadWhitelist } from "../tools/whitelist/definitions.ts";
import { createWhitelistSource } from "../tools/whitelist/source.ts";
import { asksCloud, type KubiyaOf } from "./cloud.ts";
import { createTellContested } from "./contested.ts";
import { engineOf } from "./engine.ts";
import { measuredWorld } from "./measured.ts";
import { openPlatform } from "./platform.ts";
import type { Progress } from "./progress.ts";
import type { Redaction } from "./redaction.ts";
import type { Shipped } from "./shipped.ts";

/** What is outside the program. */
export interface Outside {
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** As Node calls it. */
  readonly platform: string;
  /** Node, and the file of this program. */
  readonly self: Self;
  readonly cwd: string;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable;
  readonly stderr: Writable & { readonly isTTY?: boolean };
  /** Takes what hides secrets in whatever is said when nothing else runs any more. */
  readonly hideWith: (hide: (text: string) => string) => void;
  /** Calls back when the process is asked to end. */
  readonly onEnd: (end: () => void) => void;
}

/** What decides is made of. */
export interface PolicyParts {
  readonly outside: Outside;
  readonly shipped: Shipped;
  readonly newId: () => string;
  readonly runProgram: RunProgram;
  readonly compiler: PolicyCompiler;
  /** Sources of tools besides the configuration's own. */
  readonly sources: readonly Source[];
  readonly kubiyaOf: KubiyaOf;
  readonly redaction: Redaction;
}

/** What every command is made of. */
export interface Parts extends PolicyParts {
  readonly requests: Requests;
  readonly progress: Progress;
  /** Says something to whoever started the program, without secrets. */
  readonly tell: (text: string) => void;
  /** A log on stderr. */
  readonly logAs: (manner: {
    readonly logging: () => Config["logging"];
    readonly production: boolean;
    /** Another stream, whose end is stderr too. */
    readonly into?: Writable;
  }) => Log;
}

/** How policies are opened: which configuration they are for, and who hears of their reloads. */
export interface Opening {
  readonly loadConfig: LoadConfig;
  readonly log: Log;
  readonly onReload: (reload: Reload) => void;
  /** Where the running of tools is measured. */
  readonly metrics?: Promise<Metrics | null>;
  /** Absent: the tools of the configuration are all. */
  readonly beside?: Beside;
}

/** What there is outside the configuration, and may come to be something else. */
export interface Beside {
  /** What they have for a configuration; none of it has a name that is `taken`. */
  readonly sources: (
    config: Config,
    taken: (name: string) => boolean,
  ) => Promise<Outcome<readonly Source[], PolicyFaults>>;
  /** What is known of the cloud's runners, now. */
  readonly runners: () => readonly KnownRunner[];
  /** Takes who is told that sources present something else, or that something else is known of a runner. */
  readonly onTools: (changed: () => void) => void;
  /** Whether what the cloud presents is what was approved. */
  readonly isApproved: IsApproved;
}

/** There are none. */
export const NOTHING_BESIDE: Beside = {
  sources: async () => done([]),
  runners: () => [],
  onTools: () => {},
  isApproved: async () => failed("nothing of it is kept here"),
};

/** Opens what decides under a configuration, and keeps it up to date. */
export async function openPolicies(
  parts: PolicyParts,
  { loadConfig, log, onReload, metrics: counted, beside = NOTHING_BESIDE }: Opening,
): Promise<Outcome<Policies, PolicyFaults>> {
  const { shipped, compiler, newId } = parts;
  const canary = await canaryOf(parts);
  const tellContested = createTellContested(log);
  const loadTools = async (config: Config): Promise<Outcome<World, PolicyFaults>> => {
    const world = await worldOf(parts, config, beside);
    if (world.ok) tellContested(world.value.toolbox.library.contested);
    const metrics = (await counted) ?? null;
    return world.ok && metrics !== null ? done(measuredWorld(world.value, metrics)) : world;
  };
  return startPolicies({
    loadWorld: async () => {
      const loaded = await loadConfig();
      if (!loaded.ok) return loaded;
      for (const warning of loaded.value.warnings) log.warn(faultLine(warning));
      return loadTools(loaded.value.config);
    },
    loadTools,
    onTools: beside.onTools,
    builtin: shipped.bundle,
    compiler,
    canary,
    vet: createVetBuiltin(canary, log),
    newId,
    stopwatch: () => performance.now(),
    log,
    onReload,
  });
}

/** What built-in policies must allow. */
export async function canaryOf({ shipped, newId }: PolicyParts): Promise<Canary> {
  return { input: await canaryInput(newId), facts: asObject(canaryFacts(shipped.defaults)) };
}

/** The tools and the facts that follow from a configuration; the faults are files that cannot be read. */
export async function worldOf(
  { outside, shipped, newId, runProgram: run, sources, kubiyaOf, redaction }: PolicyParts,
  config: Config,
  beside: Beside = NOTHING_BESIDE,
): Promise<Outcome<World, PolicyFaults>> {
  const resolveRunner = resolveRunnerOf(config, beside.runners());
  const tools = await loadWhitelist(config.tools, {
    resolveRunner,
    requires: shipped.defaults.whitelisted_tool.requires,
  });
  if (!tools.ok) return tools;
  const engine = engineOf(outside, run, config);
  const owner = await readOwner();
  const runWork = createRunWork({ run, ...engine, path: config.path, newId, owner });
  const { defaults, checkFacts: check } = shipped;
  const { hide } = redaction;
  const kubiya = await kubiyaOf(config);
  const runInCloud = kubiya && createRunInCloud({ kubiya, createLines });
  const whitelist = createWhitelistSource({
    ...{ config, tools: tools.value, runWork, runInCloud, hide },
  });
  const { platform_tools: requires } = defaults;
  // Where the configuration defines a tool of that name, that is the one.
  const isFree = (name: string): boolean => !whitelist.catalogue.has(name);
  const { isApproved } = beside;
  const opening = { config, requires, isFree, resolveRunner, isApproved, hide };
  const platform = kubiya && runInCloud && openPlatform({ ...opening, kubiya, runInCloud });
  const own = [whitelist, ...sources, ...(platform === null ? [] : [platform.asking])];
  const taken = (name: string): boolean =>
    platform?.isTaken(name) === true || own.some(({ catalogue }) => catalogue.has(name));
  const others = await beside.sources(config, taken);
  if (!others.ok) return others;
  const all = [...own, ...others.value];
  const joined = joinSources(all);
  if (!joined.ok) return joined;
  const toolbox =
    platform === null ? joined : joinSources([...all, platform.startingOf(joined.value)]);
  if (!toolbox.ok) return toolbox;
  const world = buildWorld(config, toolbox.value, { defaults, check });
  if (world.ok) return done(world.value);
  const mend = "this is a fault of the program: please report it";
  return failed([
    { path: config.file ?? "configuration", field: "", message: world.failure, mend },
  ]);
}

/** How a configuration resolves names of runners; of the cloud's it is said what is known. */
export function resolveRunnerOf(config: Config, known: readonly KnownRunner[]): ResolveRunner {
  return createResolveRunner(config.default_runner, asksCloud(config) ? known : null);
}

/** Names of the whitelist that nothing offers. */
export function missingTools({ toolbox, facts }: World): readonly string[] {
  const offered = new Set(toolbox.catalogue.keys());
  return Object.keys(facts.whitelist ?? {}).filter((name) => !offered.has(name));
}

/** A call that every set of built-in policies must allow under the canary's facts. */
async function canaryInput(newId: () => string): Promise<InputDocument> {
  const circumstances = {
    requestId: newId(),
    transport: "stdio",
    era: "modern",
    nowMs: Date.now(),
    client: { ip: null, peer_ip: null, name: null, version: null },
    caller: unproven("absent"),
    frozen: null,
  } as const;
  return buildInput(circumstances, { action: "tools/call", step: CANARY_STEP });
}
