import type { Alert } from "../decision/types.ts";

/** The alert that is to be told; null where it was told lately. */
export type Quiet = (alert: Alert, nowMs: number, repeatMs: number) => Alert | null;

/** So many of one code are told before the rest of them is one. */
export const MAX_OF_A_CODE = 100;

/** The key of all that are too many to be told one by one. */
const OTHERS = "*";

/** Of one code and key one alert is told for a while, and of one code no more than a person can read. */
export function createQuiet(): Quiet {
  const codes = new Map<string, Map<string, number>>();

  const quiet: Quiet = (alert, nowMs, repeatMs) => {
    const keys = codes.get(alert.code) ?? new Map<string, number>();
    codes.set(alert.code, keys);
    for (const [key, untilMs] of keys) if (untilMs <= nowMs) keys.delete(key);
    if (keys.has(alert.key)) return null;
    if (keys.size >= MAX_OF_A_CODE && alert.key !== OTHERS) {
      const message = `There are more of them than are told one by one: ${alert.message}`;
      return quiet({ ...alert, key: OTHERS, message }, nowMs, repeatMs);
    }
    keys.set(alert.key, nowMs + repeatMs);
    return alert;
  };
  return quiet;
}
