import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { pemOf } from "../src/audit/public-keys.ts";
import type { Audit } from "../src/audit/types.ts";
import { createEnforcement } from "../src/enforcement/enforce.ts";
import { createSeal } from "../src/enforcement/seal.ts";
import type { Arrived, Enforcement } from "../src/enforcement/types.ts";
import { buildInput } from "../src/input/build.ts";
import { done } from "../src/lib/outcome.ts";
import { ACTION, END, openIn, PUBLIC } from "../test/audit/trail.ts";
import type { RunStep } from "../src/tools/types.ts";
import { redactorOf } from "../test/support/observed.ts";
import { RUNNING, said } from "../test/support/world.ts";
import { type Row, spread } from "./measure.ts";
import { benchFolder, benchParts, CALLER, configOf, open, SILENT } from "./world.ts";

const IN_FLIGHT = [1, 16, 64] as const;
const CALLS_A_ROUND = 2_000;
/** Taken in turns, so that what else this machine does is shared by both. */
const ROUNDS = 4;

/** What recording costs a call, beside the same server with a writer that does nothing. */
export async function measureRecording(): Promise<readonly Row[]> {
  const policies = await open(await benchParts(), configOf(10));
  const snapshot = policies.current();
  const run: RunStep = async () => done(said(""));
  const toolbox = { ...snapshot.world.toolbox, run };
  const world = { ...snapshot.world, toolbox };
  const arrived: Arrived = { snapshot: { ...snapshot, world }, circumstances: CALLER };
  const audit = await openIn(benchFolder(), { clock: Date.now });
  const [recording, nothing] = [enforcementOf(audit), enforcementOf(NOTHING)];
  const rows: Row[] = [];
  for (const inFlight of IN_FLIGHT) {
    const times: { readonly ours: number[]; readonly bare: number[] } = { ours: [], bare: [] };
    let seconds = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      await callMany(nothing, arrived, { inFlight, times: times.bare });
      const started = performance.now();
      await callMany(recording, arrived, { inFlight, times: times.ours });
      seconds += (performance.now() - started) / 1000;
    }
    const added = spread(times.ours).p50 - spread(times.bare).p50;
    const records = (2 * ROUNDS * CALLS_A_ROUND) / seconds;
    rows.push([
      `recording a call, ${inFlight} in flight (intent synced, outcome written)`,
      `${Math.round(records)} records a second; adds ${added.toFixed(2)} ms to the p50 of the same call with a writer that does nothing (${spread(times.bare).p50.toFixed(2)} ms)`,
      "no aim: a sync of this machine's disk is in it",
    ]);
  }
  await audit.close();
  await policies.close();
  return rows;
}

const NOTHING: Audit = {
  begin: async () =>
    done({ id: "0", end: async () => done(undefined), endUnheard: async () => done(undefined) }),
  note: async () => done(undefined),
  event: async () => done(undefined),
  close: async () => {},
};

function enforcementOf(audit: Audit): Enforcement {
  const unasked = async (): Promise<never> => {
    throw new Error("the bench manages no credentials");
  };
  return createEnforcement({
    ...{ audit, buildInput, clock: Date.now, log: SILENT, planDeed: unasked, perform: unasked },
    heard: () => {},
    redactor: redactorOf(),
    readFreeze: async () => null,
    seal: createSeal(new Uint8Array(32), Date.now),
    keepAlive: { accepted: () => {}, hold: () => () => {}, used: () => {} },
  });
}

async function callMany(
  enforcement: Enforcement,
  arrived: Arrived,
  { inFlight, times }: { readonly inFlight: number; readonly times: number[] },
): Promise<void> {
  let left = CALLS_A_ROUND;
  const one = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const started = performance.now();
      const permitted = await enforcement.call(
        arrived,
        { name: "tool0", arguments: {}, answered: null },
        RUNNING.signal,
      );
      if (!permitted.ok)
        throw new Error(`the bench's call is refused: ${permitted.failure.reason}`);
      const ran = await permitted.value.run(RUNNING);
      if (!ran.ok) throw new Error("the bench's call failed");
      times.push(performance.now() - started);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, one));
}

const RECORDS = 1_000_000;
const AT_ONCE = 1_000;

const VERIFIES = `
  const { verifyTrail } = await import(process.argv[1]);
  const started = performance.now();
  const question = { path: process.argv[2], checkpoint: null, publicKey: process.argv[3], likelyKeys: [] };
  const verified = await verifyTrail(question);
  const [{ records, fault }] = verified.value;
  const took = performance.now() - started;
  process.stdout.write(JSON.stringify({ records, fault, took, peak: process.resourceUsage().maxRSS }));`;

/** Verification of a million records, in a process of its own. */
export async function measureVerify(): Promise<readonly Row[]> {
  const dir = benchFolder();
  const key = join(benchFolder(), "key.pem");
  writeFileSync(key, pemOf(PUBLIC));
  const audit = await openIn(dir, { clock: Date.now });
  for (let at = 0; at < RECORDS; at += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, () => audit.note(ACTION, END)));
  }
  await audit.close();
  const verify = pathToFileURL(resolve("dist/audit/verify-trail.js")).href;
  const args = ["--input-type=module", "-e", VERIFIES, verify, dir, key];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const { records, fault, took, peak } = JSON.parse(stdout);
  if (fault !== null || records < RECORDS) throw new Error("the bench's chain does not verify");
  return [
    [
      "`audit verify` of a million records",
      `${Math.round(records / (took / 1000))} records a second (${(took / 1000).toFixed(1)} s); ${Math.round(peak / 1024)} MiB at its peak`,
      "constant memory",
    ],
  ];
}
