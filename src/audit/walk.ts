// On the trust boundary: holds each line of a chain to the one before, to its signature and to what was
// kept elsewhere. It trusts nothing that a line says of itself but where a part of a chain begins.

import { join } from "node:path";
import { sha256 } from "../lib/digest.ts";
import { explains } from "./beginning.ts";
import { checkCheckpoint, isCheckpoint } from "./checkpoint.ts";
import { chainFile, type ChainFile } from "./files.ts";
import type { Line } from "./lines.ts";
import { recordedIn, type Recorded } from "./recorded.ts";
import { linkIn } from "./rotation.ts";
import type { Head } from "./scan.ts";
import type { Read } from "./suspect.ts";
import type { Anchor, ChainFault, ChainVerdict, CheckSignature, FaultKind } from "./types.ts";

/** A chain, and what it is held to. */
export interface WalkParts {
  readonly folder: string;
  readonly files: readonly ChainFile[];
  /** Whether it may begin in the middle. */
  readonly part: boolean;
  /** What its records must call it; null: what they will. */
  readonly name: string | null;
  readonly anchors: readonly Anchor[];
  /** Null: no public key is at hand. */
  readonly check: CheckSignature | null;
}

/** What a line is: as it should be, a fault by itself, or one that does not fit, and only the others tell why. */
export type Step =
  | { readonly is: "sound" }
  | { readonly is: "fault"; readonly fault: ChainFault }
  | { readonly is: "suspect"; readonly read: Read };

/** The way through a chain, line by line. */
export interface Walk {
  readonly take: (line: Line) => Step;
  /** Where the lines fitted last: the place of that line, and the hash of the one before. */
  readonly reached: () => Reached;
  /** After the last line, or at a fault: what was proved. */
  readonly verdict: (fault: ChainFault | null) => Omit<ChainVerdict, "path">;
}

interface Reached extends Head {
  readonly beforeLast: string | null;
  readonly line: Read["line"] | null;
}

const SOUND: Step = { is: "sound" };

