// The cloud's runners as a server knows them. Commands know none: they would have to wait for the cloud.

import type { Config } from "../config/types.ts";
import type { Kubiya } from "../kubiya/types.ts";
import type { Log } from "../lib/log.ts";
import { createKnown, type Known } from "../runners/known.ts";
import type { KnownRunner } from "../runners/types.ts";
import type { KubiyaOf } from "./cloud.ts";

/** What is known of the cloud's runners; nothing is asked before it is used. */
export interface CloudRunners extends AsyncDisposable {
  readonly runners: () => readonly KnownRunner[];
  /** The cloud of this configuration is asked from now on, in the background. */
  readonly use: (config: Config) => void;
  /** Takes who is told that something else is known. */
  readonly onChange: (changed: () => void) => void;
}

/** Knows the runners of one cloud at a time. */
export function openCloudRunners(kubiyaOf: KubiyaOf, log: Log): CloudRunners {
  let changed = (): void => {};
  let used: { readonly kubiya: Kubiya; readonly known: Known } | null = null;
  // One after the other: the cloud of the last configuration is the one that is asked.
  let busy: Promise<void> = Promise.resolve();

  return {
    runners: () => used?.known.runners() ?? [],
    use: (config) => {
      busy = busy
        .then(() => change(config))
        .catch((thrown: unknown) => {
          log.error("the Kubiya cloud's runners cannot be watched", { thrown });
        });
    },
    onChange: (listener) => {
      changed = listener;
    },
    [Symbol.asyncDispose]: async () => {
      await busy;
      await used?.known.stop();
    },
  };

  async function change(config: Config): Promise<void> {
    const kubiya = await kubiyaOf(config);
    if (kubiya === (used?.kubiya ?? null)) return;
    await used?.known.stop();
    used = kubiya === null ? null : { kubiya, known: watch(kubiya) };
  }

  function watch(kubiya: Kubiya): Known {
    return createKnown({
      ...{ kubiya, log },
      stopwatch: () => performance.now(),
      after: (ms, run) => {
        const timer = setTimeout(run, ms);
        return () => clearTimeout(timer);
      },
      onChange: () => changed(),
    });
  }
}
