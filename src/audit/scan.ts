import { sha256 } from "../lib/digest.ts";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { isCheckpoint } from "./checkpoint.ts";
import type { Disk } from "./disk.ts";
import { chainFile, type ChainFile } from "./files.ts";
import { type Line, linesOf } from "./lines.ts";
import { recordedIn, type Recorded } from "./recorded.ts";
import { linkIn } from "./rotation.ts";

/** The end of a chain, where the next record is linked on. */
export interface Head {
  /** Of the last record; 0 where there is none. */
  readonly seq: number;
  /** The hex SHA-256 of the last line without its newline. */
  readonly hash: string | null;
}

/** What a chain's files hold. */
export interface Scan {
  readonly head: Head;
  /** Whether the last record is a checkpoint. */
  readonly sealed: boolean;
  /** The intents that have no outcome, in their order, each with the file that it stands in. */
  readonly open: readonly OpenIntent[];
  /** The file that is written on. */
  readonly last: FileEnd;
  /** The file before it; null where there is none. */
  readonly before: FileEnd | null;
  /** What stands after the last newline: a write that a crash cut off. */
  readonly torn: Uint8Array;
}

/** How far a file of a chain is written. */
export interface FileEnd {
  readonly file: ChainFile;
  /** Of its whole lines. */
  readonly bytes: number;
  readonly lines: number;
  /** The UTC day of its first record; empty where there is none. */
  readonly day: string;
}

interface OpenIntent {
  readonly file: string;
  readonly intent: Recorded;
}

/** A file that is no chain of ours any more: nothing may be linked on to it. */
export interface Damage {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly detail: string;
}

type Source = Pick<Disk, "read">;

/** Reads a chain to its end. Only enough is checked to go on; whether it was forged is not. */
export async function scan(
  disk: Source,
  folder: string,
  files: readonly ChainFile[],
): Promise<Outcome<Scan, Damage>> {
  const open = new Map<string, OpenIntent>();
  let head: Head = { seq: 0, hash: null };
  let sealed = false;
  let before: FileEnd | null = null;
  let last = beginningOf(files.at(-1) ?? chainFile(1));
  let at = last;
  for await (const line of linesOf(disk, { folder, files: await neededOf(disk, folder, files) })) {
    const { file, offset, bytes, end } = line;
    if (end === "endless") return damaged(line, "longer than any record");
    if (end === "torn") {
      if (file.name !== last.file.name) return damaged(line, "cut off, and no crash did that");
      return done({ head, sealed, open: [...open.values()], last, before, torn: bytes.slice() });
    }
    const read = recordedIn(bytes);
    if (!read.ok) return damaged(line, read.failure);
    const { seq, id, phase, timestamp } = read.value;
    if (phase === "intent") open.set(id, { file: file.name, intent: read.value });
    if (phase === "outcome") open.delete(id);
    head = { seq, hash: sha256(bytes) };
    sealed = isCheckpoint(read.value);
    if (file.name !== at.file.name) at = beginningOf(file);
    const day = at.lines === 0 ? timestamp.slice(0, 10) : at.day;
    at = { file, day, lines: at.lines + 1, bytes: offset + bytes.length + 1 };
    if (file.name === last.file.name) last = at;
    else before = at;
  }
  return done({ head, sealed, open: [...open.values()], last, before, torn: new Uint8Array() });
}

/** From the file on in which the oldest open intent stands, as the last file that has a record says. */
export async function neededOf(
  disk: Source,
  folder: string,
  files: readonly ChainFile[],
): Promise<readonly ChainFile[]> {
  for (const [at, file] of [...files.entries()].toReversed()) {
    const first = await firstOf(disk, folder, file);
    if (first === null) continue;
    const since = linkIn(first)?.open_since ?? null;
    const from = since === null ? at : files.findIndex(({ name }) => name === since);
    return files.slice(from < 0 ? 0 : from);
  }
  return files;
}

/** The first record of a file; null where it has none. */
export async function firstOf(
  disk: Source,
  folder: string,
  file: ChainFile,
): Promise<Recorded | null> {
  for await (const { bytes, end } of linesOf(disk, { folder, files: [file] })) {
    const read = end === "newline" ? recordedIn(bytes) : null;
    return read?.ok === true ? read.value : null;
  }
  return null;
}

function beginningOf(file: ChainFile): FileEnd {
  return { file, bytes: 0, lines: 0, day: "" };
}

function damaged({ file, line }: Line, detail: string): Outcome<never, Damage> {
  return failed({ file: file.name, line, detail });
}
