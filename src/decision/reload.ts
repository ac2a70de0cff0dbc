// On the trust boundary: replaces what decides, while it decides. A candidate that cannot be used changes
// nothing: the last good snapshot goes on. A request in flight keeps the snapshot that it began with.

import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { type FSWatcher, watch } from "chokidar";
import type { Config, PoliciesSetting } from "../config/types.ts";
import type { World } from "../facts/types.ts";
import { done, type Outcome } from "../lib/outcome.ts";
import { type Opened, openSnapshot, type SnapshotParts, type Sources } from "./snapshot.ts";
import { loadBundle, loadOrganisation } from "./sources.ts";
import type { CurrentSnapshot, PolicyCompiler, PolicyFaults } from "./types.ts";

/** What reloading is made of. */
export interface ReloadParts extends SnapshotParts {
  /** Reads configuration and tools anew, with the facts that follow from them. */
  readonly loadWorld: () => Promise<Outcome<World, PolicyFaults>>;
  /** The file of the built-in bundle. */
  readonly builtin: string;
  readonly compiler: PolicyCompiler;
  /** Told of each reload, good or bad. */
  readonly onReload: (reload: Reload) => void;
}

/** A reload that was tried. */
export interface Reload {
  readonly what: Change;
  /** The revision that decides from now on; the old one when there are faults. */
  readonly revision: string;
  readonly facts: string;
  readonly faults: PolicyFaults;
}

/** What was saved. */
export type Change = "config_reload" | "policy_reload";

/** What decides, kept up to date. */
export interface Policies {
  readonly current: CurrentSnapshot;
  readonly close: () => Promise<void>;
}

/** Editors write a file in several steps; this long after the last one it is read. */
const SETTLE_MS = 10;

/** Loads everything once, and keeps it up to date; the faults say why there is nothing to decide with. */
export async function startPolicies(parts: ReloadParts): Promise<Outcome<Policies, PolicyFaults>> {
  const first = await loadSources(parts);
  if (!first.ok) return first;
  const opened = await openSnapshot(first.value, parts);
  if (!opened.ok) return opened;

  let live: { readonly sources: Sources; readonly opened: Opened } = {
    sources: first.value,
    opened: opened.value,
  };
  const changes = new Set<Change>();
  let busy = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let watchers = await startWatching(live.sources.world.config);

  return done({
    current: () => live.opened.snapshot,
    close: async () => {
      clearTimeout(timer);
      await Promise.all(watchers.map((watcher) => watcher.close()));
      await busy;
      live.opened.retire();
    },
  });

  function changed(what: Change): void {
    changes.add(what);
    clearTimeout(timer);
    timer = setTimeout(() => {
      busy = busy.then(reload);
    }, SETTLE_MS);
  }

  async function reload(): Promise<void> {
    const what: Change = changes.has("config_reload") ? "config_reload" : "policy_reload";
    if (changes.size === 0) return;
    changes.clear();
    const sources = await reloadSources(parts, live.sources, what);
    const next = sources.ok ? await openSnapshot(sources.value, parts) : sources;
    if (sources.ok && next.ok) {
      const old = live;
      live = { sources: sources.value, opened: next.value };
      old.opened.retire();
      if (what === "config_reload") await watchAgain(old.sources.world.config);
    }
    const { revision, world } = live.opened.snapshot;
    parts.onReload({ what, revision, facts: world.digest, faults: next.ok ? [] : next.failure });
  }

  async function watchAgain(old: Config): Promise<void> {
    const { config } = live.sources.world;
    if (pathOf(old.policies) === pathOf(config.policies)) return;
    await Promise.all(watchers.map((watcher) => watcher.close()));
    watchers = await startWatching(config);
  }

  async function startWatching(config: Config): Promise<readonly FSWatcher[]> {
    const policies = () => changed("policy_reload");
    const started = [
      watchPath(parts.builtin, policies),
      ...(config.policies.enabled ? [watchPath(config.policies.path, policies)] : []),
      ...(config.file === null ? [] : [watchPath(config.file, () => changed("config_reload"))]),
    ];
    return (await Promise.all(started)).flat();
  }
}

async function loadSources(parts: ReloadParts): Promise<Outcome<Sources, PolicyFaults>> {
  const [world, builtin] = await Promise.all([parts.loadWorld(), loadBundle(parts.builtin)]);
  if (!world.ok) return world;
  if (!builtin.ok) return builtin;
  const organisation = await loadOrganisation(world.value.config.policies, parts.compiler);
  if (!organisation.ok) return organisation;
  return done({ world: world.value, builtin: builtin.value, organisation: organisation.value });
}

/** What was saved is read again; of a configuration that goes on naming the same policies, only itself. */
async function reloadSources(
  parts: ReloadParts,
  old: Sources,
  what: Change,
): Promise<Outcome<Sources, PolicyFaults>> {
  if (what === "config_reload") {
    const world = await parts.loadWorld();
    if (!world.ok) return world;
    if (pathOf(world.value.config.policies) !== pathOf(old.world.config.policies)) {
      return loadSources(parts);
    }
    return done({ ...old, world: world.value });
  }
  const builtin = await loadBundle(parts.builtin);
  if (!builtin.ok) return builtin;
  const organisation = await loadOrganisation(old.world.config.policies, parts.compiler);
  if (!organisation.ok) return organisation;
  return done({ world: old.world, builtin: builtin.value, organisation: organisation.value });
}

/** Watches a directory with all that is in it, or one file through its folder: editors replace files. */
async function watchPath(path: string, onChange: () => void): Promise<readonly FSWatcher[]> {
  const directory = await isDirectory(path);
  if (!directory && !(await isDirectory(dirname(path)))) return [];
  const watcher = directory
    ? watch(path, { ignoreInitial: true })
    : watch(dirname(path), {
        ignoreInitial: true,
        depth: 0,
        ignored: (name) => name !== path && name !== dirname(path),
      });
  watcher.on("all", onChange);
  await new Promise<void>((resolve) => {
    watcher.once("ready", resolve);
  });
  return [watcher];
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

function pathOf(setting: PoliciesSetting): string | null {
  return setting.enabled ? setting.path : null;
}
