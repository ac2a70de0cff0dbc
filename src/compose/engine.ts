import type { Config } from "../config/types.ts";
import { createFindEngine } from "../runners/engine.ts";
import type { RunnerParts } from "../runners/types.ts";
import type { RunProgram } from "../subprocess/types.ts";

/** The server's environment. */
interface Environment {
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** What a container engine's command line reads of the server's environment, to find server and storage. */
const ENGINE_ENVIRONMENT =
  /^(?:PATH|HOME|LANG|TMPDIR|XDG_(?:RUNTIME_DIR|DATA_HOME|CONFIG_HOME)|(?:DOCKER|CONTAINER)_[A-Z_]+|CONTAINERS_[A-Z_]+)$/;

/** The container engine that a configuration allows. */
export function engineOf(
  outside: Environment,
  run: RunProgram,
  config: Config,
): Pick<RunnerParts, "findEngine" | "engineEnv"> {
  const engineEnv = engineEnvOf(outside);
  return { findEngine: createFindEngine(config.container_engine, { run, engineEnv }), engineEnv };
}

/** What an engine's command line is given of the server's environment. */
export function engineEnvOf({ environment }: Environment): RunnerParts["engineEnv"] {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      ENGINE_ENVIRONMENT.test(name) && value !== undefined ? [[name, value]] : [],
    ),
  );
}
