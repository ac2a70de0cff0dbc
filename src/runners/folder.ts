import { chmod, lstat, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A folder that only this run sees. */
export interface Folder {
  readonly path: string;
  /** Its working directory, home and place for temporary files, each inside. */
  readonly work: string;
  readonly home: string;
  readonly temporary: string;
}

/** Gives a folder of its own (0700) to some work, and removes it afterwards, however the work ends. */
export async function withFolder<T>(work: (folder: Folder) => Promise<T>): Promise<T> {
  const path = await mkdtemp(join(tmpdir(), "kubiya-run-"));
  try {
    const folder = {
      path,
      work: join(path, "work"),
      home: join(path, "home"),
      temporary: join(path, "tmp"),
    };
    for (const inner of [folder.work, folder.home, folder.temporary])
      await mkdir(inner, { mode: 0o700 });
    return await work(folder);
  } finally {
    await removeFolder(path);
  }
}

/** Files to write below a folder. */
interface Files {
  readonly files: readonly { readonly path: string; readonly content: string }[];
  /** The folder itself is closed to others; a container's user may be another than the server's. */
  readonly mode: number;
}

/** Writes files below a folder; their paths are the definition's, never a caller's. */
export async function writeFiles(folder: string, { files, mode }: Files): Promise<void> {
  for (const { path, content } of files) {
    const file = join(folder, join("/", path));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content, { mode: 0o600 });
    await chmod(file, mode);
  }
}

/** Also what a tool closed to its own user. */
async function removeFolder(path: string): Promise<void> {
  const options = { recursive: true, force: true, maxRetries: 3 };
  try {
    await rm(path, options);
  } catch {
    await open(path);
    await rm(path, options);
  }
}

/** Gives back the rights that removing a folder takes. Follows no link. */
async function open(path: string): Promise<void> {
  if (!(await lstat(path)).isDirectory()) return;
  await chmod(path, 0o700);
  for (const name of await readdir(path)) await open(join(path, name));
}
