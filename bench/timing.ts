import { mint } from "../src/credential/format.ts";
import { createSecret, type Secret } from "../src/lib/secret.ts";
import { FAILURES_A_MINUTE } from "../src/server/http-throttle.ts";
import { keysOf } from "./credentials.ts";
import { list } from "./http-asked.ts";
import { ask } from "./http-load.ts";
import { serve } from "./http-served.ts";
import { type Row, spread } from "./measure.ts";
import { benchFolder } from "./world.ts";

const KEYS = 64;
const SAMPLES_EACH = 20_000;
const WARM_UP = 2_000;
const HTTP_SAMPLES = 400;
const SPLITS = 200;
/** 99 of 100 are within so many standard deviations. */
const SURE = 2.576;
/** The standard deviation of a median, beside that of a mean of as many. */
const OF_A_MEDIAN = Math.sqrt(Math.PI / 2);
/** The quarters of a normal distribution are so many standard deviations apart. */
const OF_QUARTERS = 1.349;
const REFUSALS_A_DAY = FAILURES_A_MINUTE * 60 * 24;

/**
 * Whether time tells a wrong secret from an id that nobody has, or from what has not the form. All kinds are
 * asked for in turns that chance decides. The difference of two medians is seen where it is larger than that
 * of two halves of one kind; it matters where a client on loopback, at the spread that answers have there,
 * could be 99 % sure of it from as many of each as one source is given in a day.
 */
export async function measureTiming(): Promise<readonly Row[]> {
  const { store, verify, ids } = await keysOf(KEYS);
  const kinds = {
    wrong: ids.map((id) => mint("key", id).secret),
    unknown: ids.map(() => mint("key").secret),
    malformed: ids.map(() => createSecret(`${mint("key").secret.reveal().slice(0, -1)}!`)),
  };
  const taken = await interleaved(kinds, verify);
  await store.close();
  const noise = halvesApart(taken.wrong);
  const deviation = await httpDeviation(kinds.wrong);
  return (["unknown", "malformed"] as const).map((kind) => {
    const apart = spread(taken[kind]).p50 - spread(taken.wrong).p50;
    const answers = 2 * ((SURE * OF_A_MEDIAN * deviation) / apart) ** 2;
    const told =
      Math.abs(apart) <= noise
        ? "not to be told apart"
        : `to be told over HTTP from ${answers.toFixed(0)} answers of each, whose deviation is ${deviation.toFixed(0)} us`;
    return [
      `time of a wrong secret beside ${NAMES[kind]}`,
      `${apart.toFixed(2)} us apart, halves of one kind ${noise.toFixed(2)} us; ${told}`,
      `more than ${REFUSALS_A_DAY}: a day of one source`,
    ];
  });
}

const NAMES = { unknown: "an id that nobody has", malformed: "what has not the form" } as const;

type Kind = "wrong" | keyof typeof NAMES;

/** Microseconds of each kind. */
async function interleaved(
  kinds: Readonly<Record<Kind, readonly Secret[]>>,
  verify: (secret: Secret) => Promise<unknown>,
): Promise<Readonly<Record<Kind, readonly number[]>>> {
  const taken: Readonly<Record<Kind, number[]>> = { wrong: [], unknown: [], malformed: [] };
  const names = ["wrong", "unknown", "malformed"] as const;
  for (let at = 0; at < WARM_UP + SAMPLES_EACH * names.length; at += 1) {
    const kind = names[Math.floor(Math.random() * names.length)] ?? "wrong";
    const secret = kinds[kind][at % KEYS];
    if (secret === undefined) throw new Error("the bench has too few credentials");
    const started = performance.now();
    await verify(secret);
    if (at >= WARM_UP) taken[kind].push((performance.now() - started) * 1000);
  }
  return taken;
}

/** How far apart the medians of two halves of one series are, but for one in a hundred. */
function halvesApart(times: readonly number[]): number {
  const apart = Array.from({ length: SPLITS }, () => {
    const halves: readonly [number[], number[]] = [[], []];
    for (const time of times) halves[Math.random() < 0.5 ? 0 : 1].push(time);
    return Math.abs(spread(halves[0]).p50 - spread(halves[1]).p50);
  });
  return spread(apart).p99;
}

/** How much answers to a wrong secret differ among themselves over HTTP, in microseconds, without the slow quarter. */
async function httpDeviation(secrets: readonly Secret[]): Promise<number> {
  const served = await serve({
    ...{ state_dir: benchFolder(), require_auth: true },
    http: { trusted_proxies: ["127.0.0.1/32"] },
  });
  const times: number[] = [];
  for (let at = 0; at < HTTP_SAMPLES * 2; at += 1) {
    const headers = {
      authorization: `Bearer ${secrets[at % secrets.length]?.reveal()}`,
      // Addresses of their own: none is slowed down.
      "x-forwarded-for": `10.2.${at >> 8}.${at & 255}`,
    };
    const asked = list(served, { headers, expected: "credential.unknown" });
    const started = performance.now();
    await ask(asked);
    if (at >= HTTP_SAMPLES) times.push((performance.now() - started) * 1000);
  }
  await served.stop();
  const sorted = times.toSorted((a, b) => a - b);
  const quarter = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? NaN;
  return (quarter(0.75) - quarter(0.25)) / OF_QUARTERS;
}
