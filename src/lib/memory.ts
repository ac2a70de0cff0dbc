import type { Clock } from "./clock.ts";
import { sha256 } from "./digest.ts";
import type { Secret } from "./secret.ts";

/** Finds something out about a secret, unless that was just done under the same mark. */
export type Remember<Found> = (
  secret: Secret,
  mark: number,
  find: () => Promise<Found>,
) => Promise<Found>;

/** How something is remembered. */
export interface MemoryParts<Found> {
  /** Milliseconds that only go forward. */
  readonly stopwatch: Clock;
  /** Whether it is to be remembered at all. */
  readonly lasts: (found: Found) => boolean;
}

interface Known<Found> {
  readonly found: Found;
  readonly mark: number;
  readonly sinceMs: number;
}

/** Whatever changes without anybody being told is noticed after this long. */
const FRESH_MS = 1_000;
/** Of more than these the one that was found first is forgotten. */
const MOST = 4_096;

/** Remembers under the digest of the secret, which itself is not kept. */
export function createMemory<Found>({ stopwatch, lasts }: MemoryParts<Found>): Remember<Found> {
  const known = new Map<string, Known<Found>>();

  return async (secret, mark, find) => {
    const digest = sha256(secret.reveal());
    const before = known.get(digest);
    const sinceMs = stopwatch();
    if (before?.mark === mark && sinceMs - before.sinceMs < FRESH_MS) return before.found;
    known.delete(digest);
    const found = await find();
    if (lasts(found)) keep(digest, { found, mark, sinceMs });
    return found;
  };

  function keep(digest: string, found: Known<Found>): void {
    known.set(digest, found);
    const [oldest] = known.keys();
    if (known.size > MOST && oldest !== undefined) known.delete(oldest);
  }
}
