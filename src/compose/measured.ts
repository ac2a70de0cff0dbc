// Puts a measure around what a request goes through. Each is the same thing, and says how long it took.

import type { Audit } from "../audit/types.ts";
import type { World } from "../facts/types.ts";
import { done } from "../lib/outcome.ts";
import type { Metrics, Stage } from "../lib/metrics.ts";
import type { Authenticate } from "../principal/types.ts";
import type { RunStep } from "../tools/types.ts";

/** Who presented this, and how long it took to find out. */
export function measuredAuthenticate(authenticate: Authenticate, metrics: Metrics): Authenticate {
  return (presented) => timed("authenticate", metrics, () => authenticate(presented));
}

/** The same tools; what runs is counted. */
export function measuredWorld(world: World, metrics: Metrics): World {
  const { toolbox } = world;
  return { ...world, toolbox: { ...toolbox, run: measuredRun(toolbox.run, metrics) } };
}

function measuredRun(run: RunStep, metrics: Metrics): RunStep {
  return async (permit, running, resumed) => {
    metrics.running(1);
    try {
      return await timed("run", metrics, () => run(permit, running, resumed));
    } finally {
      metrics.running(-1);
    }
  };
}

/** A trail that says how far it is behind. */
export function measuredAudit(audit: Audit, metrics: Metrics): Audit {
  /** When each record that is under way was handed over, the oldest first. */
  const waiting = new Set<{ readonly sinceMs: number }>();
  metrics.watch("audit_waiting_records", () => waiting.size);
  metrics.watch("audit_lag_seconds", () => {
    const [oldest] = waiting;
    return oldest === undefined ? 0 : (performance.now() - oldest.sinceMs) / 1000;
  });
  const recorded = async <T>(record: () => Promise<T>): Promise<T> => {
    const one = { sinceMs: performance.now() };
    waiting.add(one);
    try {
      return await timed("record", metrics, record);
    } finally {
      waiting.delete(one);
    }
  };
  return {
    begin: async (action) => {
      const begun = await recorded(() => audit.begin(action));
      if (!begun.ok) return begun;
      const { id, end, endUnheard } = begun.value;
      return done({
        id,
        end: (how) => recorded(() => end(how)),
        endUnheard: (how) => recorded(() => endUnheard(how)),
      });
    },
    note: (action, end) => recorded(() => audit.note(action, end)),
    event: (event) => recorded(() => audit.event(event)),
    close: audit.close,
  };
}

async function timed<T>(stage: Stage, metrics: Metrics, work: () => Promise<T>): Promise<T> {
  const beganMs = performance.now();
  try {
    return await work();
  } finally {
    metrics.took(stage, (performance.now() - beganMs) / 1000);
  }
}
