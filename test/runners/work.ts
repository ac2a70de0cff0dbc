// Work for tests, and what runs it on this machine.

import type { TestContext } from "node:test";
import { createFindEngine } from "../../src/runners/engine.ts";
import { createRunWork } from "../../src/runners/run.ts";
import type {
  ContainerWork,
  ProcessWork,
  Runner,
  RunnerParts,
  Workload,
} from "../../src/runners/types.ts";
import { mintPermit } from "../../src/lib/permit.ts";
import { createRunProgram } from "../../src/subprocess/run.ts";
import type { Watch } from "../../src/subprocess/types.ts";
import { newContainerId } from "../support/container.ts";
import { folderFor } from "../support/server.ts";

export const PATH: string = process.env["PATH"] ?? "/usr/bin:/bin";
export const LOCAL: Runner = {
  requested: "default",
  name: "local",
  kind: "local",
  healthy: true,
};

/** Gives up quickly on what does not heed a request to end. */
export const run = createRunProgram({ graceMs: 300 });

/** The runners of this machine, with podman as the engine. */
export function partsOf(extra: Partial<RunnerParts> = {}): RunnerParts {
  const engineEnv = { PATH, HOME: process.env["HOME"] ?? "/root" };
  const findEngine = createFindEngine("podman", { run, engineEnv });
  return { run, findEngine, engineEnv, path: PATH, newId: newContainerId, owner: "", ...extra };
}

const WORK = {
  args: [],
  env: {},
  secrets: {},
  stdin: "",
  timeoutMs: 20_000,
  maxOutputBytes: 10_000,
  files: [],
} as const;

/** A shell script as a process. */
export function processWork(script: string, extra: Partial<ProcessWork> = {}): ProcessWork {
  const confinement = { memory: null, sandbox: null };
  return { kind: "process", ...WORK, program: "sh", args: ["-c", script], confinement, ...extra };
}

/** A shell script in a container that is confined. */
export function containerWork(script: string, extra: Partial<ContainerWork> = {}): ContainerWork {
  return {
    kind: "container",
    ...WORK,
    image: "none",
    program: "sh",
    args: ["-c", script],
    network: false,
    pull: "never",
    memory: "64m",
    cpus: 1,
    pids: 32,
    volumes: [],
    ...extra,
  };
}

/** A folder that is the one for temporary files until the test ends. */
export async function temporaryFor(context: TestContext): Promise<string> {
  const folder = await folderFor(context);
  const before = process.env["TMPDIR"];
  process.env["TMPDIR"] = folder;
  context.after(() => {
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
  });
  return folder;
}

/** Runs work as it is run once it is permitted. */
export function runWork(
  work: Workload,
  watch: Partial<Watch> = {},
  { parts = partsOf(), runner = LOCAL, permit = mintPermit("decision", {}) } = {},
) {
  return createRunWork(parts)(
    permit,
    { runner, work },
    { signal: new AbortController().signal, onLine: () => {}, ...watch },
  );
}
