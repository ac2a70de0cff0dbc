import { sha256 } from "../lib/digest.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { checkpointOf } from "./checkpoint.ts";
import { textOf } from "../lib/thrown.ts";
import { lineOf } from "./line.ts";
import type { Moment, Position, Stated } from "./record.ts";
import { beginsWithLink, rotationOf } from "./rotation.ts";
import type { Head, Scan } from "./scan.ts";
import type { Tail } from "./tail.ts";
import type { AuditFailure, CheckpointKey } from "./types.ts";

/** Makes a record for the position that it gets. */
export type Make = (position: Position) => Stated;

/** A record as its line, and the chain after it. */
export interface Linked {
  readonly line: Buffer;
  readonly stated: Stated;
  readonly make: Make;
  readonly head: Head & { readonly hash: string };
}

/** Where a chain stands, and what the next record is. */
export interface ChainEnd {
  readonly head: () => Head;
  /** Whether the last record is a checkpoint. */
  readonly sealed: () => boolean;
  /** The oldest file with an intent that has no outcome yet. */
  readonly openSince: () => string | null;
  /** Whether the next record belongs into a new file. */
  readonly turns: () => boolean;
  /** Whether a file that has grown to this, last by this record, takes no more. */
  readonly fills: (bytes: number, last: Make) => boolean;
  /** Whether the next record must be the one that opens the file. */
  readonly opens: () => boolean;
  /** A record as it would stand after another; where it cannot be made, the chain has it not. */
  readonly link: (make: Make, after: Head) => Outcome<Linked, AuditFailure>;
  /** This record is written. */
  readonly took: (linked: Linked) => void;
  /** The tail has begun a new file. */
  readonly turned: (bytesBefore: number, fileBefore: string) => void;
  /** The record that opens a file. */
  readonly opener: Make;
  /** The record that signs the chain as it stands. */
  readonly checkpoint: Make;
}

interface EndParts {
  readonly chain: string;
  readonly tail: Pick<Tail, "file" | "bytes">;
  readonly found: Omit<Scan, "torn">;
  readonly moment: () => Moment;
  readonly today: () => string;
  readonly key: CheckpointKey;
  /** The size at which a new file is begun. */
  readonly fileBytes: number;
}

/** The end of a chain as it was found. */
export function createChainEnd(parts: EndParts): ChainEnd {
  const { chain, tail, found, moment, today, key, fileBytes } = parts;
  const open = new Map(found.open.map(({ file, intent }) => [intent.id, file]));
  let { head, sealed } = found;
  let { lines, day } = found.last;
  let previous = { file: found.before?.file.name ?? "", bytes: found.before?.bytes ?? 0 };

  const openSince = (): string | null => open.values().next().value ?? null;
  const opener: Make = (position) => {
    const file = tail.file().name;
    return rotationOf(moment(), position, { file, previous, open_since: openSince() });
  };
  const checkpoint: Make = (position) => checkpointOf(moment(), position, key);

  return {
    head: () => head,
    sealed: () => sealed,
    openSince,
    turns: () => {
      const bare = beginsWithLink(tail.file()) ? 1 : 0;
      return lines > bare && (tail.bytes() >= fileBytes || today() > day);
    },
    fills: (bytes, last) => bytes >= fileBytes && last !== opener,
    opens: () => lines === 0 && beginsWithLink(tail.file()),
    link: (make, after) => {
      const position: Position = { v: 1, chain, seq: after.seq + 1, prev: after.hash };
      try {
        const stated = make(position);
        // The position comes first for the reader, and last so that nothing stated can replace it.
        const line = lineOf({ ...position, ...stated, ...position });
        const hash = sha256(line.subarray(0, -1));
        return done({ line, stated, make, head: { seq: position.seq, hash } });
      } catch (error) {
        const detail = `the record of this action cannot be made: ${textOf(error)}`;
        return failed({ reason: "audit_unavailable", detail });
      }
    },
    took: ({ stated: { id, phase }, make, head: after }) => {
      head = after;
      sealed = make === checkpoint;
      lines += 1;
      if (lines === 1) day = today();
      if (phase === "intent") open.set(id, tail.file().name);
      if (phase === "outcome") open.delete(id);
    },
    turned: (bytes, file) => {
      previous = { file, bytes };
      lines = 0;
    },
    opener,
    checkpoint,
  };
}
