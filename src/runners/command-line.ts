// On the trust boundary: the command line of a container engine. What a caller gave stands in `NAME=value`
// of an option, or after the image; it never becomes an option. A container is never privileged.

import { join } from "node:path";
import type { ContainerWork } from "./types.ts";

/** The label that every container of ours has; its value is the owner. */
export const LABEL = "ai.kubiya.run";

/** Always set: an engine in a restricted machine cannot raise its own limits. */
const LIMITS = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1000:1000"];

/** What it writes goes to us alone: the engine's log would keep what is hidden from callers. */
const CONFINED = [
  ...["--read-only", "--cap-drop", "all", "--security-opt", "no-new-privileges"],
  ...["--log-driver", "none"],
];

/** A container to start. */
interface Start {
  readonly name: string;
  readonly owner: string;
  readonly work: ContainerWork;
  /** The folder on this machine that has its files. */
  readonly files: string;
}

/** The words that start a container. An engine that refuses one of them starts nothing. */
export function startLine({ name, owner, work, files }: Start): readonly string[] {
  return [
    ...["run", "--rm", "--name", name, "--label", `${LABEL}=${owner}`, "--pull", work.pull],
    ...CONFINED,
    ...LIMITS,
    // Swap counts too: without it an engine gives as much again.
    ...["--memory", work.memory, "--memory-swap", work.memory],
    ...["--cpus", String(work.cpus), "--pids-limit", String(work.pids)],
    ...(work.network ? [] : ["--network", "none"]),
    ...(work.stdin === "" ? [] : ["--interactive"]),
    ...["--tmpfs", "/tmp", "--env", "HOME=/tmp", "--env", "TMPDIR=/tmp", "--env", "LANG=C.UTF-8"],
    ...Object.entries(work.env).flatMap(([key, value]) => ["--env", `${key}=${value}`]),
    // Without a value: the engine takes it from its own environment, which no process list shows.
    ...Object.keys(work.secrets).flatMap((key) => ["--env", key]),
    // Z: readable for this container also where the system labels files (SELinux).
    ...work.files.flatMap(({ path }) => ["--volume", `${join(files, path)}:${path}:ro,Z`]),
    ...work.volumes.flatMap(({ source, path, read_only: readOnly }) => [
      "--volume",
      `${source}:${path}:${readOnly ? "ro" : "rw"}`,
    ]),
    ...(work.program === null ? [] : ["--entrypoint", work.program]),
    ...["--", work.image],
    ...work.args,
  ];
}

/** The words that end a container at once, and remove it with what it kept. */
export const END_LINES: readonly (readonly string[])[] = [
  ["kill", "--signal", "KILL"],
  ["rm", "--force", "--volumes"],
];
