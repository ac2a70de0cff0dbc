// On the trust boundary: removes the folders that servers which were killed left. It never removes one of
// another user's, one whose server may still live, or anything that a link leads to.

import { lstat, readdir, readlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { done, type Outcome } from "../lib/outcome.ts";
import { attempt, type FolderFailure, NAMED, OWNER, removeFolder } from "./folder.ts";
import { isGone } from "./owner.ts";

/** Removes what was left, until the signal; gives how many folders that was, or why one could not be removed. */
export async function sweepFolders(
  owner: string,
  signal: AbortSignal,
): Promise<Outcome<number, FolderFailure>> {
  const listed = await attempt("remove", () => readdir(tmpdir()));
  if (!listed.ok) return listed;
  let swept: Outcome<number, FolderFailure> = done(0);
  let count = 0;
  for (const name of listed.value) {
    const path = join(tmpdir(), name);
    if (signal.aborted || !name.startsWith(NAMED) || !(await isLeft(path, owner))) continue;
    const removed = await attempt("remove", () => removeFolder(path));
    // Another server may have removed it meanwhile: what counts is what is there.
    if (!removed.ok && (await isOwn(path))) swept = removed;
    else count += 1;
  }
  return swept.ok ? done(count) : swept;
}

async function isLeft(path: string, owner: string): Promise<boolean> {
  if (!(await isOwn(path))) return false;
  const its = await readlink(join(path, OWNER)).catch(() => "");
  return isGone(its, owner);
}

/** Whether it is a folder, and no link to one, of this user's. */
async function isOwn(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => null);
  return found !== null && found.isDirectory() && found.uid === process.getuid?.();
}
