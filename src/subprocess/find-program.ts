import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";
import type { FindProgram } from "./types.ts";

/** Looks a program up as execvp(3) does, on a PATH that need not be the one of its environment. */
export const findProgram: FindProgram = async (program, { path, cwd }) => {
  const candidates = program.includes("/")
    ? [resolve(cwd, program)]
    : path
        .split(delimiter)
        .filter((folder) => folder !== "")
        .map((folder) => join(resolve(cwd, folder), program));
  for (const candidate of candidates) if (await isExecutable(candidate)) return candidate;
  return null;
};

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    // It is not there, or not for this user: the next one may be.
    return false;
  }
}
