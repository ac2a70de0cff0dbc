// The upstreams of a configuration: opened for everybody who asks about their tools, and started by a server alone.
// Their libraries are large: they are read with the first configuration that has any.

import type { Config, UpstreamSetting } from "../config/types.ts";
import type { Definitions, Noted } from "../credential/types.ts";
import type { JsonObject } from "../lib/json.ts";
import type { Log } from "../lib/log.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import type { Live } from "../tools/upstream/live.ts";
import type { Upstream } from "../tools/upstream/types.ts";
import type { Parts } from "./open.ts";
import type { Beside } from "./world.ts";

/** The upstreams, as sources beside those of the configuration. */
export interface Upstreams
  extends
    Pick<Beside, "sources" | "onTools">,
    Pick<Live, "use" | "freshen" | "meet">,
    AsyncDisposable {
  /** Takes who hears of definitions that were not known. */
  readonly onNoted: (heard: (origin: string, noted: readonly Noted[]) => void) => void;
  /** Tells whoever hears of them. */
  readonly noted: (origin: string, noted: readonly Noted[]) => void;
}

/** What upstreams are opened with. */
export interface UpstreamsParts {
  readonly parts: Pick<Parts, "shipped" | "redaction" | "newId">;
  /** The configuration that is in effect. */
  readonly config: () => Config;
  readonly definitions: Definitions;
  readonly log: Log;
  /** What each of them does and says by itself. */
  readonly upstreamLog: Log;
}

/** How long a program may take to end after its input was closed, and then after it was asked to. */
const ENDING = { hangUpMs: 500, graceMs: 1_000 };

const CONNECTIONS = 16;

/** Several servers may keep the same definitions at once. */
const TRIES = 3;

/** Opens the upstreams; none is started before it is used. */
export function openUpstreams({
  parts,
  config,
  definitions,
  log,
  upstreamLog,
}: UpstreamsParts): Upstreams {
  const { shipped } = parts;
  let changed = (): void => {};
  let heard = (_origin: string, _noted: readonly Noted[]): void => {};
  let live: Live | null = null;

  return {
    sources: async ({ mcpServers, file }: Config, taken) => {
      // Without upstreams nothing is asked of the store.
      if (mcpServers.length === 0) return done([]);
      const sources = await (await opened()).sources(mcpServers, taken);
      if (sources.ok) return sources;
      const message = `what was approved of their tools cannot be read: ${sources.failure.detail}`;
      const mend = "mend the store, or leave `mcpServers` out";
      return failed([{ path: file ?? "configuration", field: "mcpServers", message, mend }]);
    },
    onTools: (listener) => {
      changed = listener;
    },
    onNoted: (listener) => {
      heard = listener;
    },
    noted: (origin, noted) => heard(origin, noted),
    // What is used was put together before: where that was never done, there is none.
    use: (settings) => live?.use(settings),
    freshen: () => live?.freshen(),
    meet: async (settings, withinMs) =>
      settings.length === 0 ? [] : (await opened()).meet(settings, withinMs),
    [Symbol.asyncDispose]: async () => live?.[Symbol.asyncDispose](),
  };

  async function opened(): Promise<Live> {
    const [{ createLive }, open] = await Promise.all([
      import("../tools/upstream/live.ts"),
      loadOpen(parts, config, upstreamLog),
    ]);
    live ??= createLive({
      open,
      requires: shipped.defaults.whitelisted_tool.requires,
      log,
      stopwatch,
      kept: async () => {
        const known = await definitions.known();
        return known.ok ? known : failed({ detail: known.failure.detail });
      },
      keep,
      onChange: () => changed(),
    });
    return live;
  }

  async function keep(
    origin: string,
    tools: ReadonlyMap<string, JsonObject>,
  ): Promise<Outcome<void, { readonly detail: string }>> {
    for (let tried = 1; ; tried += 1) {
      const noted = await definitions.present(origin, tools, Date.now());
      if (noted.ok) {
        if (noted.value.length > 0) heard(origin, noted.value);
        return done(undefined);
      }
      const { failure } = noted;
      if (failure.reason === "conflict" && tried < TRIES) continue;
      return failed({ detail: "detail" in failure ? failure.detail : failure.reason });
    }
  }
}

async function loadOpen(
  { shipped, redaction, newId }: UpstreamsParts["parts"],
  config: () => Config,
  log: Log,
): Promise<(setting: UpstreamSetting, onChange: () => void) => Upstream> {
  const [{ createFetch }, { findProgram }, { createStartTalk }, { openUpstream }] =
    await Promise.all([
      import("../outbound/fetch.ts"),
      import("../subprocess/find-program.ts"),
      import("../subprocess/talk.ts"),
      import("../tools/upstream/open-upstream.ts"),
    ]);
  const { hide } = redaction;
  const startTalk = createStartTalk(ENDING);
  return (setting, onChange) =>
    openUpstream(setting, {
      ...{ startTalk, findProgram, hide, log, stopwatch, onChange },
      self: { name: "kubiya", version: shipped.version },
      // The process's own, which no reload changes.
      path: config().path,
      maxBytes: () => config().limits.max_response_size,
      createFetching: (bounds) =>
        createFetch({ ...bounds, connections: CONNECTIONS }, config().proxies),
      random: Math.random,
      newId,
      after: (ms, run) => {
        const timer = setTimeout(run, ms);
        return () => clearTimeout(timer);
      },
    });
}

function stopwatch(): number {
  return performance.now();
}
