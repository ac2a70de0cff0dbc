import { done, failed } from "../lib/outcome.ts";
import type { RunProgram } from "../subprocess/types.ts";
import { unusableEngine } from "./engine-failure.ts";
import type { EngineName, EngineSeen, FindEngine, NoEngine } from "./types.ts";

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
    const seen: EngineSeen[] = [];
    for (const engine of candidates) {
      if (found !== null) break;
      const one = await lookAt(engine, parts);
      if (one.is === "answers") found = engine;
      seen.push(one);
    }
    return found === null ? failed(nearest(seen)) : done(found);
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
  if (asked.ok)
    return asked.value.exitCode === 0 ? answers(engine) : unusableEngine(engine, asked.value);
  switch (asked.failure.reason) {
    case "not_found":
      return { engine, is: "missing", said: "it is not on the server's PATH" };
    case "not_startable":
      return { engine, is: "forbidden", said: asked.failure.detail };
    case "timed_out":
    case "cancelled":
    case "output_without_end":
    case "not_ended":
      return { engine, is: "silent", said: `it did not answer within ${TIMEOUT_MS / 1000} s` };
  }
}

function answers(engine: EngineName): EngineSeen {
  return { engine, is: "answers", said: "" };
}

/** The failure whose mend is nearest: an engine that is there comes before one that is not. */
function nearest(seen: readonly EngineSeen[]): NoEngine {
  const forbidden = seen.find(({ is }) => is === "forbidden");
  const there = forbidden ?? seen.find(({ is }) => is === "silent");
  if (there === undefined) return { reason: "no_engine", tried: seen.map(({ engine }) => engine) };
  const reason = forbidden === undefined ? "engine_silent" : "engine_forbidden";
  return { reason, engine: there.engine, detail: there.said };
}

function candidatesOf(setting: EngineSetting): readonly EngineName[] {
  if (setting === "auto") return ["docker", "podman"];
  return setting === "none" ? [] : [setting];
}
