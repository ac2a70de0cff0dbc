import { done, failed } from "../lib/outcome.ts";
import type { RunProgram } from "../subprocess/types.ts";
import type { EngineName, FindEngine } from "./types.ts";

const TIMEOUT_MS = 10_000;

/** Questions that only an engine that works answers with exit code 0: docker's server, podman's storage. */
const QUESTIONS: Readonly<Record<EngineName, readonly string[]>> = {
  docker: ["version", "--format", "{{.Server.Version}}"],
  podman: ["info", "--format", "{{.Host.OCIRuntime.Name}}"],
};

/** Finds the configured engine, and remembers it once it has answered. */
export function createFindEngine(
  setting: "auto" | EngineName | "none",
  {
    run,
    engineEnv,
  }: {
    readonly run: RunProgram;
    readonly engineEnv: Readonly<Record<string, string>>;
  },
): FindEngine {
  let found: EngineName | null = null;
  const candidates = candidatesOf(setting);
  return async () => {
    for (const engine of candidates) {
      if (found === null && (await answers(engine))) found = engine;
    }
    return found === null ? failed(candidates) : done(found);
  };

  async function answers(engine: EngineName): Promise<boolean> {
    const asked = await run(
      {
        program: engine,
        args: QUESTIONS[engine],
        env: engineEnv,
        cwd: "/",
        stdin: "",
        timeoutMs: TIMEOUT_MS,
        maxOutputBytes: 1_000,
      },
      { signal: new AbortController().signal, onLine: () => {} },
    );
    return asked.ok && asked.value.exitCode === 0;
  }
}

function candidatesOf(setting: "auto" | EngineName | "none"): readonly EngineName[] {
  if (setting === "auto") return ["docker", "podman"];
  return setting === "none" ? [] : [setting];
}
