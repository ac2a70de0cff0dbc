// On the trust boundary: replaces what decides, while it decides. A candidate that cannot be used changes
// nothing: the last good snapshot goes on. A request in flight keeps the snapshot that it began with.

import type { Config, PoliciesSetting } from "../config/types.ts";
import type { World } from "../facts/types.ts";
import { type Fault, faultLine } from "../lib/fault.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { type Opened, openSnapshot, type SnapshotParts, type Sources } from "./snapshot.ts";
import { loadBundle, loadOrganisation } from "./sources.ts";
import { createThreads } from "./threads.ts";
import type { CurrentSnapshot, PolicyCompiler, PolicyFaults } from "./types.ts";
import { type Change, createWatching, type Places } from "./watch.ts";

/** What reloading is made of. */
export interface ReloadParts extends SnapshotParts {
  /** Reads configuration and tools anew, with the facts that follow from them. */
  readonly loadWorld: () => Promise<Outcome<World, PolicyFaults>>;
  /** Puts together anew what a configuration that is in use has, without reading it. */
  readonly loadTools: (config: Config) => Promise<Outcome<World, PolicyFaults>>;
  /** Takes who is told that sources outside the configuration present something else. */
  readonly onTools: (changed: () => void) => void;
  /** The file of the built-in bundle. */
  readonly builtin: string;
  readonly compiler: PolicyCompiler;
  /** Told of each reload, good or bad. */
  readonly onReload: (reload: Reload) => void;
}

/** A reload that was tried. */
export interface Reload {
  readonly what: "config_reload" | "policy_reload" | "tools_reload";
  /** The revision that decides from now on; the old one when there are faults. */
  readonly revision: string;
  readonly facts: string;
  readonly faults: PolicyFaults;
}

/** What decides, kept up to date. */
export interface Policies {
  readonly current: CurrentSnapshot;
  readonly close: () => Promise<void>;
}

/** What is read again. */
type Renewed = Change | "tools";

/** One after the other, in this order: each takes effect or not by itself. */
const CHANGES: readonly Renewed[] = ["config", "tools", "builtin", "organisation"];

const RELOADS = {
  config: "config_reload",
  tools: "tools_reload",
  builtin: "policy_reload",
  organisation: "policy_reload",
} as const satisfies Record<Renewed, Reload["what"]>;

/** Editors write a file in several steps; this long after the last one it is read. */
const SETTLE_MS = 10;

/** Loads everything once, and keeps it up to date; the faults say why there is nothing to decide with. */
export async function startPolicies(parts: ReloadParts): Promise<Outcome<Policies, PolicyFaults>> {
  const threads = createThreads(parts.log);
  const first = await loadSources(parts);
  if (!first.ok) return first;
  const changes = new Set<Renewed>();
  const blind = new Map<Change, Fault>();
  // What is saved from here on is read again, as soon as there is something that it can replace.
  let settle = (): void => {};
  const renew = (change: Renewed): void => {
    changes.add(change);
    settle();
  };
  parts.onTools(() => renew("tools"));
  const watching = createWatching({
    onChange: renew,
    onBlind: (change, fault) => {
      parts.log.error(faultLine(fault));
      blind.set(change, fault);
      settle();
    },
  });
  const [opened] = await Promise.all([
    openSnapshot(first.value, { ...parts, threads }, null),
    watching.watch(placesOf(parts, first.value)),
  ]);
  if (!opened.ok) {
    await watching.close();
    threads.close();
    return opened;
  }
  let live: Opened = opened.value;
  let busy: Promise<unknown> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  settle = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      busy = busy.then(reload).catch(unexpected);
    }, SETTLE_MS);
  };
  if (changes.size + blind.size > 0) settle();
  if (live.sources.organisation !== null) threads.warm();

  return done({
    current: () => live.snapshot,
    close: async () => {
      settle = () => {};
      clearTimeout(timer);
      await busy;
      await watching.close();
      threads.close();
      live.retire();
    },
  });

  async function reload(): Promise<void> {
    const saved = CHANGES.filter((change) => changes.has(change));
    const unseen = [...blind];
    changes.clear();
    blind.clear();
    for (const [change, fault] of unseen) tell(change, [fault]);
    for (const change of saved) tell(change, await take(change).catch(unexpected));
    if (live.sources.organisation !== null) threads.warm();
  }

  function tell(change: Renewed, faults: PolicyFaults): void {
    const { revision, world } = live.snapshot;
    parts.onReload({ what: RELOADS[change], revision, facts: world.digest, faults });
  }

  /** Tries a change; the faults say why it did not take effect. */
  async function take(change: Renewed): Promise<PolicyFaults> {
    const old = live;
    const sources = await reloadSources(parts, old.sources, change);
    if (!sources.ok) return sources.failure;
    const next = await openSnapshot(sources.value, { ...parts, threads }, old);
    if (!next.ok) return next.failure;
    live = next.value;
    old.retire();
    await watching.watch(placesOf(parts, live.sources));
    return [];
  }

  function unexpected(thrown: unknown): PolicyFaults {
    parts.log.error("a reload broke off", { thrown });
    const mend = "this is a fault of the program: please report it";
    return [{ path: parts.builtin, field: "", message: String(thrown), mend }];
  }
}

function placesOf({ builtin }: ReloadParts, { world }: Sources): Places {
  const { config_path: config, policies } = world.config;
  return { config, builtin, organisation: pathOf(policies) };
}

async function loadSources(parts: ReloadParts): Promise<Outcome<Sources, PolicyFaults>> {
  const [world, builtin] = await Promise.all([parts.loadWorld(), loadBundle(parts.builtin)]);
  if (!world.ok) return world;
  if (!builtin.ok) return builtin;
  const organisation = await loadOrganisation(world.value.config.policies, parts.compiler);
  if (!organisation.ok) return organisation;
  return done({ world: world.value, builtin: builtin.value, organisation: organisation.value });
}

/** What was saved is read again, and of the rest what it names. */
async function reloadSources(
  parts: ReloadParts,
  old: Sources,
  change: Renewed,
): Promise<Outcome<Sources, PolicyFaults>> {
  if (change === "builtin") {
    const builtin = await loadBundle(parts.builtin);
    return builtin.ok ? done({ ...old, builtin: builtin.value }) : builtin;
  }
  if (change === "tools") {
    const world = await parts.loadTools(old.world.config);
    return world.ok ? done({ ...old, world: world.value }) : world;
  }
  const world = change === "config" ? await parts.loadWorld() : done(old.world);
  if (!world.ok) return world;
  const { policies } = world.value.config;
  const samePath = pathOf(policies) === pathOf(old.world.config.policies);
  if (change === "config" && samePath) return done({ ...old, world: world.value });
  const organisation = await loadOrganisation(policies, parts.compiler);
  if (!organisation.ok) return organisation;
  if (samePath && organisation.value === null && old.organisation !== null) {
    return failed([gone(old.organisation.path)]);
  }
  return done({ ...old, world: world.value, organisation: organisation.value });
}

/** Policies that were on do not go off because their files went: somebody may be replacing them. */
function gone(path: string): PolicyFaults[number] {
  const mend = "put them back, or turn `enable_opa_policies` off";
  return { path, field: "", message: "the organisation's policies are not there any more", mend };
}

function pathOf(setting: PoliciesSetting): string | null {
  return setting.enabled ? setting.path : null;
}
