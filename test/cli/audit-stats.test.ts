import assert from "node:assert/strict";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { openTrail } from "../../src/audit/read-trail.ts";
import { ACTION, END, openIn } from "../audit/trail.ts";
import { NOON } from "../support/world.ts";
import { folderFor } from "../support/server.ts";
import { type Ran, run } from "./host.ts";

const HOUR_MS = 3_600_000;

/** A hundred calls of one tool that took 1 to 100 ms, and an hour later one of another that was denied. */
async function statsFor(
  context: TestContext,
): Promise<(...args: readonly string[]) => Promise<Ran>> {
  const dir = join(await folderFor(context), "trail");
  let now = NOON;
  const clock = (): number => now;
  const audit = await openIn(dir, { clock });
  for (let ms = 1; ms <= 100; ms += 1) {
    const intent = await audit.begin(ACTION);
    assert.ok(intent.ok);
    await intent.value.end({ ...END, durationMs: ms, result: ms > 90 ? "timeout" : "success" });
    // An action counts once, whatever came of it later.
    await intent.value.endUnheard({ ...END, durationMs: 1_000 });
  }
  now += HOUR_MS;
  await audit.note(
    { ...ACTION, toolName: "helm" },
    { ...END, result: "denied", durationMs: 0.123456 },
  );
  await audit.begin(ACTION);
  context.after(() => audit.close());
  return (...args) => run(["audit", "stats", dir, ...args], { openTrail, clock });
}

const KUBECTL = { count: 100, failures: 10, denied: 0, p50_ms: 50, p95_ms: 95 };
const HELM = { count: 1, failures: 0, denied: 1, p50_ms: 0.123, p95_ms: 0.123 };

test("actions that have ended are counted by tool, user, hour and result", async (context) => {
  const stats = await statsFor(context);
  const { code, stdout } = await stats("--json");
  const { tool, user, hour, result } = JSON.parse(stdout);
  assert.equal(code, 0);
  assert.deepEqual(tool, [
    { name: "kubectl", ...KUBECTL },
    { name: "helm", ...HELM },
  ]);
  assert.deepEqual(
    user.map(({ count, failures, denied }: typeof KUBECTL) => [count, failures, denied]),
    [[101, 10, 1]],
  );
  assert.deepEqual(hour, [
    { name: "2026-11-23T12:00Z", ...KUBECTL },
    { name: "2026-11-23T13:00Z", ...HELM },
  ]);
  assert.deepEqual(
    result.map(({ name, count, p50_ms: ms }: typeof KUBECTL & { name: string }) => [
      name,
      count,
      ms,
    ]),
    [
      ["success", 90, 45],
      ["timeout", 10, 95],
      ["denied", 1, 0.123],
    ],
  );
});

test("--since and --until bound what is counted", async (context) => {
  const stats = await statsFor(context);
  const tools = async (...args: readonly string[]): Promise<readonly string[]> =>
    JSON.parse((await stats("--json", ...args)).stdout).tool.map(
      ({ name }: { name: string }) => name,
    );
  assert.deepEqual(await tools("--since", "30m"), ["helm"]);
  assert.deepEqual(await tools("--until", "30m"), ["kubectl"]);
});

test("a person sees a table for each", async (context) => {
  const stats = await statsFor(context);
  const { stdout } = await stats();
  assert.match(
    stdout,
    /^tool +count +failures +denied +p50 ms +p95 ms\nkubectl +100 +10 +0 +50 +95\n/,
  );
  assert.deepEqual(
    stdout.split("\n\n").map((table) => table.split(" ")[0]),
    ["tool", "user", "hour", "result"],
  );
});

test("where nothing has ended stdout stays empty", async (context) => {
  const stats = await statsFor(context);
  const { code, stdout, stderr } = await stats("--until", "2000-01-01");
  assert.deepEqual([code, stdout, stderr], [0, "", "no action has ended in this time\n"]);
});
