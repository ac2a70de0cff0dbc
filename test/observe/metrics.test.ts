import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import { labelOf } from "../../src/observe/codes.ts";
import { createMetrics } from "../../src/observe/metrics.ts";

/** The value of each series; for histograms only how often something was observed. */
async function series(metrics: ReturnType<typeof createMetrics>): Promise<Record<string, number>> {
  const { text } = await metrics.exposition();
  const lines = text
    .split("\n")
    .filter((line) => /^\w/.test(line) && !/_(?:bucket|sum)\{/.test(line));
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.lastIndexOf(" ");
      return [line.slice(0, at), Number(line.slice(at))] as const;
    }),
  );
}

test("what happens is counted under the name that the operator's page gives", async () => {
  const metrics = createMetrics();
  metrics.decided([]);
  metrics.decided(["roles.unknown", "permissions.missing"]);
  metrics.decided(["policy.error"]);
  metrics.decided(["organisation.no_deploys"]);
  metrics.took("decide", 0.000_03);
  metrics.took("run", 12);
  metrics.reloaded("config_reload", true);
  metrics.reloaded("policy_reload", false);
  metrics.running(1);
  metrics.running(1);
  metrics.running(-1);
  metrics.watch("audit_lag_seconds", () => 0.25);
  metrics.watch("sessions", async () => 3);
  assert.deepEqual(await series(metrics), {
    'kubiya_decisions_total{code="allowed"}': 1,
    'kubiya_decisions_total{code="roles.unknown"}': 1,
    'kubiya_decisions_total{code="permissions.missing"}': 1,
    'kubiya_decisions_total{code="policy.error"}': 1,
    'kubiya_decisions_total{code="organisation"}': 1,
    kubiya_engine_faults_total: 1,
    'kubiya_reloads_total{what="config_reload",result="success"}': 1,
    'kubiya_reloads_total{what="policy_reload",result="failure"}': 1,
    kubiya_running_tools: 1,
    'kubiya_stage_seconds_count{stage="decide"}': 1,
    'kubiya_stage_seconds_count{stage="run"}': 1,
    kubiya_audit_lag_seconds: 0.25,
    kubiya_sessions: 3,
  });
});

test("a gauge that cannot be read now is no number, and the others are told", async () => {
  const metrics = createMetrics();
  metrics.watch("sessions", async () => null);
  metrics.watch("throttled_sources", () => 2);
  const told = await series(metrics);
  assert.deepEqual([told["kubiya_sessions"], told["kubiya_throttled_sources"]], [Number.NaN, 2]);
});

test("made-up names make no series: a thousand codes are two", async () => {
  const metrics = createMetrics();
  const before = Object.keys(await series(metrics)).length;
  for (let at = 0; at < 1_000; at += 1) {
    metrics.decided([`made.up_${at}`, `organisation.made_up_${at}`, "__proto__"]);
  }
  const told = await series(metrics);
  assert.equal(Object.keys(told).length, before + 2);
  assert.equal(told['kubiya_decisions_total{code="other"}'], 2_000);
  assert.equal(told['kubiya_decisions_total{code="organisation"}'], 1_000);
});

test("two servers in one process count for themselves", async () => {
  const [one, other] = [createMetrics(), createMetrics()];
  one.decided([]);
  assert.equal((await series(other))['kubiya_decisions_total{code="allowed"}'], undefined);
});

test("the operator's page names every metric, and no other", async () => {
  const metrics = createMetrics();
  for (const gauge of [
    ...(["audit_waiting_records", "audit_lag_seconds", "sessions"] as const),
    ...(["throttled_sources", "access_log_dropped"] as const),
  ]) {
    metrics.watch(gauge, () => 0);
  }
  const { text } = await metrics.exposition();
  const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = ""]) => name);
  const page = await readFile("docs/operator.md", "utf8");
  const told = [...page.matchAll(/^\| `(kubiya_\w+)`/gm)].map(([, name = ""]) => name);
  assert.deepEqual(new Set(told), new Set(names));
});

test("each code of the built-in policies is counted by its name", async () => {
  const files = (await readdir("policies/kubiya", { recursive: true })).filter(
    // What alerts are called is no decision.
    (file) => file.endsWith(".rego") && !/_test\.rego$|^alerts\//.test(file),
  );
  const texts = await Promise.all(files.map((file) => readFile(`policies/kubiya/${file}`, "utf8")));
  const codes = texts.flatMap((text) => [...text.matchAll(/"code": "([a-z_.]+)"/g)]);
  assert.ok(codes.length > 20);
  for (const [, code = ""] of codes) assert.equal(labelOf(code), code);
});
