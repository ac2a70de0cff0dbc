// The real host, with its store, pepper, policies and trail, in a folder that is HOME.

import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import type { TestContext } from "node:test";
import { run } from "../../src/compose/run.ts";
import { outsideIn } from "../support/outside.ts";
import { recordsIn } from "../support/server.ts";

/** What a command said. */
interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder with the state of a server. */
export interface Home {
  readonly folder: string;
  /** Runs a command line; its words are separated by one space. */
  readonly kubiya: (line: string, environment?: Readonly<Record<string, string>>) => Promise<Ran>;
  /** The same with `--json`, read. */
  readonly json: (
    line: string,
    environment?: Readonly<Record<string, string>>,
  ) => Promise<ReturnType<typeof JSON.parse>>;
  readonly records: () => Promise<readonly Record<string, unknown>[]>;
  /** Every file below the folder, as text. */
  readonly written: () => Promise<string>;
}

/** A new home, which is removed when the test ends; `onAnswer` hears what a command writes to stdout, as it does. */
export async function homeFor(
  context: TestContext,
  onAnswer: (text: string) => void = () => {},
): Promise<Home> {
  const folder = await mkdtemp(join(tmpdir(), "kubiya-auth-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const kubiya: Home["kubiya"] = async (line, environment = {}) => {
    const said = { stdout: "", stderr: "" };
    const into = (stream: "stdout" | "stderr"): Writable =>
      new Writable({
        write: (chunk, _encoding, taken) => {
          said[stream] += String(chunk);
          if (stream === "stdout") onAnswer(String(chunk));
          taken();
        },
      });
    const streams = { stdout: into("stdout"), stderr: into("stderr") };
    const code = await run(outsideIn(folder, line.split(" "), { ...streams, environment }));
    return { code, ...said };
  };
  return {
    folder,
    kubiya,
    json: async (line, environment) =>
      JSON.parse((await kubiya(`${line} --json`, environment)).stdout),
    records: () => recordsIn(join(folder, ".kubiya", "mcp")),
    written: async () => {
      const names = await readdir(folder, { recursive: true, withFileTypes: true });
      const files = names.filter((name) => name.isFile());
      const texts = files.map((file) => readFile(join(file.parentPath, file.name), "latin1"));
      return (await Promise.all(texts)).join("\n");
    },
  };
}

/** A key's secret and its id. */
export async function keyIn(
  { json }: Home,
  options: string = "--name ci",
): Promise<{ readonly id: string; readonly key: string }> {
  return json(`auth key create ${options}`);
}

/** Time stands still at a time of day, for a clock that goes on by itself too. */
export function stopTime({ mock }: TestContext, nowMs: number): void {
  mock.timers.enable({ apis: ["Date"], now: nowMs });
  mock.method(performance, "now", () => 0);
}
