/** Counts within a window that slides, by key. */
export interface Windows {
  /** One more; how many it is within the window. */
  readonly add: (key: string, nowMs: number, windowMs: number) => number;
  readonly count: (key: string, nowMs: number, windowMs: number) => number;
}

/** A window slides by one of its parts: it is exact to a twelfth. */
const PARTS = 12;

/** Of more keys than `maxKeys` those are forgotten that were not counted for longest: a flood fills no memory. */
export function createWindows(maxKeys: number): Windows {
  const keys = new Map<string, ReadonlyMap<number, number>>();

  /** The parts of a key that are within the window, and the one that is now. */
  const recent = (key: string, nowMs: number, windowMs: number): [Map<number, number>, number] => {
    const now = Math.floor((nowMs * PARTS) / windowMs);
    const parts = [...(keys.get(key) ?? [])].filter(([part]) => part > now - PARTS && part <= now);
    return [new Map(parts), now];
  };

  return {
    add: (key, nowMs, windowMs) => {
      const [parts, now] = recent(key, nowMs, windowMs);
      parts.set(now, (parts.get(now) ?? 0) + 1);
      keys.delete(key);
      keys.set(key, parts);
      const [oldest] = keys.keys();
      if (keys.size > maxKeys && oldest !== undefined) keys.delete(oldest);
      return sum(parts);
    },
    count: (key, nowMs, windowMs) => sum(recent(key, nowMs, windowMs)[0]),
  };
}

function sum(parts: ReadonlyMap<number, number>): number {
  return [...parts.values()].reduce((total, count) => total + count, 0);
}
