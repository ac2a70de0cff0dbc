const UNITS = new Map([
  ["s", 1_000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);

/** A span of time as people write it (`90s`, `15m`, `1h`, `30d`), in milliseconds; null where it is none. */
export function durationMs(written: string): number | null {
  const [, count = "", unit = ""] = /^([1-9]\d{0,5})([smhd])$/.exec(written) ?? [];
  const ms = UNITS.get(unit);
  return ms === undefined ? null : Number(count) * ms;
}
