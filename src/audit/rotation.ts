import { isJsonObject } from "../lib/json.ts";
import type { ChainFile } from "./files.ts";
import { eventOf, type Moment, type Position, type Statement } from "./record.ts";
import type { Recorded } from "./recorded.ts";

/** What the first record of a file says of the file before it. */
export interface Link {
  /** The file that it opens. */
  readonly file: string;
  readonly previous: { readonly file: string; readonly bytes: number };
  /** The oldest file with an intent that had no outcome yet: where a start after a crash begins to read. */
  readonly open_since: string | null;
}

/** The record that opens a file. */
export function rotationOf(
  moment: Moment,
  { seq, prev }: Position,
  { file, previous, open_since }: Link,
): Statement {
  const facts = { file, previous: { ...previous, seq: seq - 1, hash: prev }, open_since };
  return eventOf(moment, { event: "rotation", result: "success", facts });
}

/** The link that a record is; null where it is another record. */
export function linkIn({ phase, action, parameters }: Recorded): Link | null {
  if (phase !== "event" || action !== "rotation") return null;
  const { file, previous, open_since: since } = parameters;
  const { file: before, bytes } = isJsonObject(previous) ? previous : {};
  if (typeof file !== "string" || typeof before !== "string") return null;
  if (typeof bytes !== "number" || (since !== null && typeof since !== "string")) return null;
  return { file, previous: { file: before, bytes }, open_since: since };
}

/** Whether a file must begin with a link. */
export function beginsWithLink({ number }: ChainFile): boolean {
  return number > 1;
}
