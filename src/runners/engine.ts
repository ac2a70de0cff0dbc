import { done, failed } from "../lib/outcome.ts";
import type { RunProgram } from "../subprocess/types.ts";
import type { EngineName, FindEngine } from "./types.ts";

const TIMEOUT_MS = 10_000;

/** Finds the configured engine, and remembers it once it has answered. */
export function createFindEngine(
  setting: "auto" | "docker" | "podman" | "none",
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
        args: ["info", "--format", "{{.}}"],
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
