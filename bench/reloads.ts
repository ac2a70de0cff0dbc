import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Policies } from "../src/decision/reload.ts";
import { type Row, spread } from "./measure.ts";
import { benchFolder, benchParts, callOf, configOf, open } from "./world.ts";

const SAVES = 200;
/** Between two saves: nobody saves faster, and the thread for the next reload stands ready. */
const PAUSE_MS = 100;
const RELOADS = 1_000;
const CALLS = 100_000;

/** An organisation's policy that denies everything with this code, or nothing. */
function source(code: string | null): string {
  const deny = code === null ? "[]" : `[{"code": "${code}", "message": "${code}"}]`;
  return `package custom\ndecision := {"deny": ${deny}}\n`;
}

/** Bundles that deny with these codes. */
async function bundles(codes: readonly (string | null)[]): Promise<readonly Uint8Array[]> {
  const { compiler } = await benchParts();
  const built: Uint8Array[] = [];
  for (const code of codes) {
    const folder = benchFolder();
    writeFileSync(join(folder, "custom.rego"), source(code));
    const bundle = await compiler.build(folder);
    if (!bundle.ok) throw new Error(JSON.stringify(bundle.failure));
    built.push(bundle.value);
  }
  return built;
}

/** From a file saved to a decision changed, for a prebuilt bundle and for a directory. */
export async function measureSaved(): Promise<readonly Row[]> {
  const folder = benchFolder();
  const file = join(folder, "bundle.tar.gz");
  const [deny, allow] = await bundles(["no", null]);
  if (deny === undefined || allow === undefined) throw new Error("no bundles");
  writeFileSync(file, allow);
  const bundle = await savedTimes(file, (closed) => replace(file, closed ? deny : allow));
  const directory = join(folder, "policies");
  mkdirSync(directory);
  const rule = join(directory, "custom.rego");
  writeFileSync(rule, source(null));
  const compiled = await savedTimes(directory, (closed) =>
    replace(rule, source(closed ? "no" : null)),
  );
  return [
    ["saved to decided: a prebuilt bundle", told(bundle), "p99 100 ms"],
    ["saved to decided: a directory of .rego", told(compiled), "-"],
  ];
}

async function savedTimes(
  path: string,
  save: (closed: boolean) => void,
): Promise<readonly number[]> {
  const config = configOf(100, { enabled: true, path, named: true });
  const policies = await open(await benchParts(), config);
  const times: number[] = [];
  for (let at = 0; at < SAVES; at += 1) {
    const closed = at % 2 === 0;
    await wait(PAUSE_MS);
    const started = performance.now();
    save(closed);
    while ((await decideOnce(policies)).allow === closed) await tick();
    times.push(performance.now() - started);
  }
  await policies.close();
  return times;
}

/** 100,000 calls during 1,000 reloads: each decision must be the one of the revision that it names. */
export async function measureReloads(): Promise<readonly Row[]> {
  const folder = benchFolder();
  const file = join(folder, "bundle.tar.gz");
  const [deny, allow] = await bundles(["no", null]);
  if (deny === undefined || allow === undefined) throw new Error("no bundles");
  writeFileSync(file, allow);
  const tries = { calls: 0, reloads: 0 };
  const config = configOf(100, { enabled: true, path: file, named: true });
  const policies = await open(await benchParts(), config, () => {
    tries.reloads += 1;
    if (tries.reloads < RELOADS) replace(file, tries.reloads % 2 === 0 ? deny : allow);
  });
  const answers = new Map<string, Set<boolean>>();
  replace(file, deny);
  const caller = async (): Promise<void> => {
    while (tries.reloads < RELOADS || tries.calls < CALLS) {
      tries.calls += 1;
      const { allow: allowed, revision } = await decideOnce(policies);
      answers.set(revision, (answers.get(revision) ?? new Set()).add(allowed));
      if (tries.calls % 100 === 0) await tick();
    }
  };
  await Promise.all(Array.from({ length: 4 }, caller));
  await policies.close();
  const mixed = [...answers.values()].filter((allowed) => allowed.size > 1).length;
  if (mixed > 0) throw new Error(`${mixed} revisions answered both ways`);
  return [
    [
      `${tries.calls} calls during ${tries.reloads} reloads`,
      `${answers.size} revisions, 0 decisions that disagree with theirs`,
      "100,000 calls, 1,000 reloads, 0",
    ],
  ];
}

async function decideOnce(policies: Policies) {
  const snapshot = policies.current();
  const { input, step } = callOf(snapshot);
  return (await snapshot.decide.call(input(), step)).decision;
}

function replace(file: string, content: string | Uint8Array): void {
  writeFileSync(`${file}.new`, content);
  renameSync(`${file}.new`, file);
}

function told(times: readonly number[]): string {
  const { p50, p99, runs } = spread(times);
  return `p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms (${runs} saves)`;
}

function tick(): Promise<void> {
  return new Promise((next) => {
    setImmediate(next);
  });
}
