import { periodOf, SINCE, UNTIL } from "./audit-choice.ts";
import { TRAIL, withTrail } from "./audit-read.ts";
import { tellJson } from "./auth-shown.ts";
import { columns } from "./columns.ts";
import { type Counted, createTally } from "./tally.ts";
import { given } from "./typed.ts";
import type { Command } from "./types.ts";

/** `kubiya audit stats` */
export const auditStats: Command = {
  name: "audit stats",
  summary: "Count the actions that have ended, by tool, user, hour (UTC) and result.",
  argument: TRAIL,
  options: [SINCE, UNTIL],
  run: (typed, host) =>
    withTrail({ typed, host, path: typed.args[0] }, async ({ trail, leaveOut }) => {
      const isIn = periodOf(typed, host.clock());
      const tally = createTally();
      for await (const entry of trail.read()) {
        if (entry.is !== "record") leaveOut(entry);
        else if (entry.record.phase === "outcome" && isIn(entry.record)) tally.add(entry.record);
      }
      const groups = tally.groups();
      if (given(typed, "json")) return tellJson(groups, host);
      if (groups.result.length === 0) return host.remark("no action has ended in this time\n");
      const tables = Object.entries(groups).map(([kind, counted]) =>
        columns([[kind, ...HEADS], ...counted.map(cellsOf)]),
      );
      host.answer(tables.join("\n"));
    }),
};

const HEADS = ["count", "failures", "denied", "p50 ms", "p95 ms"];

function cellsOf({
  name,
  count,
  failures,
  denied,
  p50_ms: p50,
  p95_ms: p95,
}: Counted): readonly string[] {
  return [name ?? "-", ...[count, failures, denied, p50 ?? "-", p95 ?? "-"].map(String)];
}
