// A chain in memory, everything that somebody can do to its files, and where each must be found.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createDisk, type Disk } from "../../src/audit/disk.ts";
import { type ChainFile, fileNamed, filesIn } from "../../src/audit/files.ts";
import { checkWith } from "../../src/audit/public-keys.ts";
import type { Anchor, ChainVerdict, FaultKind } from "../../src/audit/types.ts";
import { verifyChain } from "../../src/audit/verify.ts";
import { ACTION, END, openIn, PUBLIC } from "./trail.ts";

/** The files of a chain: each is a list of lines without their newlines. */
export type Files = ReadonlyMap<string, readonly Buffer[]>;

/** Where something was done: the file and the line; and what it may be called. */
export interface Done {
  readonly what: string;
  /** The bytes of each file that is there afterwards. */
  readonly files: ReadonlyMap<string, Buffer>;
  readonly file: string;
  readonly line: number;
  readonly kinds: readonly FaultKind[];
}

const NEWLINE = Buffer.from("\n");
const check = checkWith([PUBLIC]);

/** A chain of so many lines, written by the real writer, in files of at most so many bytes. */
export async function chainOf(
  dir: string,
  lines: number,
  fileBytes: number = 67_108_864,
): Promise<Files> {
  const audit = await openIn(dir, { chain: "cli", fileBytes });
  const limit = lines - 1;
  for (let at = 0; at < limit; at += 1) {
    if (at % 10 === 9)
      await audit.event({ event: "config_reload", result: "success", facts: { at } });
    else if (at % 10 === 8) await audit.begin(ACTION);
    else await audit.note(ACTION, { ...END, durationMs: at });
  }
  await audit.close();
  const files = await filesIn(createDisk(), join(dir, "cli"));
  return new Map(
    await Promise.all(
      files.map(async ({ name }) => {
        const bytes = await readFile(join(dir, "cli", name));
        return [name, linesIn(bytes)] as const;
      }),
    ),
  );
}

function linesIn(bytes: Buffer): readonly Buffer[] {
  const lines: Buffer[] = [];
  for (let from = 0; from < bytes.length;) {
    const to = bytes.indexOf(NEWLINE, from);
    lines.push(bytes.subarray(from, to));
    from = to + 1;
  }
  return lines;
}

/** The bytes of a file that has these lines. */
export function bytesOf(lines: readonly Buffer[]): Buffer {
  return Buffer.concat(lines.flatMap((line) => [line, NEWLINE]));
}

/** Files in memory, in the place of a disk. */
function diskOf(files: ReadonlyMap<string, Buffer>): Pick<Disk, "read"> {
  return {
    read: async function* read(path) {
      const bytes = files.get(path);
      if (bytes !== undefined && bytes.length > 0) yield bytes;
    },
  };
}

/** Verifies files in memory; `part`: they are a part of a chain that begins anywhere. */
export function verifyFiles(
  files: ReadonlyMap<string, Buffer>,
  anchors: readonly Anchor[] = [],
  part: boolean = false,
): Promise<Omit<ChainVerdict, "path">> {
  const named: readonly ChainFile[] = [...files.keys()]
    .map((name) => fileNamed(name) ?? { name, number: 0 })
    .toSorted((a, b) => a.number - b.number);
  return verifyChain({
    disk: diskOf(files),
    folder: "",
    files: named,
    part,
    name: null,
    anchors,
    check,
  });
}

/** What is wrong with what was found of a deed; null: it was found where it was done. */
export function missed(
  { what, files, file, line, kinds }: Done,
  { fault, torn }: Omit<ChainVerdict, "path">,
): string | null {
  const place = fault ?? torn;
  if (place === null) return `${what}: not found`;
  if (place.file !== file || place.line !== line) {
    return `${what}: found at ${place.file}:${place.line}, and it is at ${file}:${line}`;
  }
  const lines = linesBefore(files.get(file) ?? Buffer.alloc(0), line);
  if (place.offset !== lines) return `${what}: found at byte ${place.offset}, not ${lines}`;
  if (fault !== null && !kinds.includes(fault.kind)) return `${what}: called ${fault.kind}`;
  return null;
}

function linesBefore(bytes: Buffer, line: number): number {
  let offset = 0;
  for (let at = 1; at < line; at += 1) {
    const next = bytes.indexOf(NEWLINE, offset);
    if (next < 0) return bytes.length;
    offset = next + 1;
  }
  return offset;
}

