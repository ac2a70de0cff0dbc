// On the trust boundary: all upstreams of a server, which live longer than one snapshot. What one of them presents
// is kept before it is offered; none of them is waited for.

import { digestOf } from "../../lib/digest.ts";
import type { Clock } from "../../lib/clock.ts";
import type { JsonObject } from "../../lib/json.ts";
import type { Log } from "../../lib/log.ts";
import { done, type Outcome } from "../../lib/outcome.ts";
import { nameTools, type PresentedTool } from "../presented.ts";
import type { Source } from "../types.ts";
import { createUpstreamSource } from "./source.ts";
import type { Upstream } from "./types.ts";

/** A definition as it is kept. */
export interface Kept {
  readonly tool: string;
  readonly origin: string;
  readonly approved: JsonObject | null;
  readonly presented: JsonObject | null;
}

/** What upstreams are made of. */
export interface LiveParts<Setting> {
  readonly open: (name: string, setting: Setting, onChange: () => void) => Upstream;
  /** The same text for settings that say the same, secrets included: it is kept nowhere. */
  readonly identify: (setting: Setting) => string;
  /** Whether it is started with the server. */
  readonly isEager: (setting: Setting) => boolean;
  readonly kept: () => Promise<Outcome<readonly Kept[], { readonly detail: string }>>;
  /** Keeps what an upstream presents; settles when it is kept. */
  readonly keep: (
    origin: string,
    tools: ReadonlyMap<string, JsonObject>,
  ) => Promise<Outcome<void, { readonly detail: string }>>;
  /** The permissions that a call of any of their tools needs. */
  readonly requires: readonly string[];
  /** What they present, or what was approved of it, is another. */
  readonly onChange: () => void;
  /** Milliseconds that only go forward. */
  readonly stopwatch: Clock;
  readonly log: Log;
}

/** The upstreams that a configuration names, by their names. */
export type Settings<Setting> = Readonly<Record<string, Setting>>;

/** The upstreams of a server. */
export interface Live<Setting> extends AsyncDisposable {
  /** As they present themselves now, without the tools whose names are taken. Starts none. */
  readonly sources: (
    settings: Settings<Setting>,
    taken: (name: string) => boolean,
  ) => Promise<Outcome<readonly Source[], { readonly detail: string }>>;
  /** These are in use from now on, the others end; those that have to be known are started, and not waited for. */
  readonly use: (settings: Settings<Setting>) => void;
}

interface One<Setting> {
  readonly key: string;
  readonly setting: Setting;
  readonly upstream: Upstream;
}

/** How often is looked for what was approved, and for what has to be started again. */
const LOOK_MS = 1_000;

