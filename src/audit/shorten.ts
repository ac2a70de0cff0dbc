import { sha256 } from "../lib/digest.ts";
import { isObject } from "../lib/json.ts";
import { cutText } from "../lib/text.ts";

/** How much of a value is kept: bytes of each text, items of each list. */
export interface Bounds {
  readonly text: number;
  readonly items: number;
}

/** A copy of a JSON value in which what is longer is cut, and says how long it was and its digest. */
export function shorten(value: unknown, bounds: Bounds): unknown {
  if (typeof value === "string") return shortText(value, bounds.text);
  if (Array.isArray(value)) return shortList(value, bounds);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, shorten(member, bounds)]),
  );
}

/** What stands in place of a value that is left out as a whole. */
export function leftOut(value: unknown): object {
  return { "[cut]": mark(JSON.stringify(value)) };
}

function shortText(text: string, bytes: number): string {
  return Buffer.byteLength(text) <= bytes ? text : `${cutText(text, bytes)}[cut: ${mark(text)}]`;
}

function shortList(list: readonly unknown[], bounds: Bounds): readonly unknown[] {
  const kept = list.slice(0, bounds.items).map((item) => shorten(item, bounds));
  if (list.length <= bounds.items) return kept;
  return [...kept, `[cut: ${list.length} items, ${mark(JSON.stringify(list))}]`];
}

function mark(text: string): string {
  return `${Buffer.byteLength(text)} bytes, sha256:${sha256(text)}`;
}
