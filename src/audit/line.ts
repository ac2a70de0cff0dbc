// On the trust boundary: what a caller sent becomes one line here. A line never holds a newline or a
// character that moves a reader's cursor or turns the direction of the text, and never more than 64 KiB.

import { escapeUnprintable } from "../lib/unprintable.ts";
import { asObject, parseJson } from "../lib/json.ts";
import { leftOut, shorten, type Bounds } from "./shorten.ts";

/** The most that a line may have, its newline included. */
export const MAX_LINE_BYTES: number = 65_536;

/** Tried in this order, until the record fits. */
const CUTS: readonly Bounds[] = [
  { text: 8192, items: Infinity },
  { text: 1024, items: Infinity },
  { text: 256, items: 4 },
];

/** The line of a record, with its newline. What does not fit is cut, with its length and digest. */
export function lineOf(record: object): Buffer {
  const text = JSON.stringify(record);
  const whole = encode(text);
  if (whole.length <= MAX_LINE_BYTES) return whole;
  const plain = asObject(parseJson(text));
  const last = { ...plain, parameters: leftOut(plain["parameters"] ?? null) };
  for (const [at, bounds] of CUTS.entries()) {
    const cut = encode(JSON.stringify(shorten(at === CUTS.length - 1 ? last : plain, bounds)));
    if (cut.length <= MAX_LINE_BYTES) return cut;
  }
  throw new RangeError("an audit record does not fit into its line");
}

/** Compact JSON has such characters in its strings alone, where their escapes mean the same. */
function encode(text: string): Buffer {
  return Buffer.from(`${escapeUnprintable(text)}\n`);
}
