// Builds what decides: configuration, tools, facts and policies, kept up to date together.

import type { Writable } from "node:stream";
import type { Config, LoadConfig } from "../config/types.ts";
import { type Canary, createVetBuiltin } from "../decision/candidate.ts";
import { type Policies, type Reload, startPolicies } from "../decision/reload.ts";
import type { PolicyCompiler, PolicyFaults } from "../decision/types.ts";
import { CANARY_STEP, canaryFacts } from "../facts/canary.ts";
import type { World } from "../facts/types.ts";
import { buildInput } from "../input/build.ts";
import type { InputDocument } from "../input/types.ts";
import { faultLine } from "../lib/fault.ts";
import { asObject } from "../lib/json.ts";
import type { Log } from "../lib/log.ts";
import type { Metrics } from "../lib/metrics.ts";
import { done, type Outcome } from "../lib/outcome.ts";
import type { Requests } from "../lib/requests.ts";
import { unproven } from "../principal/caller.ts";
import { createTellContested } from "./contested.ts";
import { measuredWorld } from "./measured.ts";
import type { Progress } from "./progress.ts";
import { type Beside, NOTHING_BESIDE, type WorldParts, worldOf } from "./world.ts";

/** What decides is made of. */
export interface PolicyParts extends WorldParts {
  readonly compiler: PolicyCompiler;
}

/** What every command that decides is made of. */
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