/** Opens none yet. */
export function createLive<Setting>(parts: LiveParts<Setting>): Live<Setting> {
  const { log, onChange } = parts;
  const opened = new Map<string, One<Setting>>();
  /** What was offered last was made of this. */
  let basis: readonly Kept[] = [];
  let used: ReadonlySet<string> = new Set();
  let looking = false;
  let keeping: Promise<void> = Promise.resolve();

  const timer = setInterval(() => void look(), LOOK_MS);
  timer.unref();

  return {
    sources: async (settings, taken) => {
      const kept = await parts.kept();
      if (!kept.ok) return kept;
      basis = kept.value;
      const all = Object.entries(settings).map(([name, setting]) => openOne(name, setting));
      return done(all.map(({ upstream }) => sourceOf(upstream, kept.value, taken)));
    },
    use: (settings) => {
      used = new Set(Object.entries(settings).map(keyOf));
      for (const [key, { upstream }] of opened) {
        if (used.has(key)) continue;
        opened.delete(key);
        void end(upstream);
      }
      void look();
    },
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await keeping;
      await Promise.all([...opened.values()].map(({ upstream }) => end(upstream)));
      opened.clear();
    },
  };

  /** An upstream whose setting stays the same stays, whatever else is reloaded. */
  function openOne(name: string, setting: Setting): One<Setting> {
    const key = keyOf([name, setting]);
    const before = opened.get(key);
    if (before !== undefined) return before;
    const upstream: Upstream = parts.open(name, setting, () => {
      // One after the other: what is kept last is what was presented last.
      keeping = keeping.then(() => changed(upstream));
    });
    const one = { key, setting, upstream };
    opened.set(key, one);
    return one;
  }

  function sourceOf(
    upstream: Upstream,
    kept: readonly Kept[],
    taken: (name: string) => boolean,
  ): Source {
    const { name } = upstream;
    const presented = upstream.presented();
    const own = new Map(kept.flatMap((one) => (one.origin === name ? [[one.tool, one]] : [])));
    const named = presented === null ? remembered(name, own) : nameOf(upstream);
    const tools = new Map([...named].filter(([tool]) => !taken(tool)));
    for (const tool of named.keys()) {
      if (taken(tool)) log.warn("a tool of an upstream is left out: its name is taken", { tool });
    }
    const approved = (tool: string) => own.get(tool)?.approved ?? null;
    const { requires } = parts;
    return createUpstreamSource({ upstream, presented, tools, approved, requires });
  }

  /** What it presents is kept first: then it can be told whether it was approved. */
  async function changed(upstream: Upstream): Promise<void> {
    const tools = new Map([...nameOf(upstream)].map(([tool, one]) => [tool, one.definition]));
    const kept = await parts.keep(upstream.name, tools);
    if (!kept.ok) log.error("what an upstream presents could not be kept", { ...kept.failure });
    onChange();
  }

  function nameOf(upstream: Upstream): ReadonlyMap<string, PresentedTool> {
    const { tools, refused } = nameTools(upstream.name, upstream.presented()?.tools ?? []);
    for (const one of refused) log.warn("a tool of an upstream is left out", { ...one });
    return tools;
  }

  /** Looks for approvals, and for upstreams that have to be started. */
  async function look(): Promise<void> {
    if (looking) return;
    looking = true;
    try {
      await Promise.all([seeApprovals(), ...[...opened.values()].map(startOne)]);
    } finally {
      looking = false;
    }
  }

  /** Only while something waits for one. */
  async function seeApprovals(): Promise<void> {
    if (basis.every(isApproved)) return;
    const kept = await parts.kept();
    if (kept.ok && digestOf(kept.value) !== digestOf(basis)) onChange();
  }

  /** One that nobody has seen yet, or that is to be ready at any time. */
  async function startOne({ key, setting, upstream }: One<Setting>): Promise<void> {
    const known = basis.some(({ origin }) => origin === upstream.name);
    const needed = parts.isEager(setting) || (!known && upstream.presented() === null);
    if (!used.has(key) || !needed || !isDue(upstream)) return;
    const connected = await upstream.connect();
    if (!connected.ok) log.warn("an upstream cannot be used", { ...connected.failure });
  }

  function isDue(upstream: Upstream): boolean {
    const state = upstream.state();
    switch (state.state) {
      case "idle":
        return true;
      case "failed":
        return state.retryAtMs <= parts.stopwatch();
      case "starting":
      case "ready":
        return false;
    }
  }

  function keyOf([name, setting]: readonly [string, Setting]): string {
    return digestOf([name, parts.identify(setting)]);
  }

  async function end(upstream: Upstream): Promise<void> {
    try {
      await upstream.close();
    } catch (thrown) {
      log.error("an upstream could not be ended", { upstream: upstream.name, thrown });
    }
  }
}

/** What is known of one that has not presented itself to this process yet. */
function remembered(
  origin: string,
  kept: ReadonlyMap<string, Kept>,
): ReadonlyMap<string, PresentedTool> {
  const tools = [...kept].flatMap(([tool, { presented }]): readonly [string, PresentedTool][] =>
    presented === null
      ? []
      : [[tool, { own: tool.slice(`${origin}_`.length), definition: presented }]],
  );
  return new Map(tools);
}

function isApproved({ approved, presented }: Kept): boolean {
  return approved !== null && presented !== null && digestOf(approved) === digestOf(presented);
}
