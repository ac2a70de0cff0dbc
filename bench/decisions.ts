import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Row, spread, timesOf } from "./measure.ts";
import { benchFolder, benchParts, callOf, configOf, listInput, open } from "./world.ts";

/** The largest has facts of just under 2 MB, which is what facts may have. */
const SIZES = [10, 1_000, 3_500] as const;
const CALLS = 20_000;
const PORT = 18_181;

/** One call decision in TypeScript, from the input's building to the permit. */
export async function measureCalls(): Promise<readonly Row[]> {
  const parts = await benchParts();
  const rows: Row[] = [];
  let first = 0;
  for (const size of SIZES) {
    const policies = await open(parts, configOf(size));
    const snapshot = policies.current();
    const { input, step } = callOf(snapshot);
    const { allowed } = await snapshot.decide.call(input(), step);
    if (!allowed) throw new Error("the bench's call is denied");
    const times = spread(await timesOf(CALLS, () => snapshot.decide.call(input(), step)));
    first ||= times.p50;
    rows.push([
      `call decision, ${size} roles and tools`,
      `p50 ${times.p50.toFixed(1)} us, p99 ${times.p99.toFixed(1)} us; ${(times.p50 / first).toFixed(2)} times the smallest`,
      "p50 25 us, flat",
    ]);
    await policies.close();
  }
  return rows;
}

/** A list of 1,000 tools: one evaluation. */
export async function measureLists(): Promise<readonly Row[]> {
  const policies = await open(await benchParts(), {
    ...configOf(1_000),
    roles: { role0: { permissions: ["*"] } },
  });
  const { decide } = policies.current();
  const { visible } = await decide.list(listInput());
  const times = spread(await timesOf(500, () => decide.list(listInput())));
  await policies.close();
  return [
    [
      `list of 1,000 tools (${Object.keys(visible).length} visible)`,
      `p50 ${(times.p50 / 1000).toFixed(2)} ms, p99 ${(times.p99 / 1000).toFixed(2)} ms`,
      "2 ms",
    ],
  ];
}

/** The same decision asked of `opa run --server` over loopback, in the same run. */
export async function measureOpaServer(): Promise<readonly Row[]> {
  const policies = await open(await benchParts(), configOf(1_000));
  const snapshot = policies.current();
  const { input, step } = callOf(snapshot);
  const ours = spread(await timesOf(CALLS, () => snapshot.decide.call(input(), step)));
  const folder = benchFolder();
  writeFileSync(join(folder, "facts.json"), JSON.stringify({ facts: snapshot.world.facts }));
  const address = `127.0.0.1:${PORT}`;
  const args = [
    "run",
    "--server",
    "--addr",
    address,
    "--log-level",
    "error",
    "--ignore",
    "*_test.rego",
  ];
  const server = spawn(
    resolve(".tools/opa"),
    [...args, "policies/kubiya", join(folder, "facts.json")],
    { stdio: "ignore" },
  );
  try {
    const body = JSON.stringify({ input: input() });
    const ask = async (): Promise<unknown> => {
      const answer = await fetch(`http://${address}/v1/data/kubiya/call/decision`, {
        method: "POST",
        body,
        signal: AbortSignal.timeout(5_000),
      });
      return answer.json();
    };
    await answering(ask);
    const answer = JSON.stringify(await ask());
    if (!answer.includes('"allow":true')) throw new Error(`opa denies: ${answer}`);
    const theirs = spread(await timesOf(2_000, ask));
    return [
      [
        "the same of `opa run --server` on loopback",
        `p50 ${theirs.p50.toFixed(0)} us; ours ${(theirs.p50 / ours.p50).toFixed(1)} times faster`,
        "25 times faster",
      ],
    ];
  } finally {
    server.kill();
    await policies.close();
  }
}

async function answering(ask: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    try {
      await ask();
      return;
    } catch {
      await new Promise((again) => {
        setTimeout(again, 50);
      });
    }
  }
  throw new Error("opa did not start");
}
