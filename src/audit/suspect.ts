import { sha256 } from "../lib/digest.ts";
import type { Head } from "./scan.ts";
import type { Line } from "./lines.ts";
import { recordedIn, type Recorded } from "./recorded.ts";
import type { CheckSignature, FaultKind } from "./types.ts";

/** A line, and what it is. */
export interface Read {
  readonly line: Omit<Line, "bytes"> & { readonly length: number };
  readonly hash: string;
  /** Null where it is no record. */
  readonly record: Recorded | null;
  /** Null where it is no checkpoint, or no key is at hand. */
  readonly signed: ReturnType<CheckSignature> | null;
}

/** What was done, and to which line: the one that does not fit, or the last that did. */
export interface Finding {
  readonly kind: FaultKind;
  readonly at: "here" | "before";
  readonly detail: string;
}

/** How the other lines of a chain stand to one that does not fit. */
interface Kin {
  /** Another line with the same bytes. */
  readonly twin: boolean;
  /** The line that belongs here stands elsewhere. */
  readonly rightful: boolean;
  /** The line that this one is linked on to: how far before it, or that it stands after it. */
  readonly parent: "none" | "after" | "before" | "just_before_last";
  /** The next line is linked on to this one, or its signature holds: nobody changed it. */
  readonly vouched: boolean;
}

/** What happened to a chain where a line does not fit to what stands before it. */
export function findingOf(head: Head, { record }: Read, kin: Kin): Finding {
  if (kin.twin) return found("duplicate", "this line stands in the chain twice");
  if (record === null || record.prev === head.hash) {
    if (kin.rightful) return found("insert", "the line that belongs here stands further on");
    if (record === null) return found("edit", "this line is no record");
    // It follows the line before, and the next follows it: only the file is another.
    return record.seq === head.seq + 1 && kin.vouched
      ? found("reorder", "a file begins with the record that opens it, and only there it stands")
      : found("edit", "it does not follow the line before");
  }
  if (kin.rightful) {
    return kin.parent === "none"
      ? found("insert", "the line that belongs here stands further on")
      : found("reorder", "this line belongs elsewhere");
  }
  switch (kin.parent) {
    case "after":
      return found("reorder", "this line belongs elsewhere");
    case "before":
      return found("fork", "the chain goes on a second time from an earlier line");
    case "just_before_last":
      return kin.vouched
        ? { kind: "insert", at: "before", detail: "the chain goes on without this line" }
        : found("fork", "the chain goes on a second time from an earlier line");
    case "none":
      return orphan(head, record, kin);
  }

  function found(kind: FaultKind, detail: string): Finding {
    return { kind, at: "here", detail };
  }
}

/** A line whose parent is nowhere: it was changed, or the parent was, or the parent is gone. */
function orphan({ seq, hash }: Head, record: Recorded, { vouched }: Kin): Finding {
  const expected = seq + 1;
  if (record.seq > expected) {
    const detail = `records ${expected} to ${record.seq - 1} are not there`;
    return { kind: "delete", at: "here", detail };
  }
  if (record.seq < expected) {
    return { kind: "insert", at: "here", detail: "it is linked to nothing" };
  }
  return hash !== null && vouched
    ? { kind: "edit", at: "before", detail: "the next line is linked to what stood here" }
    : { kind: "edit", at: "here", detail: "it is not linked to the line before" };
}

/** Looks through a whole chain for what a line belongs to. */
export async function kinOf(
  lines: AsyncIterable<Line>,
  { hash: last, beforeLast }: Head & { readonly beforeLast: string | null },
  suspect: Read,
): Promise<Kin> {
  const parentHash = suspect.record?.prev ?? null;
  let twin = false;
  let rightful = false;
  // A chain's first record is linked to nothing: where one stands before it, that is its sibling.
  let parent: Kin["parent"] =
    suspect.record !== null && parentHash === null && beforeLast === null
      ? "just_before_last"
      : "none";
  let vouched = suspect.signed === "valid";
  let passed: "no" | "now" | "yes" = "no";
  for await (const { file, line, bytes } of lines) {
    if (file.number === suspect.line.file.number && line === suspect.line.line) {
      passed = "now";
      continue;
    }
    const hash = sha256(bytes);
    const prev = prevOf(bytes, [last, suspect.hash]);
    if (hash === suspect.hash) twin = true;
    if (prev === last && passed !== "no") rightful = true;
    if (passed === "now" && prev === suspect.hash) vouched = true;
    if (hash === parentHash && parent === "none") {
      parent = passed !== "no" ? "after" : hash === beforeLast ? "just_before_last" : "before";
    }
    if (passed === "now") passed = "yes";
  }
  return { twin, rightful, parent, vouched };
}

/** What a line is linked on to, if it may be one of these: most lines need not be parsed. */
function prevOf(bytes: Uint8Array, sought: readonly (string | null)[]): string | null | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (!sought.some((hash) => text.includes(hash ?? "null"))) return undefined;
  const read = recordedIn(bytes);
  return read.ok ? read.value.prev : undefined;
}
