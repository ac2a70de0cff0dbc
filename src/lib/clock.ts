/** The time in milliseconds since 1970, UTC. Passed in, so that tests can fix it. */
export type Clock = () => number;

/** A time as it is written: ISO 8601, UTC. */
export function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
