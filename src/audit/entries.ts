import { join } from "node:path";
import type { Disk } from "./disk.ts";
import { codeOf, textOf } from "../lib/thrown.ts";
import { type Files, type Line, type LineStart, linesOf } from "./lines.ts";
import { recordedIn } from "./recorded.ts";
import type { Entry } from "./types.ts";

/** An entry of a chain, and where the next one begins. */
export interface Placed {
  readonly entry: Entry;
  /** Null where nobody knows: the file cannot be read. */
  readonly next: LineStart | null;
}

/** The entries of files of a chain, in constant memory. A file that cannot be read is an entry that says so. */
export async function* entriesOf(
  disk: Pick<Disk, "read">,
  { folder, files }: Files,
  from: LineStart | null,
): AsyncGenerator<Placed> {
  for (const file of files) {
    const path = join(folder, file.name);
    try {
      for await (const line of linesOf(disk, { folder, files: [file] }, from)) {
        yield entryOf(line, path, file === files.at(-1));
      }
    } catch (error) {
      if (codeOf(error) === "") throw error;
      yield { entry: { is: "damage", file: path, line: null, detail: textOf(error) }, next: null };
    }
  }
}

function entryOf({ file, line, offset, bytes, end }: Line, path: string, isLast: boolean): Placed {
  const here = { file, line, offset };
  const next = { file, line: line + 1, offset: offset + bytes.length + 1 };
  const wrong = (detail: string, is: "torn" | "damage" = "damage"): Entry => ({
    ...{ is, file: path, line, detail },
  });
  // The writer may be in the middle of it.
  if (end === "torn" && isLast) return { entry: wrong("cut off", "torn"), next: here };
  if (end === "torn") return { entry: wrong("cut off, and the file ended"), next };
  if (end === "endless") {
    const rest = { ...here, offset: Number.MAX_SAFE_INTEGER };
    return { entry: wrong("longer than any record; the rest of the file is left out"), next: rest };
  }
  const read = recordedIn(bytes);
  if (!read.ok) return { entry: wrong(read.failure), next };
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
  return { entry: { is: "record", record: read.value, text }, next };
}
