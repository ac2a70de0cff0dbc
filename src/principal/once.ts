import type { Clock } from "../lib/clock.ts";
import { sha256 } from "../lib/digest.ts";
import type { Secret } from "../lib/secret.ts";

/** Finds something out about a secret: once for all who ask meanwhile, and not again before that is stale. */
export type Once<Found> = (secret: Secret, find: () => Promise<Found>) => Promise<Found>;

/** How what was found is kept. */
export interface OnceParts<Found> {
  /** Milliseconds that only go forward. */
  readonly stopwatch: Clock;
  /** Milliseconds that it is taken for true. */
  readonly freshMs: (found: Found) => number;
  /** Findings of different kinds do not push one another out. */
  readonly kindOf: (found: Found) => string;
}

/** Of more than these of one kind the oldest is forgotten. */
const MOST = 1_024;

interface Known<Found> {
  readonly found: Found;
  readonly untilMs: number;
}

/** Keeps what was found under the digest of the secret, which itself is not kept. */
export function createOnce<Found>({ stopwatch, freshMs, kindOf }: OnceParts<Found>): Once<Found> {
  const kinds = new Map<string, Map<string, Known<Found>>>();
  const asking = new Map<string, Promise<Found>>();

  return async (secret, find) => {
    const digest = sha256(secret.reveal());
    const known = knownOf(digest);
    if (known !== null) return known.found;
    const before = asking.get(digest);
    if (before !== undefined) return before;
    const found = find()
      .then((one) => keep(digest, one))
      .finally(() => asking.delete(digest));
    asking.set(digest, found);
    return found;
  };

  function knownOf(digest: string): Known<Found> | null {
    for (const kind of kinds.values()) {
      const known = kind.get(digest);
      if (known !== undefined && stopwatch() < known.untilMs) return known;
      kind.delete(digest);
    }
    return null;
  }

  function keep(digest: string, found: Found): Found {
    const name = kindOf(found);
    const kind = kinds.get(name) ?? new Map<string, Known<Found>>();
    kinds.set(name, kind);
    kind.set(digest, { found, untilMs: stopwatch() + freshMs(found) });
    const [oldest] = kind.keys();
    if (kind.size > MOST && oldest !== undefined) kind.delete(oldest);
    return found;
  }
}