/** One byte of a line, or its newline, changed to another. The window begins a line before and ends two after. */
export function byteChanged(
  lines: readonly Buffer[],
  { at, byte, to }: { readonly at: number; readonly byte: number; readonly to: number },
): Done {
  const from = Math.max(0, at - 1);
  const window = lines.slice(from, at + 3);
  const bytes = bytesOf(window);
  const start = bytesOf(lines.slice(from, at)).length;
  bytes[start + byte] = to;
  const name = from === 0 ? "000001.jsonl" : "window";
  return {
    what: `byte ${byte} of line ${at + 1} becomes ${to}`,
    files: new Map([[name, bytes]]),
    file: name,
    line: at - from + 1,
    kinds: ["edit", "bad_signature", "truncation"],
  };
}

/** What can be done to a line of a file, or between two. */
export const LINE_DEEDS = {
  deleted: (lines, at) => ({
    lines: lines.toSpliced(at, 1),
    line: at + 1,
    kinds: ["delete", "truncation"],
  }),
  duplicated: (lines, at) => ({
    lines: lines.toSpliced(at + 1, 0, lines[at] ?? NEWLINE),
    line: at + 2,
    kinds: ["duplicate"],
  }),
  "copied to the end": (lines, at) => ({
    lines: [...lines, lines[at] ?? NEWLINE],
    line: lines.length + 1,
    kinds: ["duplicate"],
  }),
  "copied to the beginning": (lines, at) => ({
    lines: [lines[at] ?? NEWLINE, ...lines],
    line: at === 0 ? 2 : 1,
    kinds: ["duplicate"],
  }),
  "swapped with the next": (lines, at) => {
    const other = at + 1 < lines.length ? at + 1 : at - 1;
    return { lines: swapped(lines, at, other), line: Math.min(at, other) + 1, kinds: ["reorder"] };
  },
  "swapped with another": (lines, at) => {
    const other = (at + 1 + ((at * 7919) % (lines.length - 1))) % lines.length;
    return { lines: swapped(lines, at, other), line: Math.min(at, other) + 1, kinds: ["reorder"] };
  },
  "preceded by a foreign line": (lines, at) => ({
    lines: lines.toSpliced(at, 0, Buffer.from('{"who":"somebody"}')),
    line: at + 1,
    kinds: ["insert"],
  }),
  "preceded by a forged record": (lines, at) => ({
    lines: lines.toSpliced(at, 0, forged(lines[at] ?? NEWLINE)),
    line: at + 1,
    kinds: ["insert", "fork"],
  }),
  "cut in its middle, with what follows": (lines, at) => ({
    lines: lines.slice(0, at),
    rest: (lines[at] ?? NEWLINE).subarray(0, 40),
    line: at + 1,
    kinds: ["truncation"],
  }),
  "cut off, with what follows": (lines, at) => ({
    lines: lines.slice(0, at),
    line: at + 1,
    kinds: ["truncation"],
  }),
} as const satisfies Readonly<Record<string, (lines: readonly Buffer[], at: number) => LineDeed>>;

interface LineDeed {
  readonly lines: readonly Buffer[];
  readonly rest?: Buffer;
  readonly line: number;
  readonly kinds: readonly FaultKind[];
}

/** The same deed on a chain of files, in one of them. */
export function lineDone(
  files: Files,
  file: string,
  { name, at }: { readonly name: keyof typeof LINE_DEEDS; readonly at: number },
): Done {
  const deed: LineDeed = LINE_DEEDS[name](files.get(file) ?? [], at);
  const all = new Map([...files].map(([each, lines]) => [each, bytesOf(lines)]));
  all.set(file, Buffer.concat([bytesOf(deed.lines), deed.rest ?? Buffer.alloc(0)]));
  const { line, kinds } = deed;
  return { what: `line ${at + 1} of ${file} ${name}`, files: all, file, line, kinds };
}

function swapped(lines: readonly Buffer[], a: number, b: number): readonly Buffer[] {
  return lines.with(a, lines[b] ?? NEWLINE).with(b, lines[a] ?? NEWLINE);
}

/** A record that could stand here, linked as the one that does. */
function forged(line: Buffer): Buffer {
  const record: object = JSON.parse(line.toString());
  return Buffer.from(
    JSON.stringify({ ...record, phase: "outcome", action: "execute_tool", user_id: "mallory" }),
  );
}

/** The head of a chain, as it was kept elsewhere. */
export async function headOf(files: Files): Promise<readonly Anchor[]> {
  const { fault, head } = await verifyFiles(asBytes(files));
  if (fault !== null || head === null)
    throw new Error(`the chain is not intact: ${JSON.stringify(fault)}`);
  return [head];
}

/** The files as bytes. */
export function asBytes(files: Files): ReadonlyMap<string, Buffer> {
  return new Map([...files].map(([name, lines]) => [name, bytesOf(lines)]));
}
