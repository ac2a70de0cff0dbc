import type { Config } from "../config/types.ts";
import { createResolveRunner } from "../runners/resolve.ts";
import type { KnownRunner, ResolveRunner } from "../runners/types.ts";
import { asksCloud } from "./cloud.ts";

/** How a configuration resolves names of runners; of the cloud's it is said what is known. */
export function resolveRunnerOf(config: Config, known: readonly KnownRunner[]): ResolveRunner {
  return createResolveRunner(config.default_runner, asksCloud(config) ? known : null);
}
