// Prometheus' text format. How many series there can be is fixed here: each label has a closed set of values.

import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { GaugeName, Metrics, Stage } from "../lib/metrics.ts";
import { labelOf } from "./codes.ts";

const STAGES: readonly Stage[] = ["authenticate", "decide", "record", "run"];

/** From a decision, some ten microseconds, to a tool that runs for minutes. */
const SECONDS = [
  ...[0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05],
  ...[0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
];

const GAUGES: Readonly<Record<GaugeName, string>> = {
  audit_waiting_records: "Audit records that are on their way to the disk",
  audit_lag_seconds: "How long the oldest of them has been on its way",
  sessions: "Sessions that are open in the store",
  throttled_sources: "Sources that wait after too many failed authentications",
  access_log_dropped: "Lines of the access log that were dropped since the start",
};

/** Metrics of this process, all at zero. */
export function createMetrics(): Metrics {
  const registers = [new Registry()];
  const [registry = new Registry()] = registers;
  const decisions = new Counter({
    name: "kubiya_decisions_total",
    help: "Decisions by the code of each reason, or allowed",
    labelNames: ["code"],
    registers,
  });
  const faults = new Counter({
    name: "kubiya_engine_faults_total",
    help: "Decisions that the policy engine could not make, and so denied",
    registers,
  });
  const reloads = new Counter({
    name: "kubiya_reloads_total",
    help: "Reloads of the configuration and of policies, by whether they took effect",
    labelNames: ["what", "result"],
    registers,
  });
  const tools = new Gauge({ name: "kubiya_running_tools", help: "Tools that run now", registers });
  const seconds = new Histogram({
    name: "kubiya_stage_seconds",
    help: "How long a stage of a request took",
    labelNames: ["stage"],
    buckets: SECONDS,
    registers,
  });
  const stages = new Map(STAGES.map((stage) => [stage, seconds.labels({ stage })]));

  return {
    decided: (codes) => {
      if (codes.length === 0) decisions.inc({ code: "allowed" });
      for (const code of codes) decisions.inc({ code: labelOf(code) });
      if (codes.some((code) => code.startsWith("policy."))) faults.inc();
    },
    took: (stage, s) => stages.get(stage)?.observe(s),
    reloaded: (what, worked) => reloads.inc({ what, result: worked ? "success" : "failure" }),
    running: (change) => tools.inc(change),
    watch: (name, read) => {
      const gauge: Gauge = new Gauge({
        name: `kubiya_${name}`,
        help: GAUGES[name],
        registers,
        // What cannot be read now is not told as a number.
        collect: async () => gauge.set((await read()) ?? Number.NaN),
      });
    },
    exposition: async () => ({ type: registry.contentType, text: await registry.metrics() }),
  };
}
