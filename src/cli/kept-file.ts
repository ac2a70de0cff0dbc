// On the trust boundary: files of a person that other programs read too. Each is written whole or not at
// all, and what stood there before is kept beside it.

import { randomBytes } from "node:crypto";
import {
  chmod,
  constants,
  copyFile,
  link,
  mkdir,
  open,
  readFile,
  realpath,
  rename,
  rm,
  stat,
} from "node:fs/promises";
import { dirname } from "node:path";
import { done, failed, type Outcome } from "../lib/outcome.ts";
import { codeOf } from "../lib/thrown.ts";

/** What a file is to become. */
export interface Replacement {
  readonly path: string;
  readonly text: string;
  /** What stands there now, as it was read; null where nothing does. */
  readonly before: string | null;
  /** The rights of the file; null: as they were. */
  readonly mode: number | null;
  /** Tells the copy from others. */
  readonly stamp: string;
}

/** For its owner alone: what it says may be a secret. */
const OWN = 0o600;

/** Writes it, and gives the path of the copy; null where there was nothing to keep. */
export async function replaceFile({
  path,
  text,
  before,
  mode,
  stamp,
}: Replacement): Promise<Outcome<string | null, string>> {
  const fresh = `${path}.${randomBytes(8).toString("hex")}`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    if (before === null) {
      await write(fresh, text, mode ?? OWN);
      // Unlike a rename, a link takes the place of nothing.
      await link(fresh, path);
      return done(null);
    }
    // A link stays a link.
    const real = await realpath(path);
    const rights = mode ?? (await stat(real)).mode & 0o777;
    const copy = `${real}.${stamp}.bak`;
    await copyFile(real, copy, constants.COPYFILE_EXCL);
    await chmod(copy, rights);
    if ((await readFile(copy, "utf8")) !== before) {
      await rm(copy);
      return failed("somebody changed it meanwhile; run this again");
    }
    await write(fresh, text, rights);
    await rename(fresh, real);
    return done(copy);
  } catch (thrown) {
    return failed(`cannot be written: ${codeOf(thrown) || String(thrown)}`);
  } finally {
    await rm(fresh, { force: true });
  }
}

/** Where nothing stands yet. */
async function write(path: string, text: string, mode: number): Promise<void> {
  await using file = await open(path, "wx", mode);
  await file.writeFile(text);
  await file.sync();
}

/** The text of a file; null where it is not there. */
export async function textIn(path: string): Promise<Outcome<string | null, string>> {
  try {
    return done(await readFile(path, "utf8"));
  } catch (thrown) {
    const code = codeOf(thrown);
    return code === "ENOENT" ? done(null) : failed(`cannot be read: ${code || String(thrown)}`);
  }
}
