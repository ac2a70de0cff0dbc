import type { Reload } from "../decision/reload.ts";
import type { Parts as EnforcementParts } from "../enforcement/types.ts";
import type { Log, LogAccess } from "../lib/log.ts";
import type { Metrics } from "../lib/metrics.ts";
import { createAccessLog } from "../observe/access-log.ts";
import { createGathered } from "../observe/gathered.ts";
import type { Parts } from "./open.ts";
import { createWitness } from "./witness.ts";

/** What watches a server while it serves. */
export interface Observed {
  readonly heard: EnforcementParts["heard"];
  readonly logAccess: LogAccess;
  /** Null over stdio, where nobody can ask for them. */
  readonly metrics: Metrics | null;
  /** Writes what is still to be written. */
  readonly flush: () => void;
}

/** Where it is written to what is seen. */
interface ObservedParts extends Pick<Parts, "logAs"> {
  readonly outside: Pick<Parts["outside"], "stderr">;
  readonly manner: Parameters<Parts["logAs"]>[0];
  readonly log: Log;
  readonly overHttp: boolean;
}

/** Watches a server. The library of the metrics is large: who serves them reads it. */
export async function createObserved(parts: ObservedParts): Promise<Observed> {
  const { logAs, outside, manner, log, overHttp } = parts;
  const metrics = overHttp ? (await import("../observe/metrics.ts")).createMetrics() : null;
  const { stream, flush } = createGathered(outside.stderr);
  const access = createAccessLog(logAs({ ...manner, into: stream }), Date.now);
  metrics?.watch("access_log_dropped", access.dropped);
  return { heard: createWitness(log, metrics), logAccess: access.log, metrics, flush };
}

/** Counts a reload. */
export function countReload({ what, faults }: Reload, { metrics }: Observed): void {
  metrics?.reloaded(what, faults.length === 0);
}
