// On the trust boundary: what was found out about secrets. It keeps none of them, neither itself nor a digest that
// somebody who read the memory could try guesses against in another place.

import { createHmac, type KeyObject } from "node:crypto";
import type { Clock } from "../lib/clock.ts";
import type { Secret } from "../lib/secret.ts";

/** Finds something out about a secret: once for all who ask meanwhile, and not again before that is stale. */
export type Once<Found> = (secret: Secret, find: () => Promise<Found>) => Promise<Found>;

/** How what was found is kept. */
export interface OnceParts<Found> {
  /** Of this process alone. */
  readonly key: KeyObject;
  /** Milliseconds that only go forward. */
  readonly stopwatch: Clock;
  /** Milliseconds, from the asking on, that it is taken for true. */
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

/** Keeps what was found under a MAC of the secret. */
export function createOnce<Found>({
  key,
  stopwatch,
  freshMs,
  kindOf,
}: OnceParts<Found>): Once<Found> {
  const kinds = new Map<string, Map<string, Known<Found>>>();
  const asking = new Map<string, Promise<Found>>();

  return (secret, find) => {
    const mac = createHmac("sha256", key).update(secret.reveal()).digest("base64");
    const known = knownOf(mac);
    if (known !== null) return Promise.resolve(known.found);
    const joined = asking.get(mac) ?? ask(mac, find);
    asking.set(mac, joined);
    return joined;
  };

  async function ask(mac: string, find: () => Promise<Found>): Promise<Found> {
    const sinceMs = stopwatch();
    try {
      const found = await find();
      keep(mac, kindOf(found), { found, untilMs: sinceMs + freshMs(found) });
      return found;
    } finally {
      asking.delete(mac);
    }
  }

  function knownOf(mac: string): Known<Found> | null {
    for (const kind of kinds.values()) {
      const known = kind.get(mac);
      if (known !== undefined && stopwatch() < known.untilMs) return known;
      kind.delete(mac);
    }
    return null;
  }

  function keep(mac: string, name: string, known: Known<Found>): void {
    const kind = kinds.get(name) ?? new Map<string, Known<Found>>();
    kinds.set(name, kind);
    kind.set(mac, known);
    const [oldest] = kind.keys();
    if (kind.size > MOST && oldest !== undefined) kind.delete(oldest);
  }
}
