// A shell in which `kubiya` is the built program.

import { spawn } from "node:child_process";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Ran } from "./server.ts";

/** The built program. */
export const DIST: string = resolve("dist/main.js");

/** A shell whose HOME is a folder. */
export interface Shell {
  readonly environment: Readonly<Record<"HOME" | "PATH", string>>;
  /** Runs a script to its end, or to where one of its commands fails. */
  readonly sh: (script: string, environment?: Readonly<Record<string, string>>) => Promise<Ran>;
}

/** Makes a folder the home of a shell. */
export async function shellIn(folder: string): Promise<Shell> {
  const bin = join(folder, "bin");
  await mkdir(bin);
  await writeFile(join(bin, "kubiya"), `#!/bin/sh\nexec "${process.execPath}" "${DIST}" "$@"\n`);
  await chmod(join(bin, "kubiya"), 0o755);
  const environment = { HOME: folder, PATH: `${bin}:${process.env["PATH"]}` };
  return {
    environment,
    sh: async (script, more = {}) => {
      const env = { ...environment, ...more };
      const child = spawn("sh", ["-ec", script], { env, cwd: folder });
      let stdout = "";
      let stderr = "";
      child.stdout.on("data", (chunk) => (stdout += String(chunk)));
      child.stderr.on("data", (chunk) => (stderr += String(chunk)));
      child.stdin.end();
      const code = await new Promise<number | null>((ended) => {
        child.once("close", ended);
      });
      return { code, stdout, stderr };
    },
  };
}
