import { mkdir, open, readdir, unlink } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { codeOf } from "../lib/thrown.ts";

/** A file that only grows. */
export interface AppendFile {
  /** Gives how many bytes were written, which may be fewer than asked for. */
  readonly write: (bytes: Uint8Array) => Promise<number>;
  /** Settles when everything written, or cut, is on the disk. */
  readonly sync: () => Promise<void>;
  /** Cuts the file to this length; the next write stands there. */
  readonly cut: (length: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** What the trail needs of a file system. Folders are made 0700 and files 0600; each rejects with the system's error. */
export interface Disk {
  /** Makes a folder and those above it, durably, where they are not there. */
  readonly makeFolder: (path: string) => Promise<void>;
  /** The names in a folder; none where there is no such folder. */
  readonly names: (path: string) => Promise<readonly string[]>;
  /** The bytes of a file, from this one on; none where there is no such file. */
  readonly read: (path: string, from?: number) => AsyncIterable<Uint8Array>;
  /** Opens a file to append to, and makes it where it is not there. */
  readonly append: (path: string) => Promise<AppendFile>;
  readonly remove: (path: string) => Promise<void>;
  /** Makes the names in a folder durable. */
  readonly syncFolder: (path: string) => Promise<void>;
}

const CHUNK_BYTES = 262_144;

/** Writes all of it, however few bytes the system takes at once. */
export async function writeAll(file: Pick<AppendFile, "write">, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.length > 0;) {
    const written = await file.write(rest);
    if (written <= 0) throw new Error("the system wrote nothing");
    rest = rest.subarray(written);
  }
}

/** The file system of this machine. */
export function createDisk(): Disk {
  return {
    makeFolder,
    names: (path) => absentAs([], readdir(path)),
    read: readFile,
    append,
    remove: unlink,
    syncFolder,
  };
}

async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  const above = dirname(resolve(first));
  for (let at = resolve(path); at !== above; at = dirname(at)) await syncFolder(dirname(at));
}

async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, "r");
  await folder.sync();
}

async function* readFile(path: string, from: number = 0): AsyncIterable<Uint8Array> {
  const file = await absentAs(null, open(path, "r"));
  if (file === null) return;
  try {
    // A pipe can be read from its beginning alone, and knows no other place.
    for (let at = from === 0 ? null : from; ;) {
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
      const { bytesRead, buffer } = await file.read(chunk, 0, CHUNK_BYTES, at);
      if (bytesRead === 0) return;
      if (at !== null) at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

/**
 * fdatasync and not O_DSYNC, although that is one call fewer: O_DSYNC makes only the range of its own
 * write durable, and the outcomes written before it without a sync must not be left behind as a hole.
 */
async function append(path: string): Promise<AppendFile> {
  const file = await open(path, "a", 0o600);
  return {
    write: async (bytes) => (await file.write(bytes)).bytesWritten,
    sync: () => file.datasync(),
    cut: (length) => file.truncate(length),
    close: () => file.close(),
  };
}

async function absentAs<T, A>(absent: A, opened: Promise<T>): Promise<T | A> {
  try {
    return await opened;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return absent;
    throw error;
  }
}
