/** One line of the table of results. */
export type Row = readonly [what: string, measured: string, aim: string];

/** What a series of measured times looks like. */
export interface Spread {
  readonly p50: number;
  readonly p99: number;
  readonly runs: number;
}

/** The spread of times, in their own unit. */
export function spread(times: readonly number[]): Spread {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50: at(0.5), p99: at(0.99), runs: sorted.length };
}

/** The times of some work in microseconds, after a warm-up of a tenth of the runs. */
export async function timesOf(
  runs: number,
  work: () => Promise<unknown>,
): Promise<readonly number[]> {
  for (let at = 0; at < runs / 10; at += 1) await work();
  const times: number[] = [];
  for (let at = 0; at < runs; at += 1) {
    const started = performance.now();
    await work();
    times.push((performance.now() - started) * 1000);
  }
  return times;
}
