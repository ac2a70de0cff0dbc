// Measures what the product promises, as ratios within one run, and writes bench/RESULTS.md. With names of
// parts it measures those alone, and writes nothing.

import { cpus, totalmem } from "node:os";
import { writeFileSync } from "node:fs";
import { measureRecording, measureVerify } from "./audit.ts";
import type { Row } from "./measure.ts";
import { measureCredentials } from "./credentials.ts";
import { measureCalls, measureLists, measureOpaServer } from "./decisions.ts";
import { measureHttp } from "./http.ts";
import { measureReloads, measureSaved } from "./reloads.ts";
import { measureRevocations } from "./revocations.ts";
import { measureStart } from "./start.ts";
import { measureTokens } from "./tokens.ts";
import { measureTiming } from "./timing.ts";
import { measureUpstreams } from "./upstreams.ts";

const PARTS: Readonly<Record<string, readonly (() => Promise<readonly Row[]>)[]>> = {
  decisions: [measureCalls, measureLists, measureOpaServer],
  reloads: [measureSaved, measureReloads],
  start: [measureStart],
  credentials: [measureCredentials, measureTokens],
  timing: [measureTiming],
  revocations: [measureRevocations],
  http: [measureHttp],
  upstreams: [measureUpstreams],
  audit: [measureRecording, measureVerify],
};

const named = process.argv.slice(2);
const unknown = named.filter((name) => PARTS[name] === undefined);
if (unknown.length > 0) {
  process.stderr.write(`no part ${unknown.join(", ")}; parts: ${Object.keys(PARTS).join(", ")}\n`);
  process.exit(2);
}
const rows: Row[] = [];
for (const part of named.length > 0 ? named : Object.keys(PARTS)) {
  for (const measure of PARTS[part] ?? []) {
    for (const row of await measure()) {
      rows.push(row);
      process.stderr.write(`${row.join(" | ")}\n`);
    }
  }
}

const [cpu] = cpus();
if (named.length === 0) {
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
}
process.exit(0);
