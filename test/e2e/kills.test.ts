// trust.md, "Figures": servers are killed at random moments under load, and then their trail is asked what it lacks.

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { numbers } from "../support/numbers.ts";
import type { Read } from "../support/records.ts";
import { connectTo, folderFor, kubiya, recordsIn } from "../support/server.ts";
import { DIST } from "../support/shell.ts";
import { configOf, effectsIn, envIn, killOne, prepare, type Seen } from "./kills.ts";

/** `make proofs` kills a thousand, each fifty of them on a trail of their own; `make test` one such trail. */
const ROUNDS = process.env["PROOFS"] === "all" ? 20 : 1;
const KILLS = 50;
/** As many servers at once share the state folder. */
const AT_ONCE = 2;
const SEED = Number(process.env["SEED"] ?? Date.now() % 2 ** 32);

/** What the trail lacks of what was seen: nothing, or a line for each. */
function lacking(
  records: readonly Read[],
  { acknowledged, effects }: Pick<Seen, "acknowledged"> & { readonly effects: readonly string[] },
): readonly string[] {
  const calls = records.filter(({ action }) => action === "execute_tool");
  const intents = new Map(calls.filter(isIntent).map((record) => [callOf(record), record]));
  const outcomes = new Map(calls.filter(isOutcome).map((record) => [callOf(record), record]));
  const ids = calls.map(({ id, phase }) => `${phase} ${id}`);
  return [
    ...[...acknowledged]
      .filter(([call, result]) => outcomes.get(call)?.result !== result)
      .map(([call, result]) => `${call} was answered (${result}) and has no such outcome`),
    ...effects
      .filter((call) => !intents.has(call))
      .map((call) => `${call} had an effect and has no intent`),
    ...twice(effects).map((call) => `${call} had its effect twice`),
    ...twice(ids).map((id) => `${id} is recorded twice`),
    ...[...intents.keys()]
      .filter((call) => !outcomes.has(call))
      .map((call) => `${call} was begun and never closed`),
  ];
}

test(`${ROUNDS * KILLS} servers are killed under load: what was answered has its outcome, what was done its intent`, async (context) => {
  context.diagnostic(`SEED=${SEED}`);
  const total = { kills: 0, http: 0, stdio: 0, starting: 0, files: 0, torn: 0 };
  const counted = { acknowledged: 0, denied: 0, effects: 0, unknown: 0, records: 0 };
  const next = numbers(SEED);
  for (let round = 0; round < ROUNDS; round += 1) {
    const folder = await folderFor(context);
    await prepare(folder);
    const seen: Seen = {
      ...{ acknowledged: new Map(), faults: [] },
      kills: { http: 0, stdio: 0, starting: 0 },
    };
    const lanes = Array.from({ length: AT_ONCE }, async (_, lane) => {
      for (let at = lane; at < KILLS; at += AT_ONCE) {
        await killOne({ folder, next, seen }, `${round}.${at}`);
      }
    });
    await Promise.all(lanes);
    // The last writes may be torn; nothing else is wrong with a trail that nobody has mended.
    assert.match(String(await verified(folder)), /^[05]$/);
    await recover(context, folder);
    assert.equal(await verified(folder), 0);

    const records = await recordsIn(join(folder, "state"));
    const effects = (await readFile(effectsIn(folder), "utf8")).split("\n").filter(Boolean);
    assert.deepEqual(seen.faults.slice(0, 5), []);
    assert.deepEqual(lacking(records, { ...seen, effects }).slice(0, 5), [], `SEED=${SEED}`);
    const answers = [...seen.acknowledged.values()];
    for (const how of ["http", "stdio", "starting"] as const) {
      total[how] += seen.kills[how];
      total.kills += seen.kills[how];
    }
    counted.acknowledged += answers.length;
    counted.denied += answers.filter((answer) => answer === "denied").length;
    counted.effects += effects.length;
    counted.unknown += records.filter(({ result }) => result === "unknown").length;
    counted.records += records.length;
    const names = await readdir(join(folder, "state", "audit"), { recursive: true });
    total.files += names.filter((name) => name.endsWith(".jsonl")).length;
    total.torn += names.filter((name) => name.includes(".torn-")).length;
  }
  context.diagnostic(JSON.stringify({ ...total, ...counted }));
  // It was a load: most servers did something, died in the middle of it, and some just as a file was begun.
  assert.equal(total.kills, ROUNDS * KILLS);
  assert.ok(Math.min(counted.acknowledged, counted.effects, counted.unknown) > total.kills / 2);
  assert.ok(counted.denied > 0 && total.files > total.kills / 4);
});

test("a trail that lacks a record is told from one that has them all", () => {
  const effects = ["done", "left"];
  const acknowledged = new Map([
    ["done", "success"],
    ["no", "denied"],
  ] as const);
  const whole = [
    record("intent", "done", "pending"),
    record("outcome", "done", "success"),
    record("outcome", "no", "denied"),
    record("intent", "left", "pending"),
    record("outcome", "left", "unknown"),
  ];
  const told = (records: readonly Read[]): readonly string[] =>
    lacking(records, { acknowledged, effects });
  assert.deepEqual(told(whole), []);
  assert.match(told(whole.toSpliced(0, 1)).join(), /^done had an effect and has no intent$/);
  assert.match(told(whole.toSpliced(1, 1))[0] ?? "", /^done was answered \(success\)/);
  assert.match(told(whole.toSpliced(1, 1, record("outcome", "done", "unknown")))[0] ?? "", /^done/);
  assert.match(told(whole.toSpliced(2, 1)).join(), /^no was answered \(denied\)/);
  assert.match(told(whole.toSpliced(4, 1)).join(), /^left was begun and never closed$/);
  assert.match(told([...whole, record("outcome", "left", "unknown")]).join(), /recorded twice/);
  assert.match(lacking(whole, { acknowledged, effects: ["done", "done"] }).join(), /effect twice/);
});

function record(phase: string, call: string, result: string): Read {
  return { ...{ id: call, phase, result, action: "execute_tool", seq: 1 }, parameters: { call } };
}

/** What the real command says of the whole trail. */
async function verified(folder: string): Promise<number | null> {
  const told = await kubiya(["audit", "verify", "--config", configOf(folder, "large")]);
  assert.doesNotMatch(told.stdout, /TAMPERED/);
  assert.equal(told.stderr, "");
  return told.code;
}

/** As many servers as there are chains, at once: each takes over one, and closes what a kill left open. */
async function recover(context: TestContext, folder: string): Promise<void> {
  const chains = await readdir(join(folder, "state", "audit"));
  const args = ["--config", configOf(folder, "large")];
  const started = chains.map(() => connectTo(context, { main: DIST, args, env: envIn(folder) }));
  for (const client of await Promise.all(started)) await client.close();
}

function isIntent({ phase }: Read): boolean {
  return phase === "intent";
}

function isOutcome({ phase }: Read): boolean {
  return phase === "outcome";
}

function callOf({ parameters }: Read): string {
  const { call } = Object(parameters);
  return String(call);
}

function twice(names: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  return names.filter((name) => seen.size === seen.add(name).size);
}
