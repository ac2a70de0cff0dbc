import { access, constants, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { done, failed, type Outcome } from "../lib/outcome.ts";

/** Why a program cannot be executed, in the words of `SubprocessFailure`. */
type NoProgram =
  | { readonly reason: "not_found"; readonly program: string }
  | { readonly reason: "not_startable"; readonly program: string; readonly detail: string };

/** Where a program is, found as the system finds it (execvp(3)): on this PATH, seen from this folder. */
export async function lookUp(
  program: string,
  { path, cwd }: { readonly path: string; readonly cwd: string },
): Promise<Outcome<string, NoProgram>> {
  const folders = program.includes("/") ? [""] : path.split(":");
  let closed = false;
  for (const folder of folders) {
    const file = resolve(cwd, folder, program);
    if (!(await isFile(file))) continue;
    if (await isExecutable(file)) return done(file);
    closed = true;
  }
  const detail = "it may not be executed (EACCES)";
  return failed(
    closed ? { reason: "not_startable", program, detail } : { reason: "not_found", program },
  );
}

function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
