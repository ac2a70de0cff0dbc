import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

const SUITE = "test/conformance/node_modules/@modelcontextprotocol/conformance";

/** What the suite found out about one thing that a scenario looks at. */
export interface Check {
  readonly id: string;
  readonly status: string;
  readonly errorMessage?: string;
}

/** What a revision of the protocol requires of a server, in the suite's own frozen list. */
export async function required(revision: string): Promise<readonly string[]> {
  const list = await readFile(join(SUITE, "requirements", `${revision}.yaml`), "utf8");
  const [, server = ""] = /^server:\n((?: {2}- .+\n)+)/m.exec(list) ?? [];
  return server.split("\n").flatMap((line) => (line === "" ? [] : [line.slice("  - ".length)]));
}

/** Runs what a revision requires against a server; gives how it ended, and its findings by scenario. */
export async function runSuite(
  url: string,
  revision: string,
  folder: string,
): Promise<{
  readonly code: number | null;
  readonly found: ReadonlyMap<string, readonly Check[]>;
}> {
  const output = join(folder, revision);
  const args = ["server", "--url", url, "--requirements", revision, "--output-dir", output];
  const suite = spawn(process.execPath, [join(SUITE, "dist/index.js"), ...args], {
    stdio: "ignore",
    timeout: 100_000,
  });
  await once(suite, "exit");
  const runs = await readdir(output);
  const found = await Promise.all(
    runs.map(async (run) => {
      const checks: readonly Check[] = JSON.parse(
        await readFile(join(output, run, "checks.json"), "utf8"),
      );
      return [nameOf(run), checks] as const;
    }),
  );
  return { code: suite.exitCode, found: new Map(found) };
}

/** A folder is called after its scenario and the time. */
function nameOf(run: string): string {
  return run.replace(/^server-/, "").replace(/-\d{4}-\d{2}-\d{2}T[\d-]+Z$/, "");
}
