// Builds what is decided about: the tools of a configuration, and the facts that follow from it.

import type { Readable, Writable } from "node:stream";
import type { Self } from "../cli/types.ts";
import type { Config } from "../config/types.ts";
import type { PolicyFaults } from "../decision/types.ts";
import { buildWorld } from "../facts/build.ts";
import type { World } from "../facts/types.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { createRunInCloud } from "../runners/in-cloud.ts";
import { readOwner } from "../runners/owner.ts";
import { createRunWork } from "../runners/run.ts";
import type { KnownRunner } from "../runners/types.ts";
import { createLines } from "../subprocess/lines.ts";
import type { RunProgram } from "../subprocess/types.ts";
import type { IsApproved } from "../tools/platform/starting-types.ts";
import { joinSources } from "../tools/toolbox.ts";
import type { Source } from "../tools/types.ts";
import { loadWhitelist } from "../tools/whitelist/definitions.ts";
import { createWhitelistSource } from "../tools/whitelist/source.ts";
import type { KubiyaOf } from "./cloud.ts";
import { engineOf } from "./engine.ts";
import type { Redaction } from "./redaction.ts";
import { resolveRunnerOf } from "./resolve-runner.ts";
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

/** What tools and facts are made of. */
export interface WorldParts {
  readonly outside: Outside;
  readonly shipped: Shipped;
  readonly newId: () => string;
  readonly runProgram: RunProgram;
  /** Sources of tools besides the configuration's own. */
  readonly sources: readonly Source[];
  readonly kubiyaOf: KubiyaOf;
  readonly redaction: Redaction;
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

/** The tools and the facts that follow from a configuration; the faults are files that cannot be read. */
export async function worldOf(
  { outside, shipped, newId, runProgram: run, sources, kubiyaOf, redaction }: WorldParts,
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
  const platform =
    kubiya &&
    runInCloud &&
    (await import("./platform.ts")).openPlatform({ ...opening, kubiya, runInCloud });
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
