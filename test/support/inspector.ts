// The command line of the MCP Inspector, as a person would type it.

import { execFile } from "node:child_process";
import { resolve } from "node:path";
import type { Ran } from "./server.ts";

/** The folder in which programs that others wrote are installed. */
const PEERS = resolve("test/conformance");
const INSPECTOR = "node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js";

/** Where it runs. */
export interface Inspecting {
  /** Its HOME: it keeps files there. */
  readonly home: string;
  readonly path?: string;
}

/** Runs it to its end. It asks nobody to log in, and prints the answer and the error alone. */
export function inspect(
  args: readonly string[],
  { home, path = process.env["PATH"] ?? "" }: Inspecting,
): Promise<Ran> {
  const line = [INSPECTOR, "--cli", "--quiet", "--stored-auth-only", ...args];
  const options = { cwd: PEERS, env: { HOME: home, PATH: path }, timeout: 60_000 };
  return new Promise((ended) => {
    execFile(process.execPath, line, options, (failure, stdout, stderr) => {
      const code = failure === null ? 0 : failure.code;
      ended({ code: typeof code === "number" ? code : null, stdout, stderr });
    });
  });
}
