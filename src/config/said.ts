import type { Fault } from "../lib/fault.ts";
import type { Secret } from "../lib/secret.ts";
import type { Environment, Read } from "./environment.ts";
import type { ConfigFile } from "./file.ts";
import type { Config, Flags, UpstreamSetting } from "./types.ts";

/** Everything that was said about the configuration, checked. */
export interface Said {
  readonly file: ConfigFile;
  /** The file that was read; null where there was none. */
  readonly path: string | null;
  /** Where it is looked for. */
  readonly lookedFor: string;
  readonly warnings: readonly Fault[];
  readonly flags: Flags;
  readonly switches: Switches;
  readonly environment: Environment;
  readonly apiKey: Secret | null;
  readonly authToken: Secret | null;
  readonly upstreams: readonly UpstreamSetting[];
  /** A path of the file: relative to the file. */
  readonly pathInFile: (path: string) => string;
  /** A path of the command line or the environment: relative to where the program was started. */
  readonly pathHere: (path: string) => string;
}

interface Switches {
  readonly opaEnforce: Read<boolean>;
  readonly requireAuth: Read<boolean>;
  readonly enableRunners: Read<boolean>;
  readonly allowPlatformApis: Read<boolean>;
  readonly debug: Read<boolean>;
  readonly kubiyaDebug: Read<boolean>;
  readonly level: Read<Config["logging"]["level"]>;
}
