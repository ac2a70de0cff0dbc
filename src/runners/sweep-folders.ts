// On the trust boundary: removes the folders that servers which were killed left. It never removes one of
// another user's, one whose server may still live, one that something may still use, or anything that a link
// leads to.
//
// What may use a folder is told by its marks (folder.ts) and not by a look at who works in it: a tool may be
// elsewhere and keep its files there, or run as another user (sudo), and a container's working directory is
// its own. The mark of the group is there before the tool is, and says first that something may run: of a
// server that was killed before it knew the group, the folder stays for good.

import { lstat, readdir, readlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { done, type Outcome } from "../lib/outcome.ts";
import { codeOf } from "../lib/thrown.ts";
import type { GroupRuns } from "../subprocess/types.ts";
import {
  attempt,
  ENGINE,
  type FolderFailure,
  GROUP,
  NAMED,
  OWNER,
  removeFolder,
} from "./folder.ts";
import { isGone } from "./owner.ts";
import type { EngineName } from "./types.ts";

/** Finds what was left by servers that are gone, as this owner sees it. */
export async function findLeft(owner: string): Promise<Outcome<readonly string[], FolderFailure>> {
  const listed = await attempt("remove", () => readdir(tmpdir()));
  if (!listed.ok) return listed;
  const left: string[] = [];
  for (const name of listed.value) {
    const path = join(tmpdir(), name);
    if (name.startsWith(NAMED) && (await isLeft(path, owner))) left.push(path);
  }
  return done(left);
}

/** What is known when folders are removed. */
interface Removing {
  readonly owner: string;
  /** The engine whose containers were swept after the folders were found; null: none. */
  readonly engine: EngineName | null;
  readonly groupRuns: GroupRuns;
  readonly signal: AbortSignal;
}

/** Removes those that nothing uses any more, until the signal; gives how many, or why one could not be removed. */
export async function removeLeft(
  left: readonly string[],
  known: Removing,
): Promise<Outcome<number, FolderFailure>> {
  let swept: Outcome<number, FolderFailure> = done(0);
  let count = 0;
  for (const path of left) {
    if (known.signal.aborted || !(await isLeft(path, known.owner))) continue;
    if (!(await isUnused(path, known))) continue;
    const removed = await attempt("remove", () => removeFolder(path));
    // Another server may have removed it meanwhile: what counts is what is there.
    if (!removed.ok && (await isOwn(path))) swept = removed;
    else count += 1;
  }
  return swept.ok ? done(count) : swept;
}

async function isLeft(path: string, owner: string): Promise<boolean> {
  return (await isOwn(path)) && isGone((await markOf(path, OWNER)) ?? "", owner);
}

/** Whether neither a process nor a container can have it any more. */
async function isUnused(path: string, { owner, engine, groupRuns }: Removing): Promise<boolean> {
  const mountedBy = await markOf(path, ENGINE);
  if (mountedBy !== null && mountedBy !== engine) return false;
  const group = await markOf(path, GROUP);
  return group === null || isGone(group, owner, groupRuns);
}

/** Null where it has none; of one that cannot be read nothing is known. */
async function markOf(path: string, mark: string): Promise<string | null> {
  try {
    return await readlink(join(path, mark));
  } catch (thrown) {
    return codeOf(thrown) === "ENOENT" ? null : "";
  }
}

/** Whether it is a folder, and no link to one, of this user's. */
async function isOwn(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => null);
  return found !== null && found.isDirectory() && found.uid === process.getuid?.();
}
