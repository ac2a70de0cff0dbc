import type { Config } from "../config/types.ts";
import type { Log } from "../lib/log.ts";
import { done, type Outcome } from "../lib/outcome.ts";
import { readOwner } from "../runners/owner.ts";
import { findLeft, removeLeft } from "../runners/sweep-folders.ts";
import { createSweep } from "../runners/sweep.ts";
import type { EngineName, RunnerFailure } from "../runners/types.ts";
import { groupRuns } from "../subprocess/group.ts";
import type { RunProgram } from "../subprocess/types.ts";
import { engineOf } from "./engine.ts";
import type { Parts } from "./open.ts";

/** A sweep that goes on beside a server. */
export interface Sweeping {
  /** Ends it where it is; settles when nothing of it runs any more. */
  readonly stop: () => Promise<void>;
}

/**
 * Removes the containers and folders of servers that were killed. It holds up no start and fails none,
 * and a server whose tools need no engine asks none.
 */
export function startSweep({ outside, runProgram }: Parts, config: Config, log: Log): Sweeping {
  const abort = new AbortController();
  const run: RunProgram = (command, { onLine }) =>
    runProgram(command, { signal: abort.signal, onLine });
  const needed = config.tools.some(({ image }) => image !== undefined);
  const swept = sweep();
  return {
    stop: () => {
      abort.abort();
      return swept;
    },
  };

  async function sweep(): Promise<void> {
    const owner = await readOwner();
    // Before the containers: those of a server that is killed after this may not have been seen.
    const left = await findLeft(owner);
    const engine = needed ? await sweepContainers(owner) : null;
    const { signal } = abort;
    const known = { owner, engine, groupRuns, signal };
    tell("folders", left.ok ? await removeLeft(left.value, known) : left);
  }

  /** The engine that has none of them any more; null where that is not certain. */
  async function sweepContainers(owner: string): Promise<EngineName | null> {
    const swept = await createSweep({ run, ...engineOf(outside, run, config), owner })();
    tell("containers", swept.ok ? done(swept.value.removed) : swept);
    return swept.ok ? swept.value.engine : null;
  }

  function tell(what: "containers" | "folders", removed: Outcome<number, RunnerFailure>): void {
    if (!removed.ok) log.warn(`${what} of servers that were killed may be left`, removed.failure);
    else if (removed.value > 0)
      log.info(`removed ${what} of servers that were killed`, { [what]: removed.value });
  }
}
