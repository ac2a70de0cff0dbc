import type { Json, JsonObject } from "../../lib/json.ts";

/** Which items are asked for. */
export interface Page {
  /** From 1. */
  readonly page: number;
  readonly size: number;
  readonly maxBytes: number;
  /** What the items lack; left out: nothing. */
  readonly incomplete?: string;
  /** An item as it may leave. */
  readonly show: (item: Json) => Json;
}

/** What stands around the items takes no more than this. */
const FRAME_BYTES = 600;

/** A page of items as one JSON text, whole items alone: what does not fit is counted, and how to get it said. */
export function pageOf(items: readonly Json[], asked: Page): JsonObject {
  const { page, size, maxBytes, incomplete, show } = asked;
  const wanted = items.slice((page - 1) * size, page * size);
  const shown: Json[] = [];
  let left = maxBytes - FRAME_BYTES;
  for (const one of wanted) {
    const item = show(one);
    left -= Buffer.byteLength(JSON.stringify(item)) + 1;
    if (left < 0) break;
    shown.push(item);
  }
  const pages = Math.max(1, Math.ceil(items.length / size));
  const leftOut = wanted.length - shown.length;
  return {
    items: shown,
    page,
    pages,
    total: items.length,
    ...(leftOut > 0 && { left_out: leftOut, note: noteOf(shown.length) }),
    ...(page < pages && { next_page: page + 1 }),
    ...(incomplete !== undefined && { incomplete }),
  };
}

function noteOf(shown: number): string {
  return shown === 0
    ? "the first item is larger than an answer may be (limits.max_response_size)"
    : `the rest of this page is larger than an answer may be: ask with page_size ${shown}`;
}
