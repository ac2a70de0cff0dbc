import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Disk } from "./disk.ts";
import { type ChainFile, fileNamed, filesIn } from "./files.ts";

/** A chain, or a part of one, as it lies on the disk. */
export interface Chain {
  /** The folder, or the file. */
  readonly path: string;
  readonly folder: string;
  readonly files: readonly ChainFile[];
  /** Whether it is one file alone, which may begin in the middle. */
  readonly part: boolean;
  /** The name of its folder among those of other chains; null where it stands alone. */
  readonly name: string | null;
}

/** The chains at a path: a file, a chain's folder, or the folder of all. Rejects where nothing is there. */
export async function chainsAt(
  disk: Pick<Disk, "names">,
  path: string,
  expected: readonly string[] = [],
): Promise<readonly Chain[]> {
  if (!(await stat(path)).isDirectory()) {
    const file = fileNamed(basename(path)) ?? { name: basename(path), number: 0 };
    return [{ path, folder: dirname(path), files: [file], part: true, name: null }];
  }
  const files = await filesIn(disk, path);
  if (files.length > 0) return [{ path, folder: path, files, part: false, name: null }];
  const entries = await readdir(path, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const all = await Promise.all(
    [...new Set([...folders, ...expected])].toSorted().map(async (name) => {
      const folder = join(path, basename(name));
      return { path: folder, folder, files: await filesIn(disk, folder), part: false, name };
    }),
  );
  // A folder without files is one that a start has only just made, or that somebody emptied.
  return all.filter(({ files, name }) => files.length > 0 || expected.includes(name));
}
