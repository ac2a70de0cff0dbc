import { join } from "node:path";
import type { Disk } from "./disk.ts";
import type { ChainFile } from "./files.ts";
import { MAX_LINE_BYTES } from "./line.ts";

/** What stands between two newlines of a chain, and where. */
export interface Line {
  readonly file: ChainFile;
  /** From 1. */
  readonly line: number;
  /** Of its first byte in the file, from 0. */
  readonly offset: number;
  /** Without the newline. Only until the next line is asked for. */
  readonly bytes: Uint8Array;
  /** `torn`: it stands after the last newline. `endless`: it is longer than any record; its file is left there. */
  readonly end: "newline" | "torn" | "endless";
}

const NEWLINE = 0x0a;

/** Where a line begins, in which file. */
export type LineStart = Pick<Line, "file" | "line" | "offset">;

/** Files of a chain, in their order. */
export interface Files {
  readonly folder: string;
  readonly files: readonly ChainFile[];
}

/**
 * The lines of files of a chain, one after the other, in constant memory however large they are; in the
 * file of `from`, from there on.
 */
export async function* linesOf(
  disk: Pick<Disk, "read">,
  { folder, files }: Files,
  from: LineStart | null = null,
): AsyncIterable<Line> {
  for (const file of files) {
    const start = file.name === from?.file.name ? from : { file, line: 1, offset: 0 };
    yield* linesIn(start, disk.read(join(folder, file.name), start.offset));
  }
}

async function* linesIn(
  { file, ...start }: LineStart,
  chunks: AsyncIterable<Uint8Array>,
): AsyncIterable<Line> {
  let { line, offset } = start;
  let rest: Uint8Array = new Uint8Array();
  for await (const chunk of chunks) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let from = 0;
    for (let to = rest.indexOf(NEWLINE); to >= 0; to = rest.indexOf(NEWLINE, from)) {
      yield { file, line, offset, bytes: rest.subarray(from, to), end: "newline" };
      line += 1;
      offset += to + 1 - from;
      from = to + 1;
    }
    rest = rest.subarray(from);
    if (rest.length > MAX_LINE_BYTES) {
      yield { file, line, offset, bytes: rest, end: "endless" };
      return;
    }
  }
  if (rest.length > 0) yield { file, line, offset, bytes: rest, end: "torn" };
}
