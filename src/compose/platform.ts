// The tools of the platform, where the cloud is used: those that ask it, and those that start others.

import type { Config } from "../config/types.ts";
import type { Kubiya } from "../kubiya/types.ts";
import { createRunWorkflowInCloud } from "../runners/in-cloud.ts";
import type { ResolveRunner, RunInCloud } from "../runners/types.ts";
import { createLines } from "../subprocess/lines.ts";
import type { Hide } from "../tools/hide.ts";
import { createRunThere } from "../tools/platform/run-there.ts";
import { createPlatformSource, type PlatformParts } from "../tools/platform/source.ts";
import { createStartingSource, STARTING_NAMES } from "../tools/platform/starting.ts";
import type { IsApproved } from "../tools/platform/starting-types.ts";
import { createSaid } from "../tools/said.ts";
import type { Source, Toolbox } from "../tools/types.ts";

/** The platform of a configuration. */
export interface Platform {
  readonly asking: Source;
  /** Whether what starts others has this name. */
  readonly isTaken: (name: string) => boolean;
  /** What starts these tools, and tools of the cloud. */
  readonly startingOf: (toolbox: Toolbox) => Source;
}

/** What it is made of. */
export interface PlatformOpening {
  readonly config: Config;
  readonly kubiya: Kubiya;
  readonly runInCloud: RunInCloud;
  readonly requires: PlatformParts["requires"];
  readonly isFree: PlatformParts["isFree"];
  readonly resolveRunner: ResolveRunner;
  readonly isApproved: IsApproved;
  /** Hides the secrets of the server. */
  readonly hide: Hide;
}

/** The platform, asked with the server's own key. */
export function openPlatform(opening: PlatformOpening): Platform {
  const { config, kubiya, runInCloud, requires, isFree, resolveRunner, isApproved, hide } = opening;
  const { limits, mcpServerNames: upstreams } = config;
  const { max_response_size: maxBytes, tool_timeout: timeout } = limits;
  const said = createSaid(hide, maxBytes);
  return {
    asking: createPlatformSource({
      ...{ kubiya, requires, isFree, resolveRunner, limits, said, createLines },
    }),
    isTaken: (name) => STARTING_NAMES.has(name),
    startingOf: (toolbox) =>
      createStartingSource({
        ...{ kubiya, requires, toolbox, upstreams, resolveRunner, isApproved, limits, said },
        runThere: createRunThere({ runInCloud, said, maxBytes, timeoutMs: timeout * 1000 }),
        runWorkflow: createRunWorkflowInCloud({ kubiya, createLines }),
      }),
  };
}