/** A walk from a chain's first line on. */
export function createWalk({ folder, files, part, name, anchors, check }: WalkParts): Walk {
  let reached: Reached = { seq: 0, hash: null, beforeLast: null, line: null };
  let first: Recorded | null = null;
  let file: ChainFile | null = null;
  let end = { line: 1, offset: 0 };
  let isExplained = false;
  let torn: Line | null = null;
  let forked: ChainFault | null = null;
  let kept: ReadonlyMap<number, string> = new Map();
  const counts = { records: 0, valid: 0, unchecked: 0 };
  let lastValid: number | null = null;
  let anchored: number | null = null;

  function take(line: Line): Step {
    const missing = missingBefore(line.file);
    if (missing !== null) return missing;
    if (line.end !== "newline") return broken(line);
    const read = readOf(line);
    if (first === null && read.record !== null) begin(read.record, line.file);
    if (!fits(read)) return cutBefore(read) ?? { is: "suspect", read };
    // It fits, and so nobody changed the line before it alone.
    if (forked !== null) return { is: "fault", fault: forked };
    return accept(read, read.record);
  }

  function begin(record: Recorded, at: ChainFile): void {
    first = record;
    const chain = anchors.filter((anchor) => anchor.chain === record.chain);
    kept = new Map(chain.map(({ seq, hash }) => [seq, hash]));
    if (at.number === 1 || at !== files[0]) return;
    reached = { ...reached, seq: record.seq - 1, hash: record.prev };
  }

  function fits(read: Read): read is Read & { readonly record: Recorded } {
    const { record } = read;
    const follows = record?.seq === reached.seq + 1 && record.prev === reached.hash;
    return follows && record.chain === first?.chain;
  }

  function accept(read: Read, record: Recorded): Step {
    const { line, hash, signed } = read;
    if (name !== null && record.chain !== name) {
      return at(line, "fork", `its folder is ${name}, and its records are of ${record.chain}`);
    }
    if (isMisplaced(line, record)) return { is: "suspect", read };
    if (signed === "invalid") return at(line, "bad_signature", "the signature does not hold");
    if (signed === "unknown_key") {
      return at(line, "bad_signature", "none of the public keys made the signature");
    }
    reached = { seq: record.seq, hash, beforeLast: reached.hash, line };
    end = { line: line.line + 1, offset: line.offset + line.length + 1 };
    ({ file } = line);
    counts.records += 1;
    if (signed === "valid") {
      counts.valid += 1;
      lastValid = record.seq;
    } else if (isCheckpoint(record)) counts.unchecked += 1;
    if (first !== null && explains(record, files[0] ?? file, first)) isExplained = true;
    const anchor = kept.get(record.seq);
    if (anchor === hash) anchored = record.seq;
    else if (anchor !== undefined)
      forked = faultAt(line, "fork", "an anchor has another record here");
    return SOUND;
  }

  /** A file begins with the record that names it, and that stands nowhere else. */
  function isMisplaced(
    { file: { name: own, number }, line }: Read["line"],
    record: Recorded,
  ): boolean {
    const link = linkIn(record);
    if (line > 1 || number === 1) return link !== null;
    return number > 1 && link?.file !== own;
  }

  function readOf(line: Line): Read {
    const { bytes, ...place } = line;
    const read = recordedIn(bytes);
    const record = read.ok ? read.value : null;
    const isSigned = record !== null && check !== null && isCheckpoint(record);
    const signed = isSigned ? checkCheckpoint(bytes, record, check) : null;
    return { line: { ...place, length: bytes.length }, hash: sha256(bytes), record, signed };
  }

  /** A file that lacks between two that are there. */
  function missingBefore(next: ChainFile): Step | null {
    if (next === file) return null;
    const before = files[files.indexOf(next) - 1];
    if (before === undefined || before.number + 1 === next.number) return null;
    const { name } = chainFile(before.number + 1);
    return { is: "fault", fault: gone(name) };
  }

  /** Lines that lack at the end of the file before, as the record that opens the next one says. */
  function cutBefore({ line, record }: Read): Step | null {
    const link = record === null || line.line > 1 ? null : linkIn(record);
    const before = files[files.indexOf(line.file) - 1];
    if (record === null || link === null || link.previous.file !== before?.name) return null;
    const was = before === file ? end : { line: 1, offset: 0 };
    if (record.seq <= reached.seq + 1 || link.previous.bytes <= was.offset) return null;
    return { is: "fault", fault: cut(before, was) };
  }

  function broken(line: Line): Step {
    if (line.end === "endless") return at(line, "edit", "this line is longer than any record");
    if (line.file !== files.at(-1)) return at(line, "truncation", "the file ends within this line");
    torn = line;
    ({ file } = line);
    end = { line: line.line, offset: line.offset };
    return SOUND;
  }

  /** What the end tells: what was kept elsewhere and is not there, a changed last line, a lost beginning. */
  function atEnd(): ChainFault | null {
    if (forked !== null) {
      return { ...forked, kind: "edit", detail: "an anchor has another record here" };
    }
    const seqs = [...kept.keys(), ...(first === null ? seqsOf(anchors) : [])];
    const furthest = seqs.reduce((most, seq) => Math.max(most, seq), 0);
    // What a part does not have may stand in another file.
    if (!part && furthest > reached.seq) {
      const last = files.at(-1) ?? chainFile(1);
      return cut(last, last === file ? end : { line: 1, offset: 0 });
    }
    const [opening] = files;
    if (first === null || opening === undefined || part || opening.number < 2) return null;
    return isExplained ? null : gone(chainFile(opening.number - 1).name);
  }

  function cut(
    last: ChainFile,
    place: { readonly line: number; readonly offset: number },
  ): ChainFault {
    const detail = "records that once stood here are not there";
    return { kind: "truncation", file: join(folder, last.name), ...place, detail };
  }

  function gone(name: string): ChainFault {
    const detail = "this file is not there, and no record says that retention took it away";
    return { kind: "delete", file: join(folder, name), line: 1, offset: 0, detail };
  }

  function faultAt(
    line: Pick<Line, "file" | "line" | "offset">,
    kind: FaultKind,
    detail: string,
  ): ChainFault {
    const { line: number, offset } = line;
    return { kind, file: join(folder, line.file.name), line: number, offset, detail };
  }

  function at(line: Pick<Line, "file" | "line" | "offset">, kind: FaultKind, detail: string): Step {
    return { is: "fault", fault: faultAt(line, kind, detail) };
  }

  return {
    take,
    reached: () => reached,
    verdict: (found) => {
      const fault = found ?? atEnd();
      const { seq, hash } = reached;
      const chain = first?.chain ?? null;
      return {
        chain,
        files: files.length,
        records: counts.records,
        first_seq: first?.seq ?? null,
        head: chain === null || hash === null ? null : { chain, seq, hash },
        checkpoints: { valid: counts.valid, unchecked: counts.unchecked, last_seq: lastValid },
        after_checkpoint: Math.min(counts.records, seq - (lastValid ?? 0)),
        anchored_seq: anchored,
        fault,
        torn: torn === null || fault !== null ? null : placeOf(torn),
      };
    },
  };

  function placeOf({ file: { name }, line, offset }: Line): Omit<ChainFault, "kind" | "detail"> {
    return { file: join(folder, name), line, offset };
  }
}

function seqsOf(anchors: readonly Anchor[]): readonly number[] {
  return anchors.map(({ seq }) => seq);
}
