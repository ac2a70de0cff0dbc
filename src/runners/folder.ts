import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  rename,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { readGroup } from "./owner.ts";
import type { EngineName, RunnerFailure } from "./types.ts";

/** A folder that only this run sees. */
export interface Folder {
  readonly path: string;
  /** Its working directory, home and place for temporary files, each inside. */
  readonly work: string;
  readonly home: string;
  readonly temporary: string;
  /** Says which process group runs with it: should that outlive this process, the folder is to as well. */
  readonly usedBy: (group: number) => Promise<void>;
}

/** How the name of such a folder begins, in the folder for temporary files. */
export const NAMED = "kubiya-run-";

/**
 * The links in it whose texts are the owner, the group that runs with it, and the engine that may have
 * mounted it. A link is there with its whole text, or not at all.
 */
export const OWNER = "owner";
export const GROUP = "group";
export const ENGINE = "engine";

/** The text of the group from before it is started until its name is known: no process has this one. */
const STARTING = "starting";

/** What the run finds in it. */
const INSIDE = { work: "work", home: "home", temporary: "tmp" };

/** Files to write into the working directory; their paths are the definition's, never a caller's. */
interface Files {
  /** Names this process, so that another can tell what it leaves when it is killed; empty: none can. */
  readonly owner: string;
  /** The engine that is to mount it, if one is. */
  readonly engine: EngineName | null;
  readonly files: readonly { readonly path: string; readonly content: string }[];
  /** The folder itself is closed to others; a container's user may be another than the server's. */
  readonly mode: number;
}

export type FolderFailure = Extract<RunnerFailure, { reason: "folder_failed" }>;

/**
 * Gives a folder of its own (0700), with these files, to some work, and removes it afterwards, however
 * the work ends. A folder that stays is a failure, whatever the work gave.
 */
export async function withFolder<T, F>(
  files: Files,
  work: (folder: Folder) => Promise<Outcome<T, F>>,
): Promise<Outcome<T, F | FolderFailure>> {
  const made = await attempt("make", () => mkdtemp(join(tmpdir(), NAMED)));
  if (!made.ok) return made;
  const working = workIn(made.value, files, work);
  await Promise.allSettled([working]);
  const removed = await attempt("remove", () => removeFolder(made.value));
  return removed.ok ? working : removed;
}

async function workIn<T, F>(
  path: string,
  files: Files,
  work: (folder: Folder) => Promise<Outcome<T, F>>,
): Promise<Outcome<T, F | FolderFailure>> {
  const folder = {
    path,
    work: join(path, INSIDE.work),
    home: join(path, INSIDE.home),
    temporary: join(path, INSIDE.temporary),
    usedBy: (group: number) => markGroup(path, group, files.owner),
  };
  const filled = await attempt("fill", async () => {
    if (files.owner !== "") await symlink(files.owner, join(path, OWNER));
    if (files.engine !== null) await symlink(files.engine, join(path, ENGINE));
    for (const inner of [folder.work, folder.home, folder.temporary])
      await mkdir(inner, { mode: 0o700 });
    await writeFiles(folder.work, files);
    // Last: of a server that is killed before this, nothing can run.
    await symlink(STARTING, join(path, GROUP));
  });
  return filled.ok ? work(folder) : filled;
}

/** Where this cannot be done, the folder goes on to say that something may run with it. */
async function markGroup(path: string, group: number, owner: string): Promise<void> {
  const name = await readGroup(group, owner);
  if (name === "") return;
  const next = join(path, `${GROUP}-next`);
  await attempt("fill", async () => {
    await symlink(name, next);
    await rename(next, join(path, GROUP));
  });
}

/** What the file system refuses is expected: a disk may be full. Anything else is a bug. */
export async function attempt<T>(
  doing: FolderFailure["doing"],
  work: () => Promise<T>,
): Promise<Outcome<T, FolderFailure>> {
  try {
    return done(await work());
  } catch (thrown) {
    if (!(thrown instanceof Error && "code" in thrown)) throw thrown;
    return failed({ reason: "folder_failed", doing, code: String(thrown.code) });
  }
}

async function writeFiles(folder: string, { files, mode }: Files): Promise<void> {
  for (const { path, content } of files) {
    const file = join(folder, join("/", path));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content, { mode: 0o600 });
    await chmod(file, mode);
  }
}

/** Also what a tool closed to its own user. Follows no link. */
export async function removeFolder(path: string): Promise<void> {
  try {
    await remove(path);
  } catch {
    await open(path);
    await remove(path);
  }
}

/** The marks go last, and the owner after the others: what is left where this is cut short can still be told. */
async function remove(path: string): Promise<void> {
  const options = { recursive: true, force: true, maxRetries: 3 };
  for (const inner of [...Object.values(INSIDE), GROUP, ENGINE])
    await rm(join(path, inner), options);
  await rm(path, options);
}

/** Gives back the rights that removing a folder takes. Follows no link. */
async function open(path: string): Promise<void> {
  if (!(await lstat(path)).isDirectory()) return;
  await chmod(path, 0o700);
  for (const name of await readdir(path)) await open(join(path, name));
}
