// On the trust boundary: what was seen is counted here and judged by the policies; nothing here decides what an
// alert is. Only policies that cannot say are one by themselves.

import type { Alert, CurrentSnapshot, Snapshot } from "../decision/types.ts";
import type { Clock } from "../lib/clock.ts";
import { asObject } from "../lib/json.ts";
import type { Log } from "../lib/log.ts";
import { createCount } from "./count.ts";
import { createQuiet } from "./quiet.ts";
import type { Told } from "./tell.ts";
import type { See, Sighting } from "./types.ts";

/** Looks at what happens. */
export interface Watch {
  readonly see: See;
  /** Settles when all that was seen is judged and told. */
  readonly settled: () => Promise<void>;
}

/** What watching is made of. */
export interface WatchParts {
  readonly current: CurrentSnapshot;
  readonly tell: (told: Told) => Promise<unknown>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Watches with the policies of the moment. */
export function createWatch({ current, tell, clock, log }: WatchParts): Watch {
  const count = createCount();
  const quiet = createQuiet();
  const under = new Set<Promise<void>>();
  return {
    see: (seen) => {
      const { decide, world } = current();
      const nowMs = clock();
      const sighting = count(seen, nowMs, world.facts.defaults.alerts);
      if (isCalm(sighting)) return;
      const judged = judge({ decide, world }, sighting, nowMs)
        .catch((thrown: unknown) => log.error("an alert broke off", { thrown: String(thrown) }))
        .finally(() => under.delete(judged));
      under.add(judged);
    },
    settled: async () => {
      while (under.size > 0) await Promise.all(under);
    },
  };

  async function judge(
    { decide, world }: Pick<Snapshot, "decide" | "world">,
    sighting: Sighting,
    nowMs: number,
  ): Promise<void> {
    const { repeat_ms: repeatMs } = world.facts.defaults.alerts;
    const sent = world.config.alerts === null ? null : { inMs: 0, repeatMs };
    const alerts = (await decide.alerts(asObject(sighting))) ?? [UNJUDGED];
    for (const one of alerts) {
      const alert = quiet(one, nowMs, repeatMs);
      if (alert !== null) await tell({ alert, sighting, nowMs, sent });
    }
  }
}

/** Nothing about it was counted: almost every request is one of these. */
function isCalm({ what, allow, notify, failures }: Sighting): boolean {
  return what === "decision" && allow === true && notify.length === 0 && failures === 0;
}

const UNJUDGED: Alert = {
  code: "policies.failed",
  severity: "critical",
  message: "The policies could not say whether this is an alert; look at the server's log.",
  key: "alerts",
};
