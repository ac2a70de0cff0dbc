// The upstreams of a configuration: opened for everybody who asks about their tools, and started by a server alone.

import type { Config, UpstreamSetting } from "../config/types.ts";
import type { Definitions, Noted } from "../credential/types.ts";
import type { JsonObject } from "../lib/json.ts";
import type { Log } from "../lib/log.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { createFetch } from "../outbound/fetch.ts";
import { findProgram } from "../subprocess/find-program.ts";
import { createStartTalk } from "../subprocess/talk.ts";
import { createLive, type Live } from "../tools/upstream/live.ts";
import { openUpstream } from "../tools/upstream/open-upstream.ts";
import type { Upstream } from "../tools/upstream/types.ts";
import type { Beside, Parts } from "./open.ts";

/** The upstreams, as sources beside those of the configuration. */
export interface Upstreams
  extends Pick<Beside, "sources" | "onTools">, Pick<Live, "use" | "meet">, AsyncDisposable {
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
}

/** How long a program may take to end after its input was closed, and then after it was asked to. */
const ENDING = { hangUpMs: 500, graceMs: 1_000 };

const CONNECTIONS = 16;

/** Several servers may keep the same definitions at once. */
const TRIES = 3;

/** Opens the upstreams; none is started before it is used. */
export function openUpstreams({ parts, config, definitions, log }: UpstreamsParts): Upstreams {
  const { shipped } = parts;
  let changed = (): void => {};
  let heard = (_origin: string, _noted: readonly Noted[]): void => {};
  const live = createLive({
    open: createOpen(parts, config, log),
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

  return {
    sources: async ({ mcpServers, file }: Config, taken) => {
      // Without upstreams nothing is asked of the store.
      if (mcpServers.length === 0) return done([]);
      const sources = await live.sources(mcpServers, taken);
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
    use: live.use,
    meet: live.meet,
    [Symbol.asyncDispose]: () => live[Symbol.asyncDispose](),
  };

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

function createOpen(
  { shipped, redaction, newId }: UpstreamsParts["parts"],
  config: () => Config,
  log: Log,
): (setting: UpstreamSetting, onChange: () => void) => Upstream {
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
