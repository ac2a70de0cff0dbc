// On the trust boundary: what a tool says, on its way to its caller. It is cut at limits and comes line by
// line, so a secret may arrive in pieces; the piece that a cut leaves never goes on.

import { createRedact } from "../lib/redact.ts";
import { createSecret } from "../lib/secret.ts";

/** Hides the secrets of one tool. */
export interface Hide {
  /** In a text that is whole. */
  readonly inWhole: (text: string) => string;
  /** In a text whose end was cut off. */
  readonly inBeginning: (text: string) => string;
  /** In a text whose beginning was cut off. */
  readonly inEnd: (text: string) => string;
}

/** A line of a secret that has several is hidden too, from this length on: shorter ones stand anywhere. */
const MIN_LINE = 16;

/** Shorter pieces of a secret say nothing about it. */
const MIN_PIECE = 4;

/** Hides these secrets, and their lines. */
export function createHide(secrets: readonly string[]): Hide {
  const lines = secrets.flatMap((secret) => secret.split(/\r?\n/));
  const texts = [...secrets, ...lines.filter((line) => line.length >= MIN_LINE)];
  const inWhole = createRedact(texts.map(createSecret));
  return {
    inWhole,
    inBeginning: (text) => texts.reduce(withoutLast, inWhole(text)),
    inEnd: (text) => texts.reduce(withoutFirst, inWhole(text)),
  };
}

/** Without the beginning of a secret that a text ends with. */
function withoutLast(text: string, secret: string): string {
  const length = pieceLength(secret, (piece) => text.endsWith(secret.slice(0, piece)));
  return text.slice(0, text.length - length);
}

/** Without the end of a secret that a text begins with. */
function withoutFirst(text: string, secret: string): string {
  return text.slice(pieceLength(secret, (piece) => text.startsWith(secret.slice(-piece))));
}

/** The length of the longest piece, short of the whole, that is there; 0 for none. */
function pieceLength(secret: string, isThere: (length: number) => boolean): number {
  for (let length = secret.length - 1; length >= MIN_PIECE; length -= 1)
    if (isThere(length)) return length;
  return 0;
}
