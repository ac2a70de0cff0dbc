// On the trust boundary: what goes on at a source while its caller is asked. Where nobody comes back for it, how it
// ends is recorded beside the round that asked. Nothing of what it gives goes anywhere else.

import type { Intent } from "../audit/types.ts";
import { failed } from "../lib/outcome.ts";
import type { RunsOn } from "../tools/types.ts";
import { endOf } from "./end.ts";
import type { Parts } from "./types.ts";

/** A round that ended in questions, of which something goes on. */
export interface Left {
  /** Whose call it is of. */
  readonly name: string;
  readonly intents: readonly Intent[];
  readonly startedMs: number;
  readonly runsOn: RunsOn;
}

/** What goes on with nobody waiting for it. */
export interface Unheard {
  /** Records how it ends; called when the outcome of its round has been. */
  readonly follow: (left: Left) => void;
  /** Gives all of it up, and settles when that is recorded. */
  readonly close: () => Promise<void>;
}

/** Nothing goes on yet. */
export function createUnheard({ clock, log }: Pick<Parts, "clock" | "log">): Unheard {
  const followed = new Map<Left, Promise<void>>();

  return {
    follow: (left) => {
      const recorded = record(left).finally(() => followed.delete(left));
      followed.set(left, recorded);
    },
    close: async () => {
      for (const { runsOn } of followed.keys()) runsOn.giveUp();
      await Promise.all(followed.values());
    },
  };

  async function record({ name, intents, startedMs, runsOn }: Left): Promise<void> {
    const ended = await endedOf(name, runsOn);
    if (ended === null) return;
    const end = endOf(ended, Math.max(0, clock() - startedMs));
    const written = await Promise.all(intents.map((intent) => intent.endUnheard(end)));
    for (const one of written) {
      if (one.ok) continue;
      // There is no caller left to refuse.
      log.error("a call ended while its caller was asked, and its record is missing", {
        ...{ tool: name, ids: intents.map(({ id }) => id).join(", ") },
        ...{ result: end.result, detail: one.failure.detail },
      });
    }
  }

  /** Whatever is thrown is an end too. */
  async function endedOf(name: string, { unheard }: RunsOn): Promise<Awaited<RunsOn["unheard"]>> {
    try {
      return await unheard;
    } catch (thrown) {
      log.error("a tool broke off", { tool: name, thrown });
      return failed({ reason: "broke_off" });
    }
  }
}
