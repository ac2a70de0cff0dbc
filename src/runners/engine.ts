import { done, failed } from "../lib/outcome.ts";
import type { RunProgram } from "../subprocess/types.ts";
import type { EngineName, EngineSeen, FindEngine } from "./types.ts";

const TIMEOUT_MS = 10_000;

/** Questions that only an engine that works answers with exit code 0: docker's server, podman's storage. */
const QUESTIONS: Readonly<Record<EngineName, readonly string[]>> = {
  docker: ["version", "--format", "{{.Server.Version}}"],
  podman: ["info", "--format", "{{.Host.OCIRuntime.Name}}"],
};

interface EngineParts {
  readonly run: RunProgram;
  readonly engineEnv: Readonly<Record<string, string>>;
}

type EngineSetting = "auto" | EngineName | "none";

/** Finds the configured engine, and remembers it once it has answered. */
export function createFindEngine(setting: EngineSetting, parts: EngineParts): FindEngine {
  let found: EngineName | null = null;
  const candidates = candidatesOf(setting);
  return async () => {
    for (const engine of candidates) {
      if (found === null && (await lookAt(engine, parts)).is === "answers") found = engine;
    }
    return found === null ? failed(candidates) : done(found);
  };
}

/** Looks at every engine that a setting allows. */
export async function lookAtEngines(
  setting: EngineSetting,
  parts: EngineParts,
): Promise<readonly EngineSeen[]> {
  return Promise.all(candidatesOf(setting).map((engine) => lookAt(engine, parts)));
}

async function lookAt(engine: EngineName, { run, engineEnv }: EngineParts): Promise<EngineSeen> {
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
  if (!asked.ok) {
    const { reason } = asked.failure;
    return { engine, is: reason === "not_found" ? "missing" : "refused", said: reason };
  }
  const { exitCode, stderr } = asked.value;
  if (exitCode === 0) return { engine, is: "answers", said: "" };
  return { engine, is: "refused", said: stderr.trim() || `exit code ${exitCode}` };
}

function candidatesOf(setting: EngineSetting): readonly EngineName[] {
  if (setting === "auto") return ["docker", "podman"];
  return setting === "none" ? [] : [setting];
}
