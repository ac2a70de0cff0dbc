// Measures what the product promises, as ratios within one run, and writes bench/RESULTS.md.

import { cpus, totalmem } from "node:os";
import { writeFileSync } from "node:fs";
import type { Row } from "./measure.ts";
import { measureCredentials } from "./credentials.ts";
import { measureCalls, measureLists, measureOpaServer } from "./decisions.ts";
import { measureHttp } from "./http.ts";
import { measureReloads, measureSaved } from "./reloads.ts";
import { measureStart } from "./start.ts";

const rows: Row[] = [];
for (const measure of [
  measureCalls,
  measureLists,
  measureOpaServer,
  measureSaved,
  measureReloads,
  measureStart,
  measureCredentials,
  measureHttp,
]) {
  for (const row of await measure()) {
    rows.push(row);
    process.stderr.write(`${row.join(" | ")}\n`);
  }
}

const [cpu] = cpus();
writeFileSync(
  "bench/RESULTS.md",
  [
    "# Results of `make bench`",
    "",
    `Node ${process.versions.node}, ${cpus().length} cores (${cpu?.model ?? "unknown"}), ${Math.round(totalmem() / 2 ** 30)} GiB. Ratios are within this run; absolute times are this machine's.`,
    "",
    "| what | measured | aim |",
    "| --- | --- | --- |",
    ...rows.map((row) => `| ${row.join(" | ")} |`),
    "",
  ].join("\n"),
);
process.exit(0);
