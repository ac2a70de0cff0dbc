// On the trust boundary: all upstreams of a server, which live longer than one snapshot. What one of them presents
// is kept before it is offered; none of them is waited for.

import type { UpstreamSetting } from "../../config/types.ts";
import type { Clock } from "../../lib/clock.ts";
import { digestOf } from "../../lib/digest.ts";
import type { JsonObject } from "../../lib/json.ts";
import type { Log, LogFacts } from "../../lib/log.ts";
import { done, type Outcome } from "../../lib/outcome.ts";
import type { Source } from "../types.ts";
import { identityOf } from "./identity.ts";
import { isApproved, type Kept, remembered } from "./kept.ts";
import { createTellLeftOut } from "./left-out.ts";
import { meet, type Unread } from "./meet.ts";
import { nameTools, type PresentedTool } from "./presented.ts";
import { createUpstreamSource } from "./source.ts";
import type { Upstream } from "./types.ts";

/** What upstreams are made of. */
export interface LiveParts {
  readonly open: (setting: UpstreamSetting, onChange: () => void) => Upstream;
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

/** The upstreams of a server. */
export interface Live extends AsyncDisposable {
  /** As they present themselves now, without the tools whose names are taken. Starts none. */
  readonly sources: (
    settings: readonly UpstreamSetting[],
    taken: (name: string) => boolean,
  ) => Promise<Outcome<readonly Source[], { readonly detail: string }>>;
  /** These are in use from now on, the others end; those that have to be known are started, and not waited for. */
  readonly use: (settings: readonly UpstreamSetting[]) => void;
  /** Somebody asks what there is: what those that run present is read again where it is stale, and not waited for. */
  readonly freshen: () => void;
  /**
   * Has each say what it presents now, and settles when that is kept, or `withinMs` are over; gives those that
   * have not said it by then.
   */
  readonly meet: (
    settings: readonly UpstreamSetting[],
    withinMs: number,
  ) => Promise<readonly Unread[]>;
}

interface One {
  readonly key: string;
  readonly setting: UpstreamSetting;
  readonly upstream: Upstream;
}

/** How often is looked for what was approved, and for what has to be started again. */
const LOOK_MS = 1_000;

/** How often one that is to be ready is read again where nobody asks: a client may only wait to be told of changes. */
const FRESHEN_MS = 60_000;

const CHANGE_NOT_TAKEN = "an upstream's change was not taken in: what was known of it counts";

/** Opens none yet. */
export function createLive(parts: LiveParts): Live {
  const { log, onChange } = parts;
  const opened = new Map<string, One>();
  /** What was offered last was made of this. */
  let basis: readonly Kept[] = [];
  let used: ReadonlySet<string> = new Set();
  const tellTaken = createTellLeftOut(log);
  const tellRefused = createTellLeftOut(log);
  let looking = false;
  let keeping: Promise<void> = Promise.resolve();

  const timer = setInterval(look, LOOK_MS);
  timer.unref();
  const freshening = setInterval(() => freshen(({ setting }) => setting.eager), FRESHEN_MS);
  freshening.unref();

  return {
    sources: async (settings, taken) => {
      const kept = await parts.kept();
      if (!kept.ok) return kept;
      basis = kept.value;
      const all = settings.map(openOne);
      return done(all.map(({ upstream }) => sourceOf(upstream, kept.value, taken)));
    },
    use: (settings) => {
      used = new Set(settings.map(identityOf));
      for (const [key, { upstream }] of opened) {
        if (used.has(key)) continue;
        opened.delete(key);
        void end(upstream);
      }
      look();
    },
    freshen: () => freshen(() => true),
    meet: async (settings, withinMs) => {
      const all = settings.map(openOne);
      const unread = await meet(
        all.map(({ upstream }) => upstream),
        withinMs,
      );
      await keeping;
      return unread;
    },
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      clearInterval(freshening);
      await keeping;
      await Promise.all([...opened.values()].map(({ upstream }) => end(upstream)));
      opened.clear();
    },
  };

  /** An upstream whose setting stays the same stays, whatever else is reloaded. */
  function openOne(setting: UpstreamSetting): One {
    const key = identityOf(setting);
    const before = opened.get(key);
    if (before !== undefined) return before;
    const upstream: Upstream = parts.open(setting, () => {
      // One after the other: what is kept last is what was presented last.
      keeping = keeping
        .then(() => changed(upstream))
        .catch(tell(CHANGE_NOT_TAKEN, { upstream: upstream.name }));
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
    const contested = [...named.keys()].filter(taken);
    tellTaken(
      name,
      contested.map((tool) => ({ name: tool, why: "its name is taken" })),
    );
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
    tellRefused(upstream.name, refused);
    return tools;
  }

  /** Looks for approvals, and starts what has to be started; nobody waits for it. */
  function look(): void {
    for (const one of opened.values()) startOne(one);
    if (looking) return;
    looking = true;
    void seeApprovals()
      .catch(tell("approvals of tools could not be looked for: they are looked for again"))
      .finally(() => {
        looking = false;
      });
  }

  /** One that does not run is not started to be looked at. */
  function freshen(isMeant: (one: One) => boolean): void {
    for (const one of opened.values()) {
      const { key, upstream } = one;
      if (used.has(key) && isMeant(one) && upstream.state().state === "ready") {
        void upstream.connect();
      }
    }
  }

  /** Only while something waits for one. */
  async function seeApprovals(): Promise<void> {
    if (basis.every(isApproved)) return;
    const kept = await parts.kept();
    if (kept.ok && digestOf(kept.value) !== digestOf(basis)) onChange();
  }

  /** One that nobody has seen yet, or that is to be ready at any time. What stands in its way it says itself. */
  function startOne({ key, setting, upstream }: One): void {
    const needed = setting.eager || isUnknown(upstream);
    if (used.has(key) && needed && isDue(upstream)) void upstream.connect();
  }

  function isUnknown({ name, presented }: Upstream): boolean {
    return presented() === null && basis.every(({ origin }) => origin !== name);
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

  async function end(upstream: Upstream): Promise<void> {
    await upstream
      .close()
      .catch(tell("an upstream could not be ended", { upstream: upstream.name }));
  }

  /** Nothing here throws but by a fault: it is told, and all goes on. */
  function tell(message: string, facts: LogFacts = {}): (thrown: unknown) => void {
    return (thrown) => log.error(message, { ...facts, thrown });
  }
}
